"""Tables of the provider: systems that sign people in through us, what people agreed to, codes, tokens, keys."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Client(models.Model):
    """A registered system: its secret as a keyed hash (empty: a public program), the addresses it is answered at."""

    code = models.TextField(unique=True)
    name = models.TextField()
    secret = models.TextField(default="")
    redirects = ArrayField(models.TextField())
    logouts = ArrayField(models.TextField(), default=list)
    scopes = ArrayField(models.TextField())
    officials_only = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "openid_client"


class Consent(models.Model):
    """Somebody agreed that a system learns what these scopes say."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    actor_id = models.BigIntegerField()
    scopes = ArrayField(models.TextField())
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "openid_consent"
        constraints = [models.UniqueConstraint(fields=["client", "actor_id"], name="openid_consent_once")]


class Code(models.Model):
    """An authorization code on its way, as a keyed hash; the family of every token that comes of it."""

    proof = models.TextField(primary_key=True)
    family = models.UUIDField()
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    actor_id = models.BigIntegerField()
    redirect = models.TextField()
    scope = models.TextField()
    nonce = models.TextField(default="")
    challenge = models.TextField()
    how = models.TextField(default="")
    signed_in_at = models.BigIntegerField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "openid_code"


class Token(models.Model):
    """An access or refresh token as a keyed hash. A refresh token that is used twice ends its family."""

    proof = models.TextField(primary_key=True)
    family = models.UUIDField(db_index=True)
    kind = models.TextField()
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    actor_id = models.BigIntegerField(db_index=True)
    scope = models.TextField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "openid_token"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["access", "refresh"]), name="openid_token_kind")
        ]


class Key(models.Model):
    """A key that signs identity tokens; the private half is sealed."""

    kid = models.TextField(primary_key=True)
    private = SealedField()
    public = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "openid_key"
