"""Tables of dossiers. State, agency, owner and deadline of the work stand in the dossier's case; here is what only a dossier has."""

from __future__ import annotations

from typing import Literal

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField
from taydo.kernel.specs import Label, Spec

from .rules import CHANNELS, DELIVERIES, MONEY


class Dossier(models.Model):
    """A request under a version of a procedure.

    `national`: state on the national portal; `money`, `delivery_state` and `sync` are states of their own: signed is not delivered, sent is
    not received. `papers`: JSON list of id, title, files, vault paper, whether it came digital. `waited_s`: seconds of working time the
    citizen took. `source`: the ministry's system that owns the state, "" when it is ours.
    """

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField(unique=True, null=True)
    code = models.TextField(unique=True)
    procedure = models.TextField()
    version_id = models.BigIntegerField()
    title = models.TextField()
    channel = models.TextField()
    agency_receives = models.TextField()
    agency_decides = models.TextField()
    unit_code = models.TextField(db_default="")
    actor_id = models.BigIntegerField(null=True)
    person_kind = models.TextField(db_default="person")
    name = SealedField(db_default="")
    phone = SealedField(db_default="")
    email = SealedField(db_default="")
    number = SealedField(db_default="")
    address = SealedField(db_default="")
    number_mark = models.TextField(db_default="")
    phone_mark = models.TextField(db_default="")
    answers = SealedField(db_default="")
    form_version = models.TextField(db_default="")
    papers = models.JSONField(db_default=[])
    national = models.SmallIntegerField(db_default=1)
    money = models.TextField(db_default="none")
    online_paid = models.BooleanField(db_default=False)
    delivery = models.TextField(db_default="vault")
    delivery_state = models.TextField(db_default="none")
    delivery_note = models.TextField(db_default="")
    sync = models.TextField(db_default="none")
    source = models.TextField(db_default="")
    source_code = models.TextField(db_default="")
    parent_id = models.BigIntegerField(null=True)
    submitted_at = models.DateTimeField(db_default=Now())
    received_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    supplements = models.SmallIntegerField(db_default=0)
    waited_s = models.FloatField(db_default=0)
    apologies = models.SmallIntegerField(db_default=0)
    result_file = models.UUIDField(null=True)
    result_number = models.TextField(db_default="")
    result_code = models.TextField(db_default="")
    papers_n = models.SmallIntegerField(db_default=0)
    digitised = models.SmallIntegerField(db_default=0)
    reused = models.SmallIntegerField(db_default=0)
    rating = models.SmallIntegerField(null=True)
    rating_text = models.TextField(db_default="")
    rated_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "procedures_dossier"
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=CHANNELS), name="procedures_channel"),
            models.CheckConstraint(condition=models.Q(delivery__in=DELIVERIES), name="procedures_delivery"),
            models.CheckConstraint(condition=models.Q(money__in=MONEY), name="procedures_money"),
            models.CheckConstraint(condition=models.Q(national__range=(1, 10)), name="procedures_national"),
            models.UniqueConstraint(
                fields=["source", "source_code"], condition=~models.Q(source=""), name="procedures_source"
            ),
        ]
        indexes = [
            models.Index(fields=["actor_id", "-id"], condition=~models.Q(actor_id=None), name="procedures_actor"),
            models.Index(fields=["number_mark", "-id"], condition=~models.Q(number_mark=""), name="procedures_number"),
            models.Index(fields=["parent_id"], condition=~models.Q(parent_id=None), name="procedures_parent"),
            models.Index(fields=["procedure", "-id"], name="procedures_procedure"),
            models.Index(fields=["agency_decides", "submitted_at"], name="procedures_agency_day"),
            models.Index(fields=["submitted_at"], name="procedures_submitted"),
        ]


class Form(models.Model):
    """A form of TT 03/2025/TT-VPCP that an act gave rise to (01–06): what it says is frozen here, the PDF is made from it."""

    id = models.BigAutoField(primary_key=True)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, db_index=False)
    form = models.TextField()
    number = models.TextField(db_default="")
    data = SealedField(db_default="")
    made_at = models.DateTimeField()
    made_by = models.TextField()
    file_id = models.UUIDField(null=True)
    draft = models.BooleanField(db_default=False)

    class Meta:
        db_table = "procedures_form"
        indexes = [models.Index(fields=["dossier", "id"], name="procedures_form_of")]


class Transfer(models.Model):
    """A dossier was offered to another agency: whoever offered it answers for it until it is accepted. `state`: offered, accepted, declined."""

    id = models.BigAutoField(primary_key=True)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, db_index=False)
    from_agency = models.TextField()
    to_agency = models.TextField()
    note = models.TextField(db_default="")
    state = models.TextField(db_default="offered")
    offered_at = models.DateTimeField()
    offered_by = models.TextField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(db_default="")
    reason = models.TextField(db_default="")

    class Meta:
        db_table = "procedures_transfer"
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=models.Q(state="offered"), name="procedures_one_transfer"
            )
        ]
        indexes = [
            models.Index(fields=["dossier", "id"], name="procedures_transfers_of"),
            models.Index(fields=["to_agency"], condition=models.Q(state="offered"), name="procedures_offered"),
        ]


class Result(models.Model):
    """A version of a dossier's result. What it says is frozen at approval; an edit after that is a new version, and the earlier one is `replaced`.

    `state`: draft, approved, signing, signed, failed, replaced; `code`: what the verification page asks for; `request_id`: of signing.
    """

    id = models.BigAutoField(primary_key=True)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, db_index=False)
    version = models.SmallIntegerField()
    result = models.TextField(db_default="")
    title = models.TextField()
    template = models.TextField()
    data = SealedField(db_default="")
    number = models.TextField(db_default="")
    code = models.TextField(db_default="")
    state = models.TextField(db_default="draft")
    file_id = models.UUIDField(null=True)
    request_id = models.BigIntegerField(null=True)
    reason = models.TextField(db_default="")
    made_at = models.DateTimeField()
    made_by = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(db_default="")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "procedures_result"
        constraints = [models.UniqueConstraint(fields=["dossier", "version"], name="procedures_result_version")]


class Rules(Spec):
    """`dossiers.yaml` of a city: numbers that the law sets and may change; each says where it is from."""

    source: str
    verified: bool
    code_style: Literal["dated", "2018"] = "dated"
    supplements_most: int = 1
    supplement_within_days: int = 3
    restart_after_supplement: bool = True
    apology_days_before: int = 1
    apologies_most: int = 1


class Daily(models.Model):
    """What dossiers of one agency, procedure and way of filing, received (else filed) on one day, come to: the figures are sums of these rows.

    `judged`: ended with a result, a refusal or a stop; `on_time` of them by QĐ 766 item 2.1; `spent_s`, `allowed_s`: from receipt to the end
    and to the appointment, of those that have both; the rest are counts.
    """

    pk = models.CompositePrimaryKey("agency", "procedure", "channel", "day")
    agency = models.TextField()
    procedure = models.TextField()
    channel = models.TextField()
    day = models.DateField()
    filed = models.IntegerField()
    received = models.IntegerField()
    mirrored = models.IntegerField()
    judged = models.IntegerField()
    on_time = models.IntegerField()
    refused = models.IntegerField()
    withdrawn = models.IntegerField()
    processed = models.IntegerField()
    electronic = models.IntegerField()
    returned = models.IntegerField()
    supplemented = models.IntegerField()
    apologised = models.IntegerField()
    with_papers = models.IntegerField()
    digitised = models.IntegerField()
    reused = models.IntegerField()
    owing = models.IntegerField()
    paid_online = models.IntegerField()
    synced = models.IntegerField()
    rated = models.IntegerField()
    content = models.IntegerField()
    spent_s = models.FloatField()
    allowed_s = models.FloatField()

    class Meta:
        db_table = "procedures_daily"
        indexes = [models.Index(fields=["day"], name="procedures_daily_day")]


class Uncounted(models.Model):
    """An agency's day whose rows are to be counted anew."""

    pk = models.CompositePrimaryKey("agency", "day")
    agency = models.TextField()
    day = models.DateField()

    class Meta:
        db_table = "procedures_uncounted"


class IndexItem(Spec):
    """One indicator of the service index. `full_at`: the rate from which on all its points are given."""

    id: str
    title: Label
    most: float
    full_at: float = 1.0
    note: str = ""


class IndexGroup(Spec):
    """Indicators that belong together."""

    id: str
    title: Label
    items: list[IndexItem]


class ServiceIndex(Spec):
    """`service_index.yaml` of a city: the set in force from a day on, as officials decide it."""

    title: Label
    source: str
    verified: bool
    valid_from: str
    groups: list[IndexGroup]
