"""Tables of the hotline: reports, categories, known answers, calls, blocked contacts; and the city's declarations of them."""

from __future__ import annotations

from typing import Literal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField
from taydo.kernel.specs import Label, Spec

CHANNELS = ("web", "app", "phone", "mail", "open311", "chat", "desk", "import")


class Category(models.Model):
    """What a report can be about: words that betray it, deadline class, who is responsible. Rows may change in the running city."""

    id = models.TextField(primary_key=True)
    group = models.TextField()
    group_vi = models.TextField()
    group_en = models.TextField()
    title_vi = models.TextField()
    title_en = models.TextField()
    keywords = ArrayField(models.TextField(), db_default=[], default=list)
    deadline_class = models.TextField(db_default="standard", default="standard")
    responsible = models.TextField()
    open311_code = models.TextField(db_default="", default="")
    call = models.TextField(db_default="", default="")
    private = models.BooleanField(db_default=False, default=False)
    active = models.BooleanField(db_default=True, default=True)
    sort = models.IntegerField(db_default=0, default=0)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hotline_category"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deadline_class__in=["urgent", "quick", "standard"]), name="hotline_category_class"
            )
        ]


class Report(models.Model):
    """What somebody reported. State, agency and deadline stand in its case; `listed`: strangers may see it."""

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField(unique=True)
    code = models.TextField(unique=True)
    channel = models.TextField(db_default="web")
    category = models.TextField(db_default="")
    text = models.TextField()
    public_text = models.TextField(db_default="")
    words = models.TextField(db_default="")
    address = models.TextField(db_default="")
    unit_code = models.TextField(db_default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    public = models.BooleanField(db_default=True)
    listed = models.BooleanField(db_default=False)
    held = models.TextField(db_default="")
    urgent = models.BooleanField(db_default=False)
    actor_id = models.BigIntegerField(null=True)
    name = SealedField(db_default="")
    phone = SealedField(db_default="")
    email = SealedField(db_default="")
    phone_mark = models.TextField(db_default="")
    email_mark = models.TextField(db_default="")
    senders = ArrayField(models.TextField(), db_default=[], default=list)
    language = models.TextField(db_default="vi")
    asked_at = models.DateTimeField(db_default=Now())
    duplicate_of = models.BigIntegerField(null=True)
    rating = models.SmallIntegerField(null=True)
    rating_text = models.TextField(db_default="")
    rated_at = models.DateTimeField(null=True)
    reopened = models.SmallIntegerField(db_default=0)
    answer = models.TextField(db_default="")
    answered_at = models.DateTimeField(null=True)
    token_hash = models.TextField(db_default="")
    client_key = models.TextField(null=True, unique=True)
    photo_hash = ArrayField(models.BigIntegerField(), db_default=[], default=list)
    extra = models.JSONField(db_default={}, default=dict)
    source = models.TextField(db_default="")
    source_id = models.TextField(db_default="")

    class Meta:
        db_table = "hotline_report"
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=CHANNELS), name="hotline_report_channel"),
            models.CheckConstraint(
                condition=models.Q(rating=None) | models.Q(rating__range=(1, 5)), name="hotline_report_rating"
            ),
            models.CheckConstraint(
                condition=models.Q(listed=False) | models.Q(public=True, held=""), name="hotline_listed_is_public"
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~models.Q(source_id=""), name="hotline_report_source"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=models.Q(listed=True), name="hotline_listed"),
            models.Index(fields=["category", "-id"], condition=models.Q(listed=True), name="hotline_listed_category"),
            models.Index(fields=["unit_code", "-id"], condition=models.Q(listed=True), name="hotline_listed_unit"),
            models.Index(fields=["phone_mark"], condition=~models.Q(phone_mark=""), name="hotline_by_phone"),
            models.Index(fields=["email_mark"], condition=~models.Q(email_mark=""), name="hotline_by_email"),
            models.Index(fields=["actor_id", "-id"], condition=~models.Q(actor_id=None), name="hotline_by_actor"),
            models.Index(fields=["lon", "lat"], name="hotline_place"),
            models.Index(fields=["asked_at"], name="hotline_asked"),
            models.Index(fields=["answered_at"], condition=~models.Q(answered_at=None), name="hotline_answered"),
            models.Index(fields=["-id"], condition=~models.Q(held=""), name="hotline_held"),
            GinIndex(fields=["senders"], name="hotline_senders"),
            models.Index(
                KeyTextTransform("conversation", "extra"),
                condition=models.Q(channel="chat"),
                name="hotline_conversation",
            ),
        ]


class Answer(models.Model):
    """A known answer an operator can give at once."""

    id = models.TextField(primary_key=True)
    question_vi = models.TextField()
    question_en = models.TextField()
    answer_vi = models.TextField()
    answer_en = models.TextField()
    category = models.TextField(db_default="", default="")
    words = models.TextField(db_default="", default="")
    source = models.TextField(db_default="", default="")
    verified = models.BooleanField(db_default=False, default=False)
    active = models.BooleanField(db_default=True, default=True)
    used = models.IntegerField(db_default=0, default=0)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hotline_answer"


class Call(models.Model):
    """A call at 1022: in, out, voicemail, or somebody who waits to be called back (`done_at` empty)."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    kind = models.TextField()
    phone = SealedField(db_default="")
    phone_mark = models.TextField(db_default="")
    note = models.TextField(db_default="")
    report_id = models.BigIntegerField(null=True)
    operator_id = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hotline_call"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["in", "out", "walk_in", "voicemail", "callback"]), name="hotline_call_kind"
            )
        ]
        indexes = [
            models.Index(fields=["at"], condition=models.Q(done_at=None), name="hotline_call_waiting"),
            models.Index(fields=["-at"], name="hotline_call_newest"),
        ]


class Block(models.Model):
    """A contact whose reports wait for a person before anything else; never one who is turned away."""

    mark = models.TextField(primary_key=True)
    reason = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "hotline_block"


class Declared(Spec):
    """One category of `categories.yaml`; `responsible`: `local`, `field:<field of the directory>` or an agency's code."""

    vi: str
    en: str
    keywords: list[str] = []
    deadline: Literal["urgent", "quick", "standard"]
    responsible: str
    open311: str = ""
    call: str = ""
    private: bool = False


class Group(Spec):
    """Categories that belong together on the form."""

    title: Label
    categories: dict[str, Declared]


class Categories(Spec):
    """`hotline/categories.yaml` of a city. `verified`: whether the city confirmed it."""

    source: str
    verified: bool
    groups: dict[str, Group]


class DeclaredAnswer(Spec):
    """One known answer of `answers.yaml`."""

    question: Label
    answer: Label
    category: str = ""
    source: str
    verified: bool = False


class Answers(Spec):
    """`hotline/answers.yaml` of a city."""

    answers: dict[str, DeclaredAnswer]


class Emergency(Spec):
    """A number to call instead of reporting."""

    number: str
    title: Label


class Desk(Spec):
    """`hotline/desk.yaml` of a city: who takes reports and the rules that officials decide."""

    centre: str
    phone: str = "1022"
    moderation: Literal["immediately", "accepted"] = "immediately"
    reopen_days: int = 15
    close_days: int = 5
    close_rating: int = 4
    burst: dict[Literal["address", "phone", "email", "device", "account"], int] = {}
    burst_hours: float = 1.0
    near_m: float = 200.0
    near_days: int = 14
    alike_least: float = 0.25
    letters_public: bool = False
    denunciation: list[str] = []
    open311_strangers: bool = True
    emergencies: list[Emergency] = []
