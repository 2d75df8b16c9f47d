"""Case types as officials declare them: states, moves, who may, and by when; each version is kept by its content.

A type stands in `specs/case_types/<id>.yaml` of any part of the house. A case keeps the version it began with, so that a new
rule never changes what was promised under the old one.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Literal, Self

from django.db import transaction
from pydantic import Field, model_validator

from taydo.kernel import clock, manifest, sql
from taydo.kernel.errors import invalid
from taydo.kernel.specs import Label, Spec, load
from taydo.methods.workingtime import Calendar

Phase = Literal["open", "waiting", "done"]


class Deadline(Spec):
    """By when: in working days (the day of receipt is not counted, BLDS 2015 Đ147-148; 0: the same working day), working hours,
    days or months of the calendar, or clock time day and night. `cutoff`: from this hour on a receipt counts as the next working day's.
    """

    working_days: int | None = Field(default=None, ge=0)
    working_hours: float | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=0)
    months: int | None = Field(default=None, ge=0)
    hours: float | None = Field(default=None, ge=0)
    minutes: float | None = Field(default=None, ge=0)
    cutoff: dt.time | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        measures = (self.working_days, self.working_hours, self.days, self.months, self.hours, self.minutes)
        if sum(measure is not None for measure in measures) != 1:
            raise ValueError("give exactly one of working_days, working_hours, days, months, hours, minutes")
        if self.cutoff is not None and self.working_days is None:
            raise ValueError("a cutoff belongs to working_days")
        return self

    @property
    def kind(self) -> str:
        """Which clock the deadline runs on: `working` or `clock`."""
        return "clock" if self.working_days is None and self.working_hours is None else "working"

    def due(self, start: dt.datetime, calendar: Calendar | None = None) -> dt.datetime:
        """The aware instant at which work begun at `start` is due, by the city's calendar unless another one is given."""
        if self.hours is not None or self.minutes is not None:
            return start + dt.timedelta(hours=self.hours or 0, minutes=self.minutes or 0)
        calendar = calendar or clock.calendar()
        if self.kind == "clock":
            return calendar.calendar_deadline(start, days=self.days or 0, months=self.months or 0).astimezone(dt.UTC)
        if self.working_hours is not None:
            return calendar.add_working_hours(start, self.working_hours).astimezone(dt.UTC)
        return calendar.deadline(start, self.working_days or 0, cutoff=self.cutoff).astimezone(dt.UTC)


class Ask(Spec):
    """A question that goes to another agency by itself when a case comes to a state; several go in parallel."""

    agency: str = Field(min_length=1, max_length=40)
    question: str = Field(min_length=1, max_length=2000)
    within: Deadline | None = None


class State(Spec):
    """Where a case can stand. `pauses`: the deadline stands still while the case is here; `outside`: what systems outside call
    it (the national portal: "1" to "10"); `within`: the planned time of this step, beside the deadline of the whole;
    `asks`: which agencies are consulted on coming here (a move with `tasks_done` waits for their answers).
    """

    title: Label
    phase: Phase = "open"
    pauses: bool = False
    outside: str = ""
    within: Deadline | None = None
    asks: list[Ask] = Field(default_factory=list)


class Input(Spec):
    """Something the official fills in with a move; it is kept in the case's data under its name."""

    title: Label
    kind: Literal["text", "number", "date", "yes_no"] = "text"
    required: bool = True


class Move(Spec):
    """A step from one of some states to another. `deadline` begins anew with the move (`again`: the case's own class of it).

    `by`: who takes it: officials, or the person who asked, or the house by itself (both through the action of a domain). `public`:
    its note is for the person who asked. `tasks_done`: not while another agency still owes an answer. `primary`: the usual next step.
    """

    title: Label
    from_: list[str] = Field(alias="from")
    to: str
    by: Literal["officials", "asker", "house"] = "officials"
    permission: str = "cases.move"
    note: Literal["none", "optional", "required"] = "optional"
    fields: dict[str, Input] = Field(default_factory=dict)
    deadline: Deadline | Literal["again"] | None = None
    primary: bool = False
    public: bool = False
    tasks_done: bool = False


class Extension(Spec):
    """How often, and each time how far, a deadline may be put off. `by`: who decides, the case's agency or the one above it."""

    most: int = Field(1, ge=1, le=9)
    longest: Deadline
    by: Literal["agency", "parent"] = "agency"


class Level(Spec):
    """A level of escalation, counted from the deadline. `tell`: the case's agency or the one above; `priority`: rises to this."""

    after: Deadline
    tell: Literal["agency", "parent"] = "parent"
    priority: int = Field(0, ge=0, le=9)


class CaseType(Spec):
    """One kind of case. `soon`: the last share of the time in which a case counts as due soon.

    `deadlines`: named classes (words in `titles`); `merged`: where a case ends that became part of another.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    prefix: str = Field(pattern=r"^[A-Z]{1,5}$")
    start: str
    soon: float = Field(0.25, gt=0, lt=1)
    deadline: Deadline | None = None
    deadlines: dict[str, Deadline] = Field(default_factory=dict)
    titles: dict[str, Label] = Field(default_factory=dict)
    extension: Extension | None = None
    escalation: list[Level] = Field(default_factory=list)
    merged: str = ""
    states: dict[str, State]
    moves: dict[str, Move]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for name, move in self.moves.items():
            for state in (*move.from_, move.to):
                if state not in self.states:
                    raise ValueError(f"move {name}: there is no state {state}")
        if self.start not in self.states:
            raise ValueError(f"start: there is no state {self.start}")
        if self.merged and (self.merged not in self.states or self.states[self.merged].phase != "done"):
            raise ValueError(f"merged: there is no state {self.merged} that is done")
        if strange := set(self.titles) - set(self.deadlines):
            raise ValueError(f"titles of deadlines that are not declared: {', '.join(sorted(strange))}")
        if lost := set(self.states) - self._reach({self.start, self.merged or self.start}, forward=True):
            raise ValueError(f"states that cannot be reached: {', '.join(sorted(lost))}")
        ends = {name for name, state in self.states.items() if state.phase == "done"}
        if stuck := set(self.states) - self._reach(ends, forward=False):
            raise ValueError(f"states that cannot be brought to an end: {', '.join(sorted(stuck))}")
        return self

    def _reach(self, seeds: set[str], *, forward: bool) -> set[str]:
        found, fresh = set(seeds), set(seeds)
        while fresh:
            step: set[str] = set()
            for move in self.moves.values():
                if forward and not fresh.isdisjoint(move.from_):
                    step.add(move.to)
                if not forward and move.to in fresh:
                    step.update(move.from_)
            fresh = step - found
            found |= fresh
        return found

    def class_of(self, name: str) -> Deadline:
        """A named class of deadline; raises 422 when the type has none of this name."""
        if name not in self.deadlines:
            vi, en = f"Không có hạn loại “{name}”.", f"There is no class of deadline “{name}”."
            raise invalid("unknown_deadline", vi, en, field="deadline")
        return self.deadlines[name]

    def moves_from(self, state: str) -> dict[str, Move]:
        """Moves that begin in a state, the primary ones first."""
        found = {name: move for name, move in self.moves.items() if state in move.from_}
        return dict(sorted(found.items(), key=lambda item: not item[1].primary))

    @functools.cached_property
    def text(self) -> str:
        """The declaration as canonical JSON."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), ensure_ascii=False, sort_keys=True)

    @functools.cached_property
    def version(self) -> str:
        """The content hash: 16 hexadecimal digits of SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


_current: dict[str, CaseType] = {}
_versions: dict[str, CaseType] = {}
_stored: set[str] = set()
_sources: list[Callable[[], Mapping[str, str]]] = []


def source(read: Callable[[], Mapping[str, str]]) -> None:
    """Types that were saved in the running city: `read` gives the current version by name, of versions stored by `keep`.

    A name is more than an id (`dossier_standard/1.004873`); cases still get the type's id. `read` is called whenever a name is not
    declared, in every process: it must answer from memory and look at the table now and then.
    """
    _sources.append(read)


def declare(case_type: CaseType) -> CaseType:
    """Make this the current version of its type in this process."""
    _current[case_type.id] = case_type
    _versions[case_type.version] = case_type
    return case_type


@functools.cache
def _declared() -> None:
    for part in manifest.parts():
        folder = manifest.ROOT / part.floor / part.module.rsplit(".", 1)[1] / "specs" / "case_types"
        for path in sorted(folder.glob("*.yaml")):
            case_type = load(path, CaseType)
            _current.setdefault(case_type.id, case_type)
            _versions[case_type.version] = case_type


def current(type_id: str) -> CaseType:
    """The version of a type that new cases get, by id or by the name it was saved under. Raises 422 when there is none."""
    _declared()
    found = _current.get(type_id)
    if found is None and (saved := next((version for read in _sources if (version := read().get(type_id))), "")):
        found = of_version(saved)
    if found is None:
        raise invalid(
            "unknown_case_type",
            f"Không có loại vụ việc “{type_id}”.",
            f"There is no case type “{type_id}”.",
            field="type",
        )
    return found


def every() -> list[CaseType]:
    """Every declared type, by id."""
    _declared()
    return [_current[name] for name in sorted(_current)]


def of_version(version: str) -> CaseType:
    """The type as it was under a content hash: from this process, else from the table."""
    _declared()
    if version not in _versions:
        spec = sql.value("SELECT spec::text FROM cases_type WHERE version = %(v)s", {"v": version})
        if spec is None:
            raise LookupError(f"case type version {version} is not stored")
        _versions[version] = CaseType.model_validate_json(spec)
    return _versions[version]


def keep(case_type: CaseType) -> None:
    """See to it that this version is stored; costs one statement the first time in a process."""
    if case_type.version in _stored:
        return
    sql.execute(
        "INSERT INTO cases_type (version, id, spec) VALUES (%(v)s, %(id)s, %(spec)s::jsonb) ON CONFLICT DO NOTHING",
        {"v": case_type.version, "id": case_type.id, "spec": case_type.text},
    )
    transaction.on_commit(lambda: _stored.add(case_type.version))
