"""Names that are taken: what a new name is compared with, and who holds what."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Taken(models.Model):
    """A name in a register (`kind`), the key under which confusable names meet, where it holds, and whose (fingerprint of a number)."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    name = models.TextField()
    key = models.TextField()
    place = models.TextField(db_default="")
    holder = models.TextField(db_default="")
    source = models.TextField(db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "prechecks_taken"
        constraints = [models.UniqueConstraint(fields=["kind", "key", "place", "source"], name="prechecks_taken_once")]
        indexes = [models.Index(fields=["kind", "holder"], condition=~models.Q(holder=""), name="prechecks_holder")]
