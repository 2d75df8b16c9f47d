"""Tables of the kernel: actors and grants, audit, outbox, handled events, one-time keys."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .sealing import SealedField


class Actors(BaseUserManager["Actor"]):
    """Finds an actor by the name they sign in with."""

    def get_by_natural_key(self, username: str | None) -> Actor:
        return self.get(username=username)


class Actor(AbstractBaseUser):
    """Somebody or something that acts: a person, an official, a device, another system."""

    class Kind(models.TextChoices):
        PERSON = "person"
        OFFICIAL = "official"
        DEVICE = "device"
        SYSTEM = "system"

    username = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    email = SealedField(blank=True, default="")
    phone = SealedField(blank=True, default="")
    agency = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=2, default="vi")
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    objects = Actors()
    USERNAME_FIELD = "username"


class Grant(models.Model):
    """A role given to an actor within a scope: an agency's code, `thing:<code>` for a device, `*` for the whole city."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=40)
    scope = models.CharField(max_length=80, default="*")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "role", "scope"], name="kernel_grant_once")]


class Audit(models.Model):
    """One thing that was done, tried or looked at. Rows are never changed: a trigger refuses it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40, blank=True, default="")
    object_id = models.CharField(max_length=80, blank=True, default="")
    agency = models.CharField(max_length=40, blank=True, default="")
    outcome = models.CharField(max_length=12)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_id", "id"]), models.Index(fields=["actor", "id"])]


class Look(models.Model):
    """Somebody looked at a person's data for a purpose: what that person sees of it. A trigger refuses changes.

    `person`: `actor:<id>`, or `contact:<fingerprint>` of a phone number or e-mail address.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.CharField(max_length=80)
    at = models.DateTimeField(db_default=Now())
    viewer = models.BigIntegerField(null=True)
    viewer_name = models.CharField(max_length=200)
    agency = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    purpose = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="kernel_look_of_person")]


class AuditBatch(models.Model):
    """A sealed batch: the Merkle root of its rows, chained to the batch before."""

    id = models.BigAutoField(primary_key=True)
    rows = models.IntegerField()
    root = models.BinaryField()
    chain = models.BinaryField()
    sealed_at = models.DateTimeField()


class AuditLeaf(models.Model):
    """Where a row stands in its batch, and its hash when it was sealed."""

    row = models.OneToOneField(Audit, primary_key=True, on_delete=models.PROTECT, db_column="row_id")
    batch = models.ForeignKey(AuditBatch, on_delete=models.PROTECT)
    position = models.IntegerField()
    leaf = models.BinaryField()


class Outbox(models.Model):
    """An event that happened, stored with the change that made it, until the backbone has it."""

    seq = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    type = models.CharField(max_length=120)
    at = models.DateTimeField()
    subject = models.CharField(max_length=120, blank=True, default="")
    data = models.JSONField()


class Handled(models.Model):
    """This handler has done its work for this event: what makes at-least-once delivery exactly-once work."""

    pk = models.CompositePrimaryKey("handler", "event")
    handler = models.CharField(max_length=120)
    event = models.UUIDField()
    at = models.DateTimeField(db_default=Now())


class FailedEvent(models.Model):
    """An event that a handler could not do after every try, kept with the reason until somebody re-runs it."""

    handler = models.CharField(max_length=120)
    event = models.UUIDField()
    type = models.CharField(max_length=120)
    data = models.JSONField()
    reason = models.TextField()
    tries = models.IntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handler", "event"], name="kernel_failed_once")]


class Asked(models.Model):
    """An answer kept under the client's own key, so that a request sent twice is done once."""

    pk = models.CompositePrimaryKey("actor_name", "key")
    actor_name = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    action = models.CharField(max_length=80)
    result = models.JSONField()
    at = models.DateTimeField(db_default=Now())


class Loaded(models.Model):
    """What was loaded from the city's folder and its checksum, so that a start with nothing new is quick."""

    name = models.CharField(max_length=80, primary_key=True)
    checksum = models.CharField(max_length=64)
    tags = ArrayField(models.TextField(), default=list)
    at = models.DateTimeField(db_default=Now())


class Series(models.Model):
    """A counter that leaves no gap (`numbering.py`). Its rows are written again and again: half of each page stays free for that."""

    name = models.TextField(primary_key=True)
    last = models.BigIntegerField()
