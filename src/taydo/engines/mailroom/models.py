"""Tables of the mailroom: letters, and where in the mailbox each stood."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Letter(models.Model):
    """A letter, once. `state`: kept (not read yet), taken, automatic, aside; `raw` is its bytes, compressed, in base 64, sealed."""

    id = models.BigAutoField(primary_key=True)
    identity = models.CharField(max_length=64, unique=True)
    came_at = models.DateTimeField(db_default=Now())
    size = models.BigIntegerField()
    state = models.TextField(db_default="kept")
    reason = models.TextField(db_default="")
    tries = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    raw = SealedField(db_default="")
    sender = SealedField(db_default="")
    sender_mark = models.TextField(db_default="")
    sender_name = SealedField(db_default="")
    subject = SealedField(db_default="")
    text = SealedField(db_default="")
    sent_at = models.DateTimeField(null=True)
    answers = ArrayField(models.TextField(), db_default=[])
    attachments = models.JSONField(db_default=[])

    class Meta:
        db_table = "mailroom_letter"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["kept", "taken", "automatic", "aside"]), name="mailroom_letter_state"
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="kept"), name="mailroom_letter_waiting"),
            models.Index(fields=["state", "-id"], name="mailroom_letter_state"),
            models.Index(fields=["sender_mark", "came_at"], name="mailroom_letter_sender"),
        ]


class Place(models.Model):
    """Where a letter stood in the mailbox: the server gives each place away once."""

    pk = models.CompositePrimaryKey("folder", "uidvalidity", "uid")
    folder = models.TextField()
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE)

    class Meta:
        db_table = "mailroom_place"
