"""The table of trained models with what was measured of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Trained(models.Model):
    """One version of a purpose's model: its bytes, from how many examples, of which sources, and how good (null: only keywords)."""

    id = models.BigAutoField(primary_key=True)
    purpose = models.TextField()
    trained_at = models.DateTimeField(db_default=Now())
    examples = models.IntegerField()
    cold_mark = models.TextField()
    data = models.BinaryField()
    quality = models.JSONField(null=True)

    class Meta:
        db_table = "suggestions_model"
        indexes = [models.Index(fields=["purpose", "-id"], name="suggestions_model_newest")]
