"""Receiving: take a dossier into the process with its appointment, refuse it, ask for what it lacks, ask for money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.kernel import clock
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import queries
from . import money, transfers
from .writing import deadline_of, held, step, write_form


@action("procedures.receive")
def receive(viewer: Viewer, code: str, note: str = "", *, expected_version: int | None = None) -> dict[str, Any]:
    """Receive a registered dossier: the clock of its procedure begins, form 01 says the appointment. 409 when it is not at that state."""
    return _receive(viewer, held(viewer, code, "procedures.receive"), note, expected_version)


def receive_now(viewer: Viewer, code: str, *, printed: bool = True) -> dict[str, Any]:
    """As `receive`, for a clerk who has just taken it in; a result given at once needs no receipt (`printed` false)."""
    return _receive(viewer, queries.dossier(viewer, code), "", None, printed=printed)


def _receive(
    viewer: Viewer, found: dict[str, Any], note: str, expected_version: int | None, *, printed: bool = True
) -> dict[str, Any]:
    now = clock.now()
    version = catalogue.on(found["procedure"], clock.today())
    columns: dict[str, Any] = {"received_at": now}
    if version is not None and version.version_id != found["version_id"]:
        columns["version_id"] = found["version_id"] = version.version_id  # what holds on the day of receipt
    done = step(
        viewer, found, "receive", "received", note, deadline=deadline_of(found, version.spec if version else None), columns=columns, expected_version=expected_version,
    )  # fmt: skip
    if printed:
        words = {
            name: found[name]
            for name in ("code", "title", "papers", "channel", "delivery", "agency_receives", "agency_decides")
        }
        write_form(viewer, found["id"], "01", words | {"received_at": now, "due_at": done["due_at"]})
    if found["agency_decides"] != found["agency"]:
        transfers.offered(viewer, found, found["agency_decides"], "Chuyển cơ quan giải quyết")
    return done


@action("procedures.refuse", secret=("reason",))
def refuse(viewer: Viewer, code: str, reason: str) -> dict[str, Any]:
    """Refuse a dossier with the reason (form 03). 422 without one."""
    _said(reason)
    found = held(viewer, code, "procedures.refuse")
    money.clean_up(found, "Không tiếp nhận hồ sơ")
    write_form(viewer, found["id"], "03", {"code": found["code"], "title": found["title"], "reason": reason.strip()})
    return step(viewer, found, "refuse", "refused", reason, columns={"ended_at": clock.now()})


@action("procedures.ask_supplement", secret=("lacks",))
def ask_supplement(viewer: Viewer, code: str, lacks: Sequence[str], note: str = "") -> dict[str, Any]:
    """Ask for everything that is lacking, at once (form 02). The clock stops.

    Once a dossier, within the days the city's rules give after receipt; another time needs the permission `procedures.ask_again`, and the
    dossier counts as late in QĐ 766 then. 422 without a list.
    """
    asked = [item.strip() for item in lacks if item.strip()]
    if not asked:
        raise invalid("nothing_asked", "Hãy ghi từng giấy tờ cần bổ sung.", "Say what is lacking.", field="lacks")
    found = held(viewer, code, "procedures.ask_supplement")
    city = queries.rules_of_city()
    if found["supplements"] >= city.supplements_most and not viewer.may("procedures.ask_again", found["agency"]):
        raise conflict(
            "asked_already", f"Chỉ được yêu cầu bổ sung {city.supplements_most} lần; lần nữa phải do lãnh đạo cho phép.",
            "Supplements were asked for already; another time is the head's to allow.",
        )  # fmt: skip
    if found["received_at"] is not None:
        last = clock.calendar().add_working_days(found["received_at"], city.supplement_within_days)
        if clock.today() > last and not viewer.may("procedures.ask_again", found["agency"]):
            raise conflict(
                "too_late_to_ask", f"Đã quá {city.supplement_within_days} ngày làm việc từ ngày tiếp nhận; cần lãnh đạo cho phép.",
                "Too long after receipt to ask for supplements; the head may allow it.",
            )  # fmt: skip
    words = "\n".join(f"– {item}" for item in asked) + (f"\n{note.strip()}" if note.strip() else "")
    write_form(
        viewer,
        found["id"],
        "02",
        {"code": found["code"], "title": found["title"], "lacks": asked, "note": note.strip()},
    )
    move = "ask_before" if found["state"] == "registered" else "ask_supplement"
    return step(
        viewer,
        found,
        move,
        "supplement_asked",
        words,
        columns={"asked_at": clock.now(), "supplements": found["supplements"] + 1},
    )


def _said(reason: str) -> None:
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
