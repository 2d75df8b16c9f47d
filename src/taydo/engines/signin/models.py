"""Tables of signing in: codes under way, second factors, passkeys, sessions. No code or secret stands here in the clear."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Code(models.Model):
    """A one-time code under way: `proof` is its keyed hash; `clear` is sealed and erased once sent, `address` once it has ended."""

    id = models.UUIDField(primary_key=True)
    purpose = models.TextField()
    channel = models.TextField()
    mark = models.TextField()
    address = SealedField(default="")
    proof = models.TextField()
    clear = SealedField(default="")
    language = models.TextField(default="vi")
    place = models.TextField(default="")
    tries = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_code"
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=["sms", "mail"]), name="signin_code_channel")
        ]
        indexes = [
            models.Index(fields=["mark", "created_at"], name="signin_code_mark"),
            models.Index(fields=["place", "created_at"], name="signin_code_place"),
        ]


class Totp(models.Model):
    """An authenticator app of an account: the sealed secret and the last time step it was used in."""

    actor_id = models.BigIntegerField(primary_key=True)
    secret = SealedField()
    step = models.BigIntegerField(db_default=0, default=0)
    confirmed_at = models.DateTimeField(null=True)
    failures = models.IntegerField(db_default=0, default=0)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_totp"


class Recovery(models.Model):
    """A recovery code of an account, as a keyed hash, until it is used."""

    actor_id = models.BigIntegerField()
    proof = models.TextField(unique=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_recovery"
        indexes = [models.Index(fields=["actor_id"], name="signin_recovery_actor")]


class Passkey(models.Model):
    """A passkey of an account: its public key and how often it says it has signed."""

    actor_id = models.BigIntegerField()
    credential = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_passkey"
        indexes = [models.Index(fields=["actor_id"], name="signin_passkey_actor")]


class Session(models.Model):
    """A session that somebody began by signing in: on which device, from where, by what proof, when last seen."""

    actor_id = models.BigIntegerField()
    session_key = models.TextField(unique=True)
    device = models.TextField(default="")
    agent = models.TextField(default="")
    address = SealedField(default="")
    how = models.TextField()
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_session"
        indexes = [models.Index(fields=["actor_id", "-last_at"], name="signin_session_actor")]
