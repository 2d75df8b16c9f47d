"""Tables of identity: contacts that were proven, and the link to a national identity. Personal values are sealed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Contact(models.Model):
    """A phone number or e-mail address that its owner proved by a code; found by its fingerprint, it opens one account."""

    actor_id = models.BigIntegerField()
    channel = models.TextField()
    mark = models.TextField(unique=True)
    address = SealedField()
    proven_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "identity_contact"
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=["sms", "mail"]), name="identity_contact_channel")
        ]
        indexes = [models.Index(fields=["actor_id"], name="identity_contact_actor")]


class Citizen(models.Model):
    """An account linked to a national identity: the number sealed, its fingerprint, the level at which it was identified."""

    actor_id = models.BigIntegerField(primary_key=True)
    number = SealedField()
    mark = models.TextField(unique=True)
    level = models.SmallIntegerField()
    issuer = models.TextField()
    linked_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "identity_citizen"
        constraints = [models.CheckConstraint(condition=models.Q(level__in=[1, 2]), name="identity_citizen_level")]
