"""Tables of workflows: drafts that are being edited, and every release; the types themselves stand in `cases_type`."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Draft(models.Model):
    """A workflow being changed for one subject. `kind`: the case type it began from; `spec`: may not hold together yet."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    key = models.TextField()
    spec = models.JSONField()
    began_from = models.TextField()
    version = models.IntegerField(db_default=1)
    edited_at = models.DateTimeField(db_default=Now())
    edited_by = models.BigIntegerField(null=True)
    edited_name = models.TextField()

    class Meta:
        db_table = "workflows_draft"
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="workflows_one_draft")]


class Release(models.Model):
    """What is in force for a subject from `released_at` on: the newest row. `standard`: the kind's own workflow again."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    key = models.TextField()
    type_version = models.TextField()
    standard = models.BooleanField(db_default=False)
    standard_version = models.TextField()
    released_at = models.DateTimeField(db_default=Now())
    released_by = models.BigIntegerField(null=True)
    released_name = models.TextField()
    why = models.TextField()

    class Meta:
        db_table = "workflows_release"
        indexes = [models.Index(fields=["kind", "key", "-id"], name="workflows_newest")]
