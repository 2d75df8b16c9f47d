"""Writes of an operator with somebody on the line: take a report and deal with it at once; calls in, out, and to be called back."""

from __future__ import annotations

from typing import Any

from taydo.kernel import audit, clock, contacts, i18n, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing

from .. import queries
from . import handling, report

CALLS = ("in", "out", "walk_in", "voicemail", "callback")


@action("hotline.take_calls", secret=("text", "phone", "given", "answer", "note"))
def take(
    viewer: Viewer, text: str, phone: str = "", *, kind: str = "in", then: str = "keep", agency: str = "", answer: str = "", answer_id: str = "",
    into: str = "", note: str = "", **given: Any,
) -> dict[str, Any]:  # fmt: skip
    """Write down what a caller or visitor reports and, in one go, `then`: keep, route it, answer it, or merge it into another.

    Nothing of it is done when a part is refused. Returns what `report` returns.
    """
    made = report(viewer, text, phone=phone, channel="phone" if kind == "in" else "desk", **given)
    if made["again"]:
        return made
    if then == "route":
        handling.route(viewer, made["code"], agency, note)
    elif then == "answer":
        handling.answer_at_once(viewer, made["code"], answer, answer_id=answer_id)
    elif then == "merge":
        handling.merge(viewer, made["code"], into, note)
    note_call(viewer, kind, phone, code=made["code"])
    about("report", made["code"], queries.desk().centre)
    return made


@action("hotline.take_calls", secret=("phone", "note"))
def note_call(viewer: Viewer, kind: str, phone: str = "", note: str = "", *, code: str = "") -> int:
    """Count a call: in, out, walk_in, or one who waits to be called back (voicemail, callback); returns its id."""
    viewer.require("hotline.take_calls", queries.desk().centre)
    if kind not in CALLS:
        raise invalid("no_kind", "Không có loại cuộc gọi này.", "There is no such kind of call.", field="kind")
    number = contacts.phone(phone) or ""
    waits = kind in ("voicemail", "callback")
    if waits and not number:
        raise invalid(
            "phone_missing", "Cần số điện thoại để gọi lại.", "A number to call back is needed.", field="phone"
        )
    return int(
        sql.value(
            """INSERT INTO hotline_call (at, kind, phone, phone_mark, note, report_id, operator_id, done_at) VALUES (%(at)s, %(kind)s, %(phone)s,
                 %(mark)s, %(note)s, (SELECT id FROM hotline_report WHERE code = %(code)s), %(me)s, %(done)s) RETURNING id""",
            {"at": clock.now(), "kind": kind, "phone": sealing.seal(number), "mark": sealing.fingerprint(number) if number else "",
             "note": note.strip()[:1000], "code": code.upper(), "me": viewer.actor_id, "done": None if waits else clock.now()},
        )
    )  # fmt: skip


@action("hotline.take_calls", secret=("note",))
def call_back(viewer: Viewer, call_id: int, note: str = "") -> str:
    """Somebody who waited was called back: the outgoing call is counted, the wait ends. Returns the number, recorded as a look."""
    viewer.require("hotline.take_calls", queries.desk().centre)
    kept = sql.row(
        "UPDATE hotline_call SET done_at = %(now)s WHERE id = %(id)s AND done_at IS NULL RETURNING phone, phone_mark",
        {"now": clock.now(), "id": call_id},
    )
    if kept is None:
        raise missing("no_call", "Không có ai chờ gọi lại ở đây.", "Nobody waits for a call here.")
    number = sealing.unseal(kept["phone"])
    purpose = i18n.t("Gọi lại theo yêu cầu", "Calling back as asked")
    audit.look(viewer, "caller", kept["phone_mark"][:12], purpose, viewer.agency, [audit.person_by(number)])
    sql.execute(
        """INSERT INTO hotline_call (at, kind, phone, phone_mark, note, operator_id, done_at)
           VALUES (%(now)s, 'out', %(phone)s, %(mark)s, %(note)s, %(me)s, %(now)s)""",
        {
            "now": clock.now(),
            "phone": kept["phone"],
            "mark": kept["phone_mark"],
            "note": note.strip()[:1000],
            "me": viewer.actor_id,
        },
    )
    return number
