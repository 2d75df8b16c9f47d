"""Tables of the environment domain: indices computed from stations, and calibrations of their devices."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.engines.streams.models import Datastream, Thing


class Index(models.Model):
    """VN_AQI of an hour or a day, or VN_WQI of an hour, of one station; `readings` says how much data stood behind it.

    No value: there was too little data for an index."""

    pk = models.CompositePrimaryKey("thing", "kind", "at")
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE)
    kind = models.CharField(max_length=8)
    at = models.DateTimeField()
    value = models.SmallIntegerField(null=True)
    dominant = models.CharField(max_length=20, blank=True, default="")
    parts = models.JSONField(default=dict)
    readings = models.IntegerField()
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["kind", "at"])]


class Calibration(models.Model):
    """A calibration or check of a device: who did it, what came out, when the next is due."""

    class Result(models.TextChoices):
        PASSED = "passed"
        ADJUSTED = "adjusted"
        FAILED = "failed"

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE)
    datastream = models.ForeignKey(Datastream, on_delete=models.CASCADE, null=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    recorded_by = models.BigIntegerField(null=True)
    result = models.CharField(max_length=10, choices=Result.choices)
    drift = models.FloatField(null=True)
    note = models.TextField(blank=True, default="")
    next_on = models.DateField(null=True)
