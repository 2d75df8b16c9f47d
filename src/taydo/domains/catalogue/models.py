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
    """A way to file: by when the result is due, and what it costs this way. `words`: what the source says beside it."""

    id: Door
    deadline: Deadline | None = None
    fees: tuple[Fee, ...] = ()
    words: str = ""


class Paper(Spec):
    """A paper of the dossier. `result_of`: procedures whose result it is; `vault_kind`: what the vault calls it; `form`: the file
    of its printed form; `case`: only in this case.
    """

    id: str
    title: str
    required: bool = True
    originals: int = 0
    copies: int = 0
    form_id: str = ""
    form: str = ""
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
    (with the published reason, NĐ 224/2026 Đ14), or none. `forward`: who decides outside the city; the dossier begun here is sent on.
    `href`: where the source stands.
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
    agencies: tuple[str, ...] = ()
    forward: str = ""
    href: str = ""
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
    note = models.TextField(db_default="")
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


class Ministry(Spec):
    """A source of procedures: its name and the rules of who answers for it in the city ("": nobody, it is sent on) and in a commune."""

    title: str
    decides: str = ""
    commune: str = "unit"


class Life(Spec):
    """An event of life people browse by: words in titles that belong to it, folded as `methods.vietnamese.fold` does."""

    title: Label
    icon: str
    words: tuple[str, ...] = ()


class Rules(Spec):
    """`catalogue.yaml` of a city: who answers for imported procedures, and the events of life.

    `forwards`: the agency that takes what is decided outside the city and sends it on; `desk`: the one-stop desk of city level; `fields`:
    a field of the official list → who decides at city level; `outside`: fields that branches of the state outside the city's own
    agencies decide (taxes, customs), with their name; `codes`: exact answers for single procedures.
    """

    forwards: str
    desk: str
    sources: dict[str, Ministry]
    fields: dict[str, str] = {}
    outside: dict[str, str] = {}
    codes: dict[str, str] = {}
    events: dict[str, Life]


class Source(models.Model):
    """What an official list says of a procedure, untouched."""

    code = models.TextField(primary_key=True)
    raw = models.JSONField()
    mark = models.TextField()
    run_id = models.BigIntegerField()

    class Meta:
        db_table = "catalogue_source"


class Run(models.Model):
    """An import: the file, what became of its rows, and per field how many were read, doubtful and empty; `refused`: line, code, reason."""

    id = models.BigAutoField(primary_key=True)
    file = models.TextField()
    sha256 = models.TextField()
    at = models.DateTimeField(db_default=Now())
    by_name = models.TextField()
    counts = models.JSONField()
    figures = models.JSONField()
    refused = models.JSONField()

    class Meta:
        db_table = "catalogue_run"


class Verdict(models.Model):
    """What a person decided about one doubt of a version: `accept` what was read, `correct` it to `value`, or `skip` for later."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, models.CASCADE, db_constraint=True)
    place = models.IntegerField()
    verdict = models.TextField()
    value = models.JSONField(null=True)
    by_name = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "catalogue_verdict"
        constraints = [models.UniqueConstraint(fields=["version", "place"], name="catalogue_verdict_once")]
