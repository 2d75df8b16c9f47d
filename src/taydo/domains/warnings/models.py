"""The table of warnings, and the declaration of hazards."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from taydo.kernel.specs import Label, Spec


class Hazard(Spec):
    """A kind of danger: its words, its place in CAP, what people should do."""

    title: Label
    categories: list[str]
    responses: list[str]
    instruction: Label


class Hazards(Spec):
    """`specs/hazards.yaml`."""

    hazards: dict[str, Hazard]


class Warning(models.Model):
    """One message: a warning, its update or its cancellation. What was sent is kept as sent (`cap`) and never changes."""

    id = models.BigAutoField(primary_key=True)
    identifier = models.TextField(null=True, unique=True)
    message = models.TextField(db_default="Alert", default="Alert")
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    agency = models.TextField()
    state = models.TextField(db_default="draft", default="draft")
    version = models.IntegerField(db_default=1, default=1)
    hazard = models.TextField()
    status = models.TextField(db_default="Actual", default="Actual")
    severity = models.TextField()
    urgency = models.TextField()
    certainty = models.TextField()
    headline_vi = models.TextField()
    headline_en = models.TextField(db_default="", default="")
    description_vi = models.TextField()
    description_en = models.TextField(db_default="", default="")
    instruction_vi = models.TextField(db_default="", default="")
    instruction_en = models.TextField(db_default="", default="")
    contact = models.TextField(db_default="", default="")
    units = ArrayField(models.TextField())
    onset = models.DateTimeField(null=True)
    expires = models.DateTimeField()
    reason = models.TextField(db_default="", default="")
    drafted_by = models.BigIntegerField(null=True)
    approved_by = models.BigIntegerField(null=True)
    published_by = models.BigIntegerField(null=True)
    drafted_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cap = models.BinaryField(null=True)

    class Meta:
        db_table = "warnings_warning"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "approved", "published", "updated", "cancelled", "expired", "dropped"]
                ),
                name="warnings_state",
            ),
            models.CheckConstraint(
                condition=models.Q(message__in=["Alert", "Update", "Cancel"]), name="warnings_message"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("drafted_by")),
                name="warnings_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "approved", "dropped"])
                | models.Q(identifier__isnull=False, sent_at__isnull=False, cap__isnull=False),
                name="warnings_sent_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["expires"], condition=models.Q(state="published"), name="warnings_in_force"),
            models.Index(fields=["-sent_at"], name="warnings_sent"),
            GinIndex(fields=["units"], name="warnings_units"),
        ]
