"""Tables of chats: who writes with us, what they said, what we answer."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Conversation(models.Model):
    """One sender at one provider; `draft` is what whoever answers remembers between messages (JSON, sealed)."""

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    sender = SealedField()
    sender_mark = models.TextField()
    draft = SealedField(db_default="")
    began_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "chats_conversation"
        constraints = [models.UniqueConstraint(fields=["provider", "sender_mark"], name="chats_conversation_once")]


class Message(models.Model):
    """What somebody said, once. `state`: kept (photos not fetched yet), taken, aside (with the reason). `raw` is the webhook's body."""

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    identifier = models.TextField()
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True)
    came_at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField(null=True)
    state = models.TextField()
    reason = models.TextField(db_default="")
    tries = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    raw = SealedField(db_default="")
    text = SealedField(db_default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    photos = models.JSONField(db_default=[])

    class Meta:
        db_table = "chats_message"
        constraints = [
            models.UniqueConstraint(fields=["provider", "identifier"], name="chats_message_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["kept", "taken", "aside"]), name="chats_message_state"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="kept"), name="chats_message_waiting"),
            models.Index(fields=["conversation", "-id"], name="chats_message_conversation"),
        ]


class Reply(models.Model):
    """What we answer, once for each key: waiting, sending, sent or failed, with the reason."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    key = models.TextField(unique=True)
    text = SealedField()
    state = models.TextField(db_default="waiting")
    tries = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField(db_default="")

    class Meta:
        db_table = "chats_reply"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sending", "sent", "failed"]), name="chats_reply_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state__in=["waiting", "sending"]), name="chats_reply_due"
            ),
            models.Index(fields=["conversation", "id"], name="chats_reply_conversation"),
        ]
