"""The table of procedures' versions, and how a procedure is declared.

A version is never changed once a day of its validity has begun: what officials decide anew is another version from another day, so that
a dossier keeps the deadline, fee and papers that held when it was received.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from taydo.engines.cases.casetype import Deadline
from taydo.kernel.specs import Label, Spec

Level = Literal["city", "commune", "central"]
Kind = Literal["immediate", "standard", "consulted", "joint"]
Door = Literal["online", "desk", "post"]


class Fee(Spec):
    """What is paid, in đồng; `amount_vnd` empty: by a rule said in `note`, set by the official."""

    id: str = "fee"
    title: str
    amount_vnd: int | None = None
    when: Literal["receipt", "supplement", "result"] = "receipt"
    note: str = ""


class Channel(Spec):
    """A way to file: by when the result is due, and what it costs this way."""

    id: Door
    deadline: Deadline | None = None
    fees: tuple[Fee, ...] = ()


class Paper(Spec):
    """A paper of the dossier. `result_of`: procedures whose result it is; `vault_kind`: what the vault calls it; `case`: only in this case."""

    id: str
    title: str
    required: bool = True
    originals: int = 0
    copies: int = 0
    form_id: str = ""
    result_of: tuple[str, ...] = ()
    vault_kind: str = ""
    case: str = ""


class Result(Spec):
    """What comes out; `valid_days`: how long it holds (None: no end)."""

    id: str
    title: str
    vault_kind: str = ""
    valid_days: int | None = None


class Law(Spec):
    """A legal basis."""

    title: str
    number: str = ""


class Doubt(Spec):
    """Something an import could not read for certain: which field, the text it stands in, and why."""

    field: str
    text: str
    reason: str


class Procedure(Spec):
    """One version of a procedure as officials declare it or as it was imported.

    `decides`: `unit` (the commune's committee), `field:<field of the directory>`, or an agency's code; `receives` likewise, empty: the
    one-stop desk of the level. `cutoff`: from this hour on a receipt counts as the next working day's. `online`: the whole way, a part
    (with the published reason, NĐ 224/2026 Đ14), or none.
    """

    code: str
    title: str
    title_en: str = ""
    summary: str = ""
    field: str
    level: Level
    kind: Kind = "standard"
    audience: tuple[str, ...] = ()
    online: Literal["whole", "part", "none"] = "whole"
    online_reason: str = ""
    channels: tuple[Channel, ...] = ()
    cutoff: dt.time | None = None
    papers: tuple[Paper, ...] = ()
    form_id: str = "general"
    results: tuple[Result, ...] = ()
    conditions: str = ""
    steps: str = ""
    legal: tuple[Law, ...] = ()
    decides: str = "unit"
    receives: str = ""
    parts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    decision: str = ""
    source: str
    verified: bool = False
    uncertain: tuple[Doubt, ...] = ()
    valid_from: dt.date
    valid_to: dt.date | None = None

    def channel(self, door: str) -> Channel | None:
        """How it is filed at this door, or None when it is not."""
        return next((one for one in self.channels if one.id == door), None)


class Declared(Spec):
    """One file `procedures/<field>.yaml` of a city."""

    title: Label
    procedures: list[Procedure]


class Version(models.Model):
    """A version of a procedure: `spec` is the whole declaration, the other columns are what lists and searches need of it."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    title = models.TextField()
    field = models.TextField()
    level = models.TextField()
    kind = models.TextField()
    online = models.TextField()
    spec = models.JSONField()
    hash = models.TextField()
    words = models.TextField(db_default="")
    events = ArrayField(models.TextField(), db_default=[], default=list)
    doubts = models.IntegerField(db_default=0)
    origin = models.TextField()
    published = models.BooleanField(db_default=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reviewed_by = models.TextField(db_default="")
    reviewed_at = models.DateTimeField(null=True)
    made_by = models.TextField(db_default="")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "catalogue_version"
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="catalogue_version_day"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="catalogue_version_span",
            ),
        ]
        indexes = [
            models.Index(fields=["field", "code"], name="catalogue_field"),
            models.Index(fields=["id"], condition=models.Q(doubts__gt=0, reviewed_at=None), name="catalogue_doubts"),
        ]
