"""Tables of the relay: messages in the order they were posted, and how each partner stands."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Message(models.Model):
    """Something to tell a partner once. Messages of one `subject` go in the order of their ids.

    `state`: waiting, sent, refused (later ones of its subject wait) or skipped. `key`: the idempotency key on the wire. `body`: JSON,
    sealed; emptied when nobody needs it any more. `tried_at` while waiting means that the partner may have it already.
    """

    id = models.BigAutoField(primary_key=True)
    partner = models.TextField()
    subject = models.TextField()
    key = models.TextField()
    title = models.TextField(db_default="")
    body = SealedField()
    state = models.TextField(db_default="waiting")
    posted_at = models.DateTimeField(db_default=Now())
    tries = models.IntegerField(db_default=0)
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    code = models.TextField(db_default="")
    reason = models.TextField(db_default="")
    answer = models.TextField(db_default="")

    class Meta:
        db_table = "relay_message"
        indexes = [
            models.Index(
                fields=["partner", "id"], condition=models.Q(state__in=["waiting", "refused"]), name="relay_open"
            ),
            models.Index(fields=["partner", "subject", "id"], name="relay_subject"),
            models.Index(fields=["ended_at"], condition=~models.Q(body=""), name="relay_to_forget"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["partner", "key"], name="relay_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sent", "refused", "skipped"]), name="relay_state"
            ),
        ]


class Partner(models.Model):
    """How a partner stands. `fails`: calls in a row that got no answer, since `silent_since`; `next_at`: not asked before."""

    name = models.TextField(primary_key=True)
    paused = models.BooleanField(db_default=False)
    paused_by = models.TextField(db_default="")
    paused_at = models.DateTimeField(null=True)
    why = models.TextField(db_default="")
    fails = models.IntegerField(db_default=0)
    silent_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    error = models.TextField(db_default="")

    class Meta:
        db_table = "relay_partner"


class Mark(models.Model):
    """How far the owner of a subject has come in telling a partner of it (or in hearing from one): a position and a word of its own."""

    pk = models.CompositePrimaryKey("partner", "subject")
    partner = models.TextField()
    subject = models.TextField()
    position = models.BigIntegerField(db_default=0)
    word = models.TextField(db_default="")

    class Meta:
        db_table = "relay_mark"
