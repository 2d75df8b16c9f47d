"""Tables of places. Geometry columns are added by SQL in the migration: the house reads and writes them as sets."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class AdministrativeUnit(models.Model):
    """One unit in one span of time; geometry stands in the SQL columns geom (4326), geom_z8 and geom_z11 (3857)."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    level = models.TextField()
    kind = models.TextField()
    parent = models.TextField(db_default="", default="")
    name = models.TextField()
    name_en = models.TextField()
    folded = models.TextField()
    lon = models.FloatField()
    lat = models.FloatField()
    area_km2 = models.FloatField(null=True)
    law = models.TextField(db_default="", default="")
    source = models.TextField(db_default="", default="")
    geometry = models.TextField(db_default="none", default="none")
    geometry_source = models.TextField(db_default="", default="")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "places_unit"
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="places_unit_key"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="places_unit_span",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=["province", "district", "commune"]), name="places_unit_level"
            ),
        ]
        indexes = [models.Index(fields=["level", "valid_from"], name="places_unit_level_from")]


class UnitChange(models.Model):
    """One unit became another on a day: all of it, a part of it, or itself unchanged."""

    code = models.TextField()
    valid_from = models.DateField()
    to_code = models.TextField()
    to_valid_from = models.DateField()
    on = models.DateField(db_column="changed_on")
    part = models.TextField()
    law = models.TextField(db_default="", default="")
    source = models.TextField(db_default="", default="")

    class Meta:
        db_table = "places_unit_change"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from", "to_code", "to_valid_from"], name="places_change_once"
            ),
            models.CheckConstraint(condition=models.Q(part__in=["all", "part", "same"]), name="places_change_part"),
        ]
        indexes = [models.Index(fields=["to_code", "to_valid_from"], name="places_change_to")]


class Waterway(models.Model):
    """A river or canal as a line (SQL column geom, 4326); `schematic` lines are sketches, not surveys."""

    code = models.TextField(primary_key=True)
    kind = models.TextField()
    name = models.TextField()
    name_en = models.TextField()
    schematic = models.BooleanField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "places_waterway"


class Reject(models.Model):
    """A feature of a boundary file that was not taken, kept with the reason so that somebody can mend it."""

    file = models.TextField()
    level = models.TextField()
    code = models.TextField(blank=True)
    name = models.TextField(blank=True)
    reason = models.TextField()
    feature = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "places_reject"
