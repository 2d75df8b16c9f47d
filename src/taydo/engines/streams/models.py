"""Tables of the streams engine, in the words of OGC SensorThings 1.1.

The slowly changing entities are Django models. The tables every reading touches (`streams_observation` and its
partitions, `streams_latest`, `streams_hourly`, `streams_daily`, `streams_dirty`, `streams_watch`, `streams_watched`,
`streams_quarantine`, `streams_archive`) are written as SQL in `migrations/0002_readings.py` and are read and written in
sets only, so they have no model. All columns have database defaults: plain SQL may insert.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


def _text(**options: Any) -> models.TextField[str, str]:
    return models.TextField(blank=True, default="", db_default="", **options)


def _json() -> models.JSONField[Any, Any]:
    return models.JSONField(blank=True, default=dict, db_default={})


class Thing(models.Model):
    """A station, buoy, vehicle or logger: what stands somewhere and measures."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True, help_text="the station's code in files, topics and addresses")
    name = models.TextField()
    description = _text()
    properties = _json()
    agency = _text(help_text="electronic code of the owning agency")
    kind = _text(help_text="air, water, rain, tide, salinity, weather, traffic … as the city declares")
    simulated = models.BooleanField(default=False, db_default=False)
    public = models.BooleanField(default=True, db_default=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    unit_code = _text(help_text="administrative unit in which it stands today")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "streams_thing"
        indexes = [models.Index(fields=["agency"], name="streams_thing_agency")]


class Sensor(models.Model):
    """The instrument or procedure that makes the readings."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    description = _text()
    encoding_type = models.TextField(default="text/html", db_default="text/html")
    metadata = models.JSONField(default=str, db_default="")
    properties = _json()

    class Meta:
        db_table = "streams_sensor"


class ObservedProperty(models.Model):
    """What is measured; `code` is the city's own short name (`pm25`, `salinity`, `water_level`)."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True, null=True, blank=True)
    name = models.TextField()
    definition = _text()
    description = _text()
    properties = _json()

    class Meta:
        db_table = "streams_observedproperty"


class Datastream(models.Model):
    """One observed property of one thing by one sensor, with the bounds by which its readings are checked.

    `low`, `high`: what the instrument can physically report (outside → flag range). `max_step`: greatest believable
    change between neighbouring readings (flag step). `stuck_after`: this many equal readings in a row (flag stuck).
    """

    id = models.AutoField(primary_key=True)
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="datastreams")
    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT, related_name="datastreams")
    observedproperty = models.ForeignKey(ObservedProperty, on_delete=models.PROTECT, related_name="datastreams")
    name = models.TextField()
    description = _text()
    observation_type = models.TextField(
        default="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        db_default="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    )
    unit_name = _text()
    unit_symbol = _text()
    unit_definition = _text()
    properties = _json()
    symbol = _text(help_text="the parameter's name in station files and logger topics: PM2.5, COD, Temp …")
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    max_step = models.FloatField(null=True, blank=True)
    expected_every_s = models.IntegerField(null=True, blank=True)
    stuck_after = models.IntegerField(null=True, blank=True)
    public = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "streams_datastream"
        constraints = [
            models.UniqueConstraint(
                fields=["thing", "symbol"], condition=~models.Q(symbol=""), name="streams_datastream_symbol_once"
            )
        ]


class Location(models.Model):
    """A place, as GeoJSON."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    description = _text()
    encoding_type = models.TextField(default="application/geo+json", db_default="application/geo+json")
    location = models.JSONField()
    properties = _json()
    things = models.ManyToManyField(Thing, related_name="locations", db_table="streams_thing_location")

    class Meta:
        db_table = "streams_location"


class HistoricalLocation(models.Model):
    """Where a thing stood from `time` on."""

    id = models.AutoField(primary_key=True)
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="historical_locations")
    time = models.DateTimeField()
    locations = models.ManyToManyField(
        Location, related_name="historical_locations", db_table="streams_historicallocation_location"
    )

    class Meta:
        db_table = "streams_historicallocation"


class Feature(models.Model):
    """The feature of interest: what the readings are about (usually the place of the thing)."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    description = _text()
    encoding_type = models.TextField(default="application/geo+json", db_default="application/geo+json")
    feature = models.JSONField()
    properties = _json()

    class Meta:
        db_table = "streams_feature"
