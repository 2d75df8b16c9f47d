"""Tables of forms: versions by content, drafts sealed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Version(models.Model):
    """A version of a form by its content hash; `valid_from` is set when it was saved on screen and takes the place of the declared one."""

    version = models.TextField(primary_key=True)
    id = models.TextField()
    spec = models.JSONField()
    valid_from = models.DateField(null=True)
    saved_by = models.TextField(db_default="")
    saved_at = models.DateTimeField(db_default=Now())
    note = models.TextField(db_default="")

    class Meta:
        db_table = "forms_version"
        indexes = [models.Index(fields=["id", "valid_from"], condition=~models.Q(valid_from=None), name="forms_saved")]


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
