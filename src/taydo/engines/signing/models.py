"""Tables of keys, requests to sign, and documents that were issued under a code."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Key(models.Model):
    """Somebody's or an agency's key. `secret` sealed: the key itself (local), a PIN (pkcs11) or a provider's token (csc)."""

    id = models.BigAutoField(primary_key=True)
    title = models.TextField()
    role = models.TextField()
    agency = models.TextField(db_default="")
    actor_id = models.BigIntegerField(null=True)
    provider = models.TextField()
    config = models.JSONField(db_default={}, default=dict)
    subject = models.TextField()
    certificate = models.TextField()
    secret = SealedField(db_default="")
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    demonstration = models.BooleanField(db_default=False)

    class Meta:
        db_table = "signing_key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(provider__in=["local", "pkcs11", "csc"]), name="signing_key_provider"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["officer", "seal", "citizen", "authority"]), name="signing_key_role"
            ),
            models.UniqueConstraint(
                fields=["agency", "role", "actor_id"],
                condition=models.Q(demonstration=True),
                nulls_distinct=False,
                name="signing_key_demonstration",
            ),
        ]
        indexes = [models.Index(fields=["agency", "role"], name="signing_key_agency")]


class Request(models.Model):
    """A wish to have a file signed by some keys in turn: kept before anything is done, done once."""

    id = models.BigAutoField(primary_key=True)
    keys = ArrayField(models.BigIntegerField())
    file_id = models.UUIDField()
    purpose_kind = models.TextField()
    purpose_id = models.TextField()
    agency = models.TextField()
    title = models.TextField()
    facts = models.JSONField(db_default={}, default=dict)
    places = models.JSONField(db_default=[], default=list)
    code = models.TextField(unique=True)
    secret = SealedField(db_default="")
    correlation = models.UUIDField()
    state = models.TextField(db_default="wanted")
    tries = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    error = models.TextField(db_default="")
    asked_by = models.TextField()
    asked_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        db_table = "signing_request"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["wanted", "signed", "failed"]), name="signing_request_state"
            )
        ]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="wanted"), name="signing_wanted")]


class Document(models.Model):
    """A signed paper under its code of verification; `facts` are shown to everybody who has the code."""

    code = models.TextField(primary_key=True)
    request = models.OneToOneField(Request, on_delete=models.PROTECT)
    title = models.TextField()
    agency = models.TextField()
    facts = models.JSONField(db_default={}, default=dict)
    sha256 = models.TextField()
    file_id = models.UUIDField()
    signers = models.JSONField(db_default=[], default=list)
    issued_at = models.DateTimeField()
    valid_to = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.TextField(db_default="")
    replaced_by = models.TextField(db_default="")

    class Meta:
        db_table = "signing_document"


class Step(models.Model):
    """A signature that is made far away: what was sent to be signed is kept, so that after an accident the same is looked up, not signed anew."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, db_index=False)
    at = models.IntegerField()
    correlation = models.UUIDField(unique=True)
    pdf = models.BinaryField()
    start = models.IntegerField()
    end = models.IntegerField()
    covered = models.BinaryField()
    attributes = models.BinaryField()
    sad = SealedField(db_default="")
    asked_at = models.DateTimeField(null=True)
    signature = models.BinaryField(null=True)

    class Meta:
        db_table = "signing_step"
        constraints = [models.UniqueConstraint(fields=["request", "at"], name="signing_step_once")]
