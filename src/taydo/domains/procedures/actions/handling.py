"""Handling beyond the declared steps: put off with an apology, stop."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.casework import actions as casework
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import queries, rules
from ..queries import lists
from . import drafting, money
from .writing import HOUSE, acting, held, settle, step, write_form


@action("procedures.apologise", secret=("reason",))
def apologise(viewer: Viewer, code: str, reason: str, working_days: int) -> dict[str, Any]:
    """Say sorry and give a new day (form 04): once a dossier, at the latest so many days before the appointment as the city's rules say.

    `working_days` are added to the appointment. 409 when it is too late for it, or was done before; the result may still be returned.
    """
    if not reason.strip() or not 1 <= working_days <= 30:
        raise invalid(
            "reason_missing", "Hãy ghi lý do và số ngày (1–30).", "Give the reason and days (1–30).", field="reason"
        )
    found = held(viewer, code, "procedures.apologise")
    city, due = queries.rules_of_city(), found["case_due"]
    if due is None or not rules.may_apologise(
        due.astimezone(clock.LOCAL).date(),
        clock.today(),
        city.apology_days_before,
        found["apologies"],
        city.apologies_most,
    ):
        raise conflict(
            "no_apology_now", f"Chỉ xin lỗi, hẹn lại {city.apologies_most} lần và chậm nhất {city.apology_days_before} ngày trước hạn.",
            "An apology with a new day is given once, and before the appointment.",
        )  # fmt: skip
    asked = casework.ask_more_time(acting(viewer), found["case_id"], reason.strip(), working_days=working_days)
    casework.decide_more_time(HOUSE, asked, True)
    anew = clock.calendar().deadline(due, working_days)
    sql.execute("DELETE FROM procedures_form WHERE dossier_id = %(id)s AND form = '04' AND draft", {"id": found["id"]})
    write_form(
        viewer, found["id"], "04",
        {"code": found["code"], "title": found["title"], "reason": reason.strip(), "due_at": due, "anew": anew},
    )  # fmt: skip
    return settle(viewer, found, "extended", found["national"], reason, {"apologies": found["apologies"] + 1})


@action("procedures.stop", secret=("reason",))
def stop(viewer: Viewer, code: str, reason: str) -> dict[str, Any]:
    """Stop a dossier with the reason (form 05); questions to agencies that nobody has answered end with it."""
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
    found = held(viewer, code, "procedures.stop")
    money.clean_up(found, "Dừng giải quyết hồ sơ")
    drafting.replaced(found["id"])
    write_form(viewer, found["id"], "05", {"code": found["code"], "title": found["title"], "reason": reason.strip()})
    return step(viewer, found, "stop", "stopped", reason, columns={"ended_at": clock.now()})


@action("procedures.draft_apology")
def draft_apologies(viewer: Viewer, most: int = 200) -> int:
    """Draft a letter of apology (form 04) for every dossier at work that will be late unless it is done at once: on the last day on which
    one may be sent. A draft for the official, who sends it by `apologise`; once a dossier. Returns how many.
    """
    city = queries.rules_of_city()
    days = city.apology_days_before + 1
    edge = dt.datetime.combine(clock.today() + dt.timedelta(days=days), dt.time(), clock.LOCAL)
    found = lists.soon_late(clock.now(), edge, city.apologies_most, most)
    for one in found:
        words = {"code": one["code"], "title": one["title"], "reason": "", "due_at": one["due_at"]}
        write_form(viewer, one["id"], "04", words, draft=True)
    return len(found)
