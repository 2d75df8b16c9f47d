"""Tables of the work on cases: requests for more time, links between cases, views of the inbox that people keep."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Extension(models.Model):
    """Somebody asked for more time, and somebody else decides. `state`: asked, granted, refused, or void when the case ended."""

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField()
    asked_by = models.BigIntegerField(null=True)
    asked_name = models.TextField()
    asked_at = models.DateTimeField()
    reason = models.TextField()
    due_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.TextField(db_default="asked")
    decided_by = models.BigIntegerField(null=True)
    decided_name = models.TextField(db_default="")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(db_default="")

    class Meta:
        db_table = "casework_extension"
        indexes = [models.Index(fields=["case_id", "id"], name="casework_extension_case")]
        constraints = [
            models.UniqueConstraint(fields=["case_id"], condition=models.Q(state="asked"), name="casework_one_request"),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "granted", "refused", "void"]), name="casework_extension_state"
            ),
        ]


class Link(models.Model):
    """One case has to do with another; every link has its counterpart. `kind`: what `to_id` is to `from_id`."""

    pk = models.CompositePrimaryKey("from_id", "to_id", "kind")
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    kind = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "casework_link"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["merged_into", "merged_from", "split_into", "split_from"]),
                name="casework_link_kind",
            )
        ]


class SavedFilter(models.Model):
    """A view of the inbox that somebody keeps under a name of their own."""

    id = models.BigAutoField(primary_key=True)
    actor_id = models.BigIntegerField()
    name = models.TextField()
    filters = models.JSONField()

    class Meta:
        db_table = "casework_filter"
        constraints = [models.UniqueConstraint(fields=["actor_id", "name"], name="casework_filter_name")]
