"""Tables of alerts: what stands or stood, how it changed, and where every sensor stands against every limit."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Alert(models.Model):
    """An exceedance, a silent station or a stuck sensor, from its rise until it is cleared.

    `tier` now, `top` the highest it had (their words; `severity` 1..3); `threshold`: the value of the tier; `peak`: the worst value.
    `raised_at`, `changed_at`, `cleared_at` are times of readings; `created_at` is when the house knew.
    """

    class Kind(models.TextChoices):
        EXCEED = "exceed"
        STALE = "stale"
        STUCK = "stuck"

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField(choices=Kind.choices)
    limit_id = models.TextField(db_default="")
    datastream_id = models.IntegerField(null=True)
    thing_id = models.IntegerField()
    thing = models.TextField()
    agency = models.TextField()
    unit_code = models.TextField(db_default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    public = models.BooleanField(db_default=False)
    state = models.TextField(db_default="raised")
    tier = models.TextField()
    top = models.TextField()
    severity = models.SmallIntegerField()
    threshold = models.FloatField(null=True)
    value = models.FloatField(null=True)
    peak = models.FloatField(null=True)
    title = models.TextField()
    title_en = models.TextField()
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    returns = models.IntegerField(db_default=0)
    level = models.SmallIntegerField(db_default=0)
    escalate_at = models.DateTimeField(null=True)
    case_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "alerts_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "limit_id", "thing_id", "datastream_id"],
                condition=models.Q(cleared_at=None),
                nulls_distinct=False,
                name="alerts_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], condition=models.Q(cleared_at=None), name="alerts_standing"),
            models.Index(fields=["-raised_at", "-id"], name="alerts_newest"),
            models.Index(fields=["datastream_id", "-raised_at"], name="alerts_of_datastream"),
            models.Index(
                fields=["escalate_at"], condition=models.Q(escalate_at__isnull=False), name="alerts_to_escalate"
            ),
        ]


class Change(models.Model):
    """A line of an alert's history: raised, changed, cleared, returned, acknowledged, escalated."""

    id = models.BigAutoField(primary_key=True)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField()
    kind = models.TextField()
    tier = models.TextField()
    severity = models.SmallIntegerField()
    threshold = models.FloatField(null=True)
    value = models.FloatField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(db_default="")
    note = models.TextField(db_default="")

    class Meta:
        db_table = "alerts_change"
        indexes = [models.Index(fields=["alert", "id"], name="alerts_history")]


class State(models.Model):
    """Where one datastream stands against one limit; `active`: the next reading matters even inside the band."""

    pk = models.CompositePrimaryKey("datastream_id", "limit_id")
    datastream_id = models.IntegerField()
    limit_id = models.TextField()
    tier = models.SmallIntegerField(db_default=0)
    since_1 = models.DateTimeField(null=True)
    since_2 = models.DateTimeField(null=True)
    since_3 = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    active = models.BooleanField(db_default=False)
    alert_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "alerts_state"
        indexes = [models.Index(fields=["datastream_id"], condition=models.Q(active=True), name="alerts_active")]
