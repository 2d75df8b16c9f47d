"""Tables of payments: bills, attempts, money that came, refunds, callbacks, and the ledger. Amounts are whole đồng."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField

ACCOUNTS = ("receivable", "cash", "bank", "clearing", "revenue", "refunds", "payable", "suspense", "fees")


class Bill(models.Model):
    """What somebody owes an agency. `payer_name` is sealed; the title names no person."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    purpose_kind = models.TextField()
    purpose_id = models.TextField()
    agency = models.TextField()
    title = models.TextField()
    payer_id = models.BigIntegerField(null=True)
    payer_name = SealedField(db_default="")
    amount_vnd = models.BigIntegerField()
    refunded_vnd = models.BigIntegerField(db_default=0)
    due_on = models.DateField(null=True)
    state = models.TextField(db_default="due")
    method = models.TextField(db_default="")
    raised_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(db_default="")
    receipt_year = models.IntegerField(null=True)
    receipt_number = models.BigIntegerField(null=True)
    key = models.TextField(unique=True, null=True)
    raised_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "payments_bill"
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_bill_amount"),
            models.CheckConstraint(
                condition=Q(refunded_vnd__gte=0, refunded_vnd__lte=models.F("amount_vnd")),
                name="payments_bill_refunded",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["due", "paid", "cancelled", "expired", "refunded"]), name="payments_bill_state"
            ),
            models.UniqueConstraint(fields=["agency", "receipt_year", "receipt_number"], name="payments_receipt_once"),
        ]
        indexes = [
            models.Index(fields=["purpose_kind", "purpose_id"], name="payments_bill_purpose"),
            models.Index(fields=["payer_id", "-id"], condition=Q(payer_id__isnull=False), name="payments_bill_payer"),
            models.Index(fields=["agency", "state", "-id"], name="payments_bill_agency"),
        ]


class Line(models.Model):
    """One thing a bill is for."""

    pk = models.CompositePrimaryKey("bill", "position")
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, db_index=False)
    position = models.SmallIntegerField()
    code = models.TextField()
    title = models.TextField()
    amount_vnd = models.BigIntegerField()

    class Meta:
        db_table = "payments_line"


class Attempt(models.Model):
    """Somebody went to a provider's page to pay. `reference` is the order's name there; `asked_at` when the provider was last asked."""

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT)
    provider = models.TextField()
    reference = models.TextField()
    amount_vnd = models.BigIntegerField()
    state = models.TextField(db_default="pending")
    page = models.TextField(db_default="")
    begun_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    next_ask_at = models.DateTimeField()
    asked = models.IntegerField(db_default=0)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(db_default="")

    class Meta:
        db_table = "payments_attempt"
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="payments_attempt_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "paid", "failed", "held"]), name="payments_attempt_state"
            ),
        ]
        indexes = [
            models.Index(fields=["next_ask_at"], condition=Q(state="pending"), name="payments_attempt_pending"),
        ]


class Income(models.Model):
    """Money that came, once for each number its provider gave it: settled a bill, or held aside with the reason until somebody deals with it.

    A bill is settled by at most one of them: the database refuses a second.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    number = models.TextField()
    fund = models.TextField()
    agency = models.TextField()
    amount_vnd = models.BigIntegerField()
    refunded_vnd = models.BigIntegerField(db_default=0)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, null=True, db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, db_index=False)
    came_on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    state = models.TextField()
    reason = models.TextField(db_default="")
    words = SealedField(db_default="")
    taken_by = models.BigIntegerField(null=True)
    dealt_by = models.BigIntegerField(null=True)
    dealt_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_income"
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="payments_income_once"),
            models.UniqueConstraint(fields=["bill"], condition=Q(state="settled"), name="payments_bill_settled_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_income_amount"),
            models.CheckConstraint(
                condition=Q(refunded_vnd__gte=0, refunded_vnd__lte=models.F("amount_vnd")),
                name="payments_income_refunded",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["settled", "held", "returned", "moved"]), name="payments_income_state"
            ),
            models.CheckConstraint(condition=Q(fund__in=["cash", "bank", "clearing"]), name="payments_income_fund"),
        ]
        indexes = [
            models.Index(fields=["agency", "-id"], condition=Q(state="held"), name="payments_income_held"),
            models.Index(fields=["bill"], name="payments_income_bill"),
            models.Index(fields=["agency", "came_on"], name="payments_income_day"),
        ]


class Refund(models.Model):
    """Money on its way back. `request` is the order's name at the provider: sent again, it is the same refund."""

    id = models.BigAutoField(primary_key=True)
    income = models.ForeignKey(Income, on_delete=models.PROTECT)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, null=True)
    amount_vnd = models.BigIntegerField()
    reason = models.TextField()
    state = models.TextField()
    request = models.TextField(unique=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.TextField(db_default="")
    began_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    tries = models.IntegerField(db_default=0)
    ended_at = models.DateTimeField(null=True)
    number = models.TextField(db_default="")
    trouble = models.TextField(db_default="")

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending", "by_hand", "done", "failed"]), name="payments_refund_state"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=["waiting", "sending"]), name="payments_refund_due"),
        ]


class Callback(models.Model):
    """What a provider (or somebody in its name) sent, as it came, sealed; what it was answered and what became of it."""

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    mark = models.TextField()
    raw = SealedField()
    reference = models.TextField(db_default="")
    outcome = models.TextField()
    reply = models.TextField(db_default="")
    reason = models.TextField(db_default="")
    came_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    times = models.IntegerField(db_default=1)

    class Meta:
        db_table = "payments_callback"
        constraints = [models.UniqueConstraint(fields=["provider", "mark"], name="payments_callback_once")]
        indexes = [models.Index(fields=["provider", "-id"], name="payments_callback_newest")]


class Movement(models.Model):
    """One thing that happened to money, once for each key. Never changed: a trigger refuses it."""

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    kind = models.TextField()
    day = models.DateField()
    at = models.DateTimeField(db_default=Now())
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, null=True)
    income = models.ForeignKey(Income, on_delete=models.PROTECT, null=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True)
    words = models.TextField(db_default="")

    class Meta:
        db_table = "payments_movement"
        indexes = [models.Index(fields=["day", "id"], name="payments_movement_day")]


class Posting(models.Model):
    """A movement's amount on one account of an agency: debit above 0, credit below. `channel`: which provider's clearing or bank account.

    All postings of a movement add up to 0, written in one transaction: triggers refuse anything else when it commits.
    """

    id = models.BigAutoField(primary_key=True)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT)
    agency = models.TextField()
    account = models.TextField()
    channel = models.TextField(db_default="")
    amount_vnd = models.BigIntegerField()

    class Meta:
        db_table = "payments_posting"
        constraints = [
            models.CheckConstraint(condition=~Q(amount_vnd=0), name="payments_posting_amount"),
            models.CheckConstraint(condition=Q(account__in=ACCOUNTS), name="payments_posting_account"),
        ]
        indexes = [models.Index(fields=["agency", "account", "channel"], name="payments_posting_account_of")]


class Cursor(models.Model):
    """How far a bank's own list of transfers has been read."""

    provider = models.TextField(primary_key=True)
    after = models.TextField(db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_cursor"
