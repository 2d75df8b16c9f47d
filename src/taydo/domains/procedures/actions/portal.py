"""The national portal: every change of a dossier told to it in order (NĐ 224/2026 Đ15.1g), and dossiers of ministries' systems mirrored.

What is told is made from the case's timeline, not from events: an event only says that there is something to tell. So an event that
comes late, twice or out of order changes neither what is told nor its order.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.cases.casetype import of_version
from taydo.engines.relay import marks
from taydo.engines.relay.actions import post
from taydo.engines.relay.messages import Message, Outcome
from taydo.engines.relay.queries import standing
from taydo.kernel import sql
from taydo.kernel.errors import Problem
from taydo.kernel.sealing import seal
from taydo.protocols import dvcqg
from taydo.protocols.dvcqg import messages as wire

from .. import queries
from ..queries.portal import PARTNER
from .writing import HOUSE

CENTRAL = "@central"
TOLD = ("opened", "moved", "handed_over", "assigned", "taken", "extended")
WHOLE = frozenset((2, 3, 5, 7, 8, 9, 10))
"""States with which the whole dossier is told anew, and not its step alone."""
ADAPTER = "opencps"


def address() -> str:
    """Where the portal is (`TAYDO_PORTAL_URL`); "" when the city is not connected."""
    return os.environ.get("TAYDO_PORTAL_URL", "").rstrip("/")


def push(code: str) -> int:
    """Turn what has happened to a dossier since the last time into messages for the portal, in order; returns how many.

    Nothing while the city is not connected (`taydo procedures tell-portal` tells all of it later), nor for a dossier whose state a
    ministry's system owns. Whoever does the same at once waits: no line is told twice.
    """
    if not address():
        return 0
    found = queries.by_code(code)
    if found is None or found["source"] or found["case_id"] is None:
        return 0
    position, word = marks.held(PARTNER, code)
    lines = sql.rows(
        """SELECT id, at, kind, move, to_state, agency, actor_id, actor_name AS who, note, public, lag(at) OVER (ORDER BY id) AS before_at FROM cases_event
           WHERE case_id = %(case)s AND kind = ANY(%(kinds)s) ORDER BY id""",
        {"case": found["case_id"], "kinds": list(TOLD)},
    )
    fresh = [line for line in lines if line["id"] > position]
    if not fresh:
        return 0
    told, posted = int(word) if word else None, 0
    telling = _Telling(found, lines)
    for line in fresh:
        told, made = telling.of(line, told)
        for number, (service, updating, item) in enumerate(made):
            written = dvcqg.write(item, dvcqg.PARTIES[ADAPTER])
            state = written.get("TrangThaiHoSo") or written.get("TrangThai")
            post(
                HOUSE,
                PARTNER,
                code,
                {"service": service, "updating": updating, "item": written},
                key=f"{code}/{line['id']}/{number}",
                title=f"{service} {state}",
            )
            posted += 1
    marks.move(PARTNER, code, fresh[-1]["id"], str(told))
    sql.execute("UPDATE procedures_dossier SET sync = 'waiting' WHERE id = %(id)s", {"id": found["id"]})
    return posted


@transaction.atomic
def push_now(code: str) -> int:
    """`push` in a transaction of its own."""
    return push(code)


class _Telling:
    """A dossier and its timeline, turned line by line into messages of the portal."""

    def __init__(self, found: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
        self.found, self.lines = found, lines
        self.spec, self.person = of_version(found["type_version"]), queries.person(found["id"])
        self.procedure = _procedure(found["version_id"])

    def of(self, line: Mapping[str, Any], told: int | None) -> tuple[int, list[tuple[str, bool, Any]]]:
        """The state the portal has after a line, and the messages: (service, whether it updates, message)."""
        state = self.spec.states.get(line["to_state"])
        ours = int(state.outside) if state and state.outside.isdecimal() else (told or 1)
        way = dvcqg.route(told, ours)
        made: list[tuple[str, bool, Any]] = [(dvcqg.PROGRESS, False, self.step(line, each)) for each in way[:-1]]
        after = way[-1]
        if line["kind"] in ("opened", "handed_over", "extended") or (line["kind"] == "moved" and ours in WHOLE):
            made.append((dvcqg.SYNC, told is not None, self.whole(line, after)))
        made.append((dvcqg.PROGRESS, False, self.step(line, after)))
        return after, made

    def step(self, line: Mapping[str, Any], state: int) -> wire.Progress:
        """Who did what, when, in which office; by when this step should be done, by the plan of the workflow or the whole's appointment."""
        move, place = self.spec.moves.get(line["move"]), self.spec.states.get(line["to_state"])
        words = move.title.vi if move else _DID[line["kind"]]
        text = f"{words}: {line['note']}" if line["note"] and line["public"] else words
        due = (
            place.within.due(line["at"])
            if place and place.within and line["kind"] == "moved"
            else self.found["case_due"]
        )
        return wire.Progress(
            code=self.found["code"], officer=self._officer(line), at=line["at"], text=text[:2000], state=state, office=_name(line["agency"]),
            began_at=line["before_at"] or line["at"], due_at=due,
        )  # fmt: skip

    def _officer(self, line: Mapping[str, Any]) -> str:
        """Who did it; the applicant is not named as an official."""
        asker = self.found["actor_id"]
        return "Người nộp hồ sơ" if asker is not None and line["actor_id"] == asker else line["who"] or "Hệ thống"

    def whole(self, line: Mapping[str, Any], state: int) -> wire.Dossier:
        """Everything of the dossier as it stands, under the state of this line."""
        found, person, spec = self.found, self.person, self.procedure
        field = spec.field if spec else "—"
        received = next((each["who"] for each in self.lines if each["move"] == "receive"), "")
        return wire.Dossier(
            code=found["code"], procedure=found["procedure"], procedure_name=found["title"], field=field, field_name=field,
            agency=_name(found["agency_decides"]), channel=found["channel"],
            applicant=person.name, applicant_kind=found["person_kind"], applicant_id=person.number, email=person.email, phone=person.phone,
            other=f"Người tiếp nhận: {received or '—'}; người xử lý: {self._officer(line)}", receipt=found["code"] if received else "",
            received_at=found["received_at"], due_at=found["case_due"] or found["due_at"], state=state, returned_at=found["returned_at"],
            returned_how=found["delivery_note"], delivery="1" if found["delivery"] == "post" else "0", finished_at=found["finished_at"],
            papers=tuple(_papers(found["papers"])), others=tuple(_others(found["papers"])), fees=tuple(self._fees()),
            supplements=tuple(self._supplements()), results=tuple(self._results()), online_payment=int(found["online_paid"]),
            digitised=any(paper.get("digital") or paper.get("files") for paper in found["papers"]),
        )  # fmt: skip

    def _fees(self) -> Iterable[wire.Fee]:
        door = self.procedure.channel(self.found["channel"]) if self.procedure else None
        for fee in door.fees if door else ():
            yield wire.Fee(name=fee.title, code=fee.id, when=fee.when, amount_vnd=fee.amount_vnd)

    def _supplements(self) -> Iterable[wire.Supplement]:
        given = [line for line in self.lines if line["move"] in ("give_supplement", "given_before")]
        for form in queries.forms(self.found["id"]):
            if form["form"] == "02" and not form["draft"]:
                taken = next((line for line in given if line["at"] >= form["made_at"]), None)
                yield wire.Supplement(
                    id=str(form["id"]), text="; ".join(form["data"].get("lacks", ())) or "—", asked_by=form["made_by"], asked_at=form["made_at"],
                    taken_by=taken["who"] if taken else "", taken_at=taken["at"] if taken else None, state="1" if taken else "0",
                    due_after=self.found["case_due"] if taken else None,
                )  # fmt: skip

    def _results(self) -> Iterable[wire.Result]:
        if self.found["finished_at"] is not None and self.found["result_number"]:
            title = (
                self.procedure.results[0].title if self.procedure and self.procedure.results else self.found["title"]
            )
            yield wire.Result(name=title, id=self.found["result_code"], code=self.found["result_number"])


_DID = {
    "opened": "Nộp hồ sơ", "moved": "Chuyển bước", "handed_over": "Chuyển cơ quan giải quyết", "assigned": "Phân công xử lý",
    "taken": "Nhận xử lý", "extended": "Xin lỗi và hẹn lại ngày trả",
}  # fmt: skip


def noted(told: Sequence[tuple[Message, Outcome]]) -> None:
    """What the portal answered, on the dossiers themselves: refused, or sent when nothing of them waits any more."""
    stands = standing(PARTNER, {message.subject for message, _ in told})
    sql.execute(
        """UPDATE procedures_dossier d SET sync = n.word FROM unnest(%(codes)s::text[], %(words)s::text[]) AS n(code, word)
           WHERE d.code = n.code AND d.sync <> n.word""",
        {"codes": list(stands), "words": [stand.word for stand in stands.values()]},
    )


@transaction.atomic
def mirror(changes: Sequence[wire.Mirrored]) -> int:
    """Keep what a ministry's system tells of dossiers it runs; returns how many changes were new.

    It owns state, receipt and appointment: they are copied and never counted here. A change older than the last one known is passed over.
    A code under which a dossier of ours stands is not touched.
    """
    position, _ = marks.held(PARTNER, CENTRAL)
    written = 0
    for change in sorted(changes, key=lambda change: change.number or 0):
        if (change.number or 0) > position:
            position = change.number or 0
            sql.execute(_MIRROR, _mirrored(change))
            written += 1
    marks.move(PARTNER, CENTRAL, position)
    return written


_MIRROR = """
INSERT INTO procedures_dossier (code, procedure, version_id, title, channel, agency_receives, agency_decides, person_kind, name, phone, email,
  number_mark, national, submitted_at, received_at, due_at, finished_at, returned_at, ended_at, source, source_code, sync)
VALUES (%(code)s, %(procedure)s, 0, %(title)s, %(channel)s, %(agency)s, %(agency)s, %(kind)s, %(name)s, %(phone)s, %(email)s, %(mark)s,
  %(state)s, coalesce(%(received)s, now()), %(received)s, %(due)s, %(finished)s, %(returned)s, %(ended)s, %(source)s, %(code)s, 'mirrored')
ON CONFLICT (code) DO UPDATE SET national = excluded.national, title = excluded.title, due_at = excluded.due_at, received_at = excluded.received_at,
  finished_at = excluded.finished_at, returned_at = excluded.returned_at, ended_at = excluded.ended_at, agency_decides = excluded.agency_decides
WHERE procedures_dossier.source = excluded.source AND procedures_dossier.source_code = excluded.source_code
"""


def _mirrored(change: wire.Mirrored) -> dict[str, Any]:
    return {
        "code": change.code.strip().upper(), "procedure": change.procedure, "title": change.procedure_name, "channel": change.channel or "online",
        "agency": change.agency, "kind": change.applicant_kind, "name": seal(change.applicant), "phone": seal(change.phone),
        "email": seal(change.email), "mark": queries.mark(change.applicant_kind, change.applicant_id) if change.applicant_id else "", "state": change.state or 1,
        "received": change.received_at, "due": change.due_at, "finished": change.finished_at, "returned": change.returned_at,
        "ended": change.changed_at if change.state in dvcqg.ENDS else None, "source": change.source,
    }  # fmt: skip


def _procedure(version_id: int) -> catalogue.Procedure | None:
    try:
        return catalogue.version(version_id)
    except Problem:
        return None


def _name(code: str) -> str:
    found = directory.agency(code) if code else None
    return found.name if found else code


def _papers(papers: Any) -> Iterable[wire.Paper]:
    for paper in papers:
        for file in paper.get("files") or ():
            yield wire.Paper(
                str(file), paper["title"], component=paper["id"], digitised=True, from_store=bool(paper.get("vault"))
            )


def _others(papers: Any) -> Iterable[wire.Other]:
    for paper in papers:
        if not paper.get("files"):
            yield wire.Other(name=paper["title"], count=1, copy="electronic" if paper.get("vault") else "original")
