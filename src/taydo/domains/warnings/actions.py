"""Every write of warnings: draft, correct, approve (never one's own), publish, update, cancel, expire, tell subscribers."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.conf import settings

from taydo.engines.alerts import queries as alerts
from taydo.engines.notices import actions as notices
from taydo.kernel import clock, live, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid, missing, refused
from taydo.kernel.events import emit
from taydo.protocols import cap

from .events import WarningExpired, WarningPublished
from .models import Warning as Message
from .queries import areas, city, hazards, sender, shapes, unit_names, warning
from .rules import Draft, as_cap, faults, prefix

EXCEEDANCES = "exceedances"
NOWHERE = "-"
"""No unit: what is for named people only."""


@action("warnings.draft")
def draft(viewer: Viewer, given: Draft, agency: str = "") -> int:
    """Write a new warning for an agency (the viewer's own); returns its id. Nothing leaves the house yet."""
    agency = agency or viewer.agency
    viewer.require("warnings.draft", agency)
    _check(given)
    made = Message.objects.create(agency=agency, drafted_by=viewer.actor_id, drafted_at=clock.now(), **_columns(given))
    about("warning", made.pk, agency)
    return int(made.pk)


@action("warnings.draft")
def correct(viewer: Viewer, warning_id: int, given: Draft, version: int) -> int:
    """Change a draft; whoever changes it becomes its drafter, and an approval falls away. Returns the new version."""
    found = _locked(viewer, warning_id, "warnings.draft", ("draft", "approved"), version)
    _check(given)
    changes = _columns(given) | {
        "state": "draft", "version": found["version"] + 1, "drafted_by": viewer.actor_id, "approved_by": None, "approved_at": None,
    }  # fmt: skip
    Message.objects.filter(pk=warning_id).update(**changes)
    return int(found["version"]) + 1


@action("warnings.draft")
def drop(viewer: Viewer, warning_id: int) -> None:
    """Give up a draft; it is kept but never sent."""
    _locked(viewer, warning_id, "warnings.draft", ("draft", "approved"))
    Message.objects.filter(pk=warning_id).update(state="dropped", ended_at=clock.now())


@action("warnings.approve")
def approve(viewer: Viewer, warning_id: int, version: int) -> None:
    """Approve the version that was read. Never by the person who drafted it."""
    found = _locked(viewer, warning_id, "warnings.approve", ("draft",), version)
    if viewer.actor_id is None or found["drafted_by"] == viewer.actor_id:
        raise refused(
            "own_draft",
            "Người soạn không được tự duyệt; cần một người khác.",
            "Whoever drafted it may not approve it; somebody else must.",
        )
    Message.objects.filter(pk=warning_id).update(state="approved", approved_by=viewer.actor_id, approved_at=clock.now())


@action("warnings.publish")
def publish(viewer: Viewer, warning_id: int) -> str:
    """Send an approved warning; returns its CAP identifier. An update ends the message it replaces."""
    found = _locked(viewer, warning_id, "warnings.publish", ("approved",))
    if found["expires"] <= clock.now():
        raise conflict(
            "too_late", "Cảnh báo đã quá hạn; hãy sửa thời hạn.", "It has expired meanwhile; correct its end."
        )
    if found["previous_id"]:
        _end(found["previous_id"], "updated")
    return _send(viewer, found)


@action("warnings.draft")
def revise(viewer: Viewer, warning_id: int) -> int:
    """Begin an update of a warning in force: a draft with the same words, to be corrected and approved. Returns its id."""
    found = _locked(viewer, warning_id, "warnings.draft", ("published",))
    open_draft = sql.value(
        "SELECT id FROM warnings_warning WHERE previous_id = %(id)s AND state IN ('draft', 'approved')",
        {"id": warning_id},
    )
    if open_draft is not None:
        return int(open_draft)
    fields = {field.name: found[field.name] for field in dataclasses.fields(Draft)}
    made = Message.objects.create(
        agency=found["agency"], drafted_by=viewer.actor_id, message="Update", previous_id=warning_id, **fields
    )
    return int(made.pk)


@action("warnings.cancel")
def cancel(viewer: Viewer, warning_id: int, reason: str) -> str:
    """Call a warning off at once, with the reason people are told; returns the identifier of the cancelling message."""
    found = _locked(viewer, warning_id, "warnings.cancel", ("published",))
    if not reason.strip():
        raise invalid("no_reason", "Phải nêu lý do huỷ.", "Say why it is cancelled.", reason="")
    if found["expires"] <= clock.now():
        raise conflict("over", "Cảnh báo đã hết hiệu lực.", "The warning is over already.")
    _end(warning_id, "cancelled")
    fields = {field.name: found[field.name] for field in dataclasses.fields(Draft)}
    made = Message.objects.create(
        agency=found["agency"], message="Cancel", previous_id=warning_id, reason=reason.strip()[:1000], **fields,
        drafted_by=viewer.actor_id, state="approved",
    )  # fmt: skip
    return _send(viewer, warning(Viewer.system("warnings"), made.pk))


@action("warnings.expire")
def expire(viewer: Viewer) -> int:
    """End every warning whose time has come; returns how many."""
    ended = sql.rows(
        """UPDATE warnings_warning SET state = 'expired', ended_at = expires
           WHERE state = 'published' AND message <> 'Cancel' AND expires <= %(now)s RETURNING id, identifier, hazard, units""",
        {"now": clock.now()},
    )
    for record in ended:
        emit(
            WarningExpired(record["id"], record["identifier"], record["hazard"], record["units"]), record["identifier"]
        )
        live.push("warnings", {"id": record["id"], "state": "expired"})
    return len(ended)


@action("warnings.tell")
def tell(viewer: Viewer, warning_id: int, ended: bool = False) -> int:
    """Tell subscribers of a sent message (or that a warning ended); returns the notice's id. Told once, however often asked."""
    found = warning(viewer, warning_id)
    about("warning", warning_id, found["agency"])
    whole = city().code in found["units"]
    outlines = [] if whole else list(shapes(found["units"]).values())
    title, body = _words(found, ended)
    return notices.notify(
        viewer, f"warnings.{found['hazard']}", f"{found['identifier']}:{'ended' if ended else 'sent'}", title, body,
        href=f"/warnings/{warning_id}", severity=found["severity"], units=[] if whole else found["units"],
        area={"type": "GeometryCollection", "geometries": outlines} if outlines else None,
    )  # fmt: skip


@action("warnings.tell")
def tell_of_alert(viewer: Viewer, alert_id: int, title: tuple[str, str], href: str) -> int:
    """Tell those who asked for it that a public station went over a limit; 0 when the station is not public.

    Automatic and unapproved, so a topic of its own: nobody hears of it who subscribed to warnings only.
    """
    found = alerts.alert(viewer, alert_id)
    if not found["public"]:
        return 0
    about("alert", alert_id, found["agency"])
    units = [found["unit_code"] or NOWHERE]
    names, outlines = unit_names(units), list(shapes(units).values())
    where = (names[0][1], names[0][2]) if names else ("", "")
    return notices.notify(
        viewer, EXCEEDANCES, f"alert:{alert_id}", title, where, href=href,
        severity="Moderate", units=units, area=outlines[0] if outlines else None,
    )  # fmt: skip


@action("warnings.tell")
def tell_role(viewer: Viewer, key: str, role: str, agency: str, title: tuple[str, str], href: str) -> int:
    """Tell everybody who holds a role in an agency (or in the whole city), in their accounts; returns the notice's id."""
    people = sql.rows(
        """SELECT DISTINCT actor_id AS id FROM kernel_grant WHERE role = %(role)s AND scope IN (%(agency)s, '*')
           AND (valid_from IS NULL OR valid_from <= %(on)s) AND (valid_to IS NULL OR valid_to >= %(on)s)""",
        {"role": role, "agency": agency, "on": clock.today()},
    )
    body = ("Chưa ai xác nhận. Hãy xem và xử lý.", "Nobody has acknowledged it. Please look and act.")
    return notices.notify(viewer, "desk", key, title, body, href=href, severity="Severe", units=[NOWHERE],
                          actors=[person["id"] for person in people])  # fmt: skip


def _words(found: dict[str, Any], ended: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Title and body of a notice in both languages."""
    marks = prefix(found["status"])
    cancel = found["message"] == "Cancel"
    before = ("Hết hiệu lực: ", "Over: ") if ended else ("Huỷ cảnh báo: ", "Cancelled: ") if cancel else ("", "")
    headline = (found["headline_vi"], found["headline_en"] or found["headline_vi"])
    names = unit_names(found["units"])
    where = (", ".join(n[1] for n in names[:5]), ", ".join(n[2] for n in names[:5]))
    if ended or cancel:
        body = (found["reason"] or where[0], found["reason"] or where[1])
    else:
        body = (
            "\n".join(filter(None, (where[0], found["description_vi"], found["instruction_vi"]))),
            "\n".join(
                filter(None, (where[1], found["description_en"] or found["description_vi"], found["instruction_en"]))
            ),
        )
    return (marks[0] + before[0] + headline[0], marks[1] + before[1] + headline[1]), body


def _check(given: Draft) -> None:
    wrong = faults(given, hazards(), clock.now())
    known = {code for code, _, _ in unit_names(list(given.units))}
    if "units" not in wrong and (not known or (city().code not in known and known != set(given.units))):
        wrong["units"] = ("Có nơi không phải đơn vị hành chính hiện nay", "Some places are not today's units")
    if wrong:
        words = {name: list(pair) for name, pair in wrong.items()}
        raise invalid("draft_incomplete", "Bản soạn còn thiếu hoặc sai.", "The draft is incomplete.", **words)


def _columns(given: Draft) -> dict[str, Any]:
    columns = dataclasses.asdict(given)
    whole = city().code in given.units
    return columns | {"units": [city().code] if whole else sorted(set(given.units))}


def _locked(
    viewer: Viewer, warning_id: int, permission: str, states: tuple[str, ...], version: int | None = None
) -> dict[str, Any]:
    """The warning, held for this transaction, if the viewer may act on it and it is where it must be."""
    agency = sql.value("SELECT agency FROM warnings_warning WHERE id = %(id)s FOR UPDATE", {"id": warning_id})
    if agency is None:
        raise missing("no_warning", "Không có cảnh báo này.", "There is no such warning.")
    about("warning", warning_id, agency)
    viewer.require(permission, agency)
    found = warning(Viewer.system("warnings"), warning_id)
    if found["state"] not in states:
        raise _moved_on()
    if version is not None and found["version"] != version:
        raise _moved_on()
    return found


def _moved_on() -> Problem:
    return conflict(
        "moved_on",
        "Cảnh báo đã được người khác thay đổi; hãy tải lại trang.",
        "Somebody has changed this warning meanwhile; reload the page.",
    )


def _end(warning_id: int, state: str) -> None:
    changed = sql.execute(
        "UPDATE warnings_warning SET state = %(s)s, ended_at = %(now)s WHERE id = %(id)s AND state = 'published'",
        {"s": state, "now": clock.now(), "id": warning_id},
    )
    if changed:
        live.push("warnings", {"id": warning_id, "state": state})


def _send(viewer: Viewer, found: dict[str, Any]) -> str:
    """Fix the message as it leaves: identifier, time, CAP bytes; then tell the house."""
    now = clock.now().replace(microsecond=0)
    identifier = f"vn.{city().code}.{now.astimezone(clock.LOCAL):%Y%m%d}.{found['id']:05d}"
    found = found | {"identifier": identifier, "sent_at": now}
    hazard = hazards()[found["hazard"]]
    kind = {
        "code": found["hazard"],
        **hazard.title.model_dump(),
        "categories": hazard.categories,
        "responses": hazard.responses,
    }
    alert = as_cap(
        found, kind, areas(found["units"]), sender=sender(found["agency"]), sender_name=(city().name.vi, city().name.en),
        web=f"{settings.TAYDO_URL.rstrip('/')}/warnings/{found['id']}", previous=_references(found),
    )  # fmt: skip
    try:
        data = cap.build(alert)
    except cap.NotCap as error:
        raise invalid("not_cap", f"Bản tin không hợp lệ: {error}", f"The message breaks CAP 1.2: {error}") from error
    Message.objects.filter(pk=found["id"]).update(
        state="published", identifier=identifier, sent_at=now, cap=data, published_by=viewer.actor_id,
        ended_at=now if found["message"] == "Cancel" else None,
    )  # fmt: skip
    event = WarningPublished(
        found["id"], identifier, found["message"], found["hazard"], found["severity"], found["units"]
    )
    emit(event, identifier)
    live.push("warnings", {"id": found["id"], "state": "published"})
    return identifier


def _references(found: dict[str, Any]) -> tuple[cap.Reference, ...]:
    """The message this one replaces or cancels, and those it replaced, oldest first (CAP 1.2 §3.2.1)."""
    chain = sql.rows(
        """WITH RECURSIVE back AS (
             SELECT id, previous_id, identifier, agency, sent_at FROM warnings_warning WHERE id = %(id)s
             UNION ALL SELECT w.id, w.previous_id, w.identifier, w.agency, w.sent_at
             FROM warnings_warning w JOIN back b ON w.id = b.previous_id)
           SELECT identifier, agency, sent_at FROM back ORDER BY sent_at""",
        {"id": found["previous_id"]},
    )
    return tuple(cap.Reference(sender(r["agency"]), r["identifier"], r["sent_at"]) for r in chain)
