"""Tables of imports: runs, and the rows that did not fit."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Run(models.Model):
    """One file brought in: how many rows were read, taken, known already, refused, and taken without their place."""

    id = models.BigAutoField(primary_key=True)
    part = models.TextField()
    mapping = models.TextField()
    file = models.TextField()
    by_name = models.TextField()
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    read = models.IntegerField(db_default=0)
    taken = models.IntegerField(db_default=0)
    known = models.IntegerField(db_default=0)
    refused = models.IntegerField(db_default=0)
    no_place = models.IntegerField(db_default=0)

    class Meta:
        db_table = "imports_run"


class RefusedRow(models.Model):
    """A row that did not fit: its line, the field, the reason, and the row as it stood."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    line = models.IntegerField()
    field = models.TextField()
    reason = models.TextField()
    raw = models.JSONField()

    class Meta:
        db_table = "imports_refused"
        indexes = [models.Index(fields=["run", "line"], name="imports_refused_line")]
