"""Tables of billing: statements worked through, and bills that other systems made."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Statement(models.Model):
    """A bank statement that was handed in; the same file is the same statement."""

    id = models.BigAutoField(primary_key=True)
    agency = models.TextField()
    provider = models.TextField()
    sha256 = models.TextField()
    name = models.TextField()
    first_on = models.DateField()
    last_on = models.DateField()
    wrong = models.JSONField(db_default=[])
    by_name = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "billing_statement"
        constraints = [
            models.UniqueConstraint(fields=["agency", "provider", "sha256"], name="billing_statement_once"),
        ]


class Line(models.Model):
    """A line of a statement and what it was found to be: matched, found (its notice was lost), held, refund, out."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, db_index=False)
    line = models.IntegerField()
    day = models.DateField()
    number = models.TextField()
    words = SealedField()
    credit_vnd = models.BigIntegerField()
    debit_vnd = models.BigIntegerField()
    state = models.TextField()
    reason = models.TextField(db_default="")
    income_id = models.BigIntegerField(null=True)
    refund_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "billing_line"
        constraints = [
            models.UniqueConstraint(fields=["statement", "line"], name="billing_line_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["matched", "found", "held", "wrong_amount", "refund", "out"]),
                name="billing_line_state",
            ),
        ]
        indexes = [models.Index(fields=["income_id"], name="billing_line_income")]


class Imported(models.Model):
    """A bill that another system made: electricity, water, tuition, hospital. The customer is kept as a mark only."""

    bill_id = models.BigIntegerField(primary_key=True)
    biller = models.TextField()
    number = models.TextField()
    customer_mark = models.TextField()
    period = models.TextField(db_default="")

    class Meta:
        db_table = "billing_imported"
        constraints = [models.UniqueConstraint(fields=["biller", "number"], name="billing_imported_once")]
        indexes = [models.Index(fields=["biller", "customer_mark"], name="billing_imported_customer")]
