"""Tables of forms: versions by content, drafts sealed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Version(models.Model):
    """What a form says, by its content hash; never changed."""

    version = models.TextField(primary_key=True)
    id = models.TextField()
    spec = models.JSONField()

    class Meta:
        db_table = "forms_version"


class Release(models.Model):
    """A version saved on screen, in force from a day on; the same version may come back later, and what held before stays known."""

    form_id = models.TextField()
    version = models.TextField()
    valid_from = models.DateField()
    saved_by = models.TextField(db_default="")
    saved_at = models.DateTimeField(db_default=Now())
    note = models.TextField(db_default="")

    class Meta:
        db_table = "forms_release"
        indexes = [models.Index(fields=["form_id", "-valid_from", "-id"], name="forms_in_force")]


class Draft(models.Model):
    """A form somebody is filling in. Answers, where prefilled ones came from, and what the part that asked keeps `beside` them, are sealed."""

    id = models.UUIDField(primary_key=True)
    actor_id = models.BigIntegerField()
    form_id = models.TextField()
    form_version = models.TextField()
    about_kind = models.TextField(db_default="")
    about_id = models.TextField(db_default="")
    done_href = models.TextField(db_default="/")
    answers = SealedField(db_default="")
    sources = SealedField(db_default="")
    beside = SealedField(db_default="")
    state = models.TextField(db_default="open")
    begun_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "forms_draft"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["open", "complete"]), name="forms_draft_state")
        ]
        indexes = [models.Index(fields=["actor_id", "-saved_at"], name="forms_draft_owner")]
