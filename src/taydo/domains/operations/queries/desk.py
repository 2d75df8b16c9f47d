"""Reads of the officers' desk: what the filters offer, who may own what, what is late and why, and the look at an asker's case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.engines.places import queries as places
from taydo.kernel import audit, clock, i18n, sql
from taydo.kernel.actors import Viewer, roles
from taydo.kernel.i18n import t

from . import city


def owners(agencies: Sequence[str]) -> list[dict[str, Any]]:
    """Officials who may own a case of one of these agencies."""
    able = [name for name, role in roles().items() if "cases.move" in role.permissions]
    return sql.rows(
        """SELECT DISTINCT a.id, a.name FROM kernel_actor a JOIN kernel_grant g ON g.actor_id = a.id
           WHERE a.is_active AND a.kind = 'official' AND g.role = ANY(%(roles)s) AND (g.scope = '*' OR g.scope = ANY(%(agencies)s))
             AND (g.valid_from IS NULL OR g.valid_from <= %(on)s) AND (g.valid_to IS NULL OR g.valid_to >= %(on)s) ORDER BY a.name LIMIT 500""",
        {"roles": able, "agencies": list(agencies), "on": clock.today()},
    )


def choices(type_id: str) -> dict[str, list[tuple[str, str]]]:
    """What the filters of the desk offer, as (code, words): types, states of the chosen type, communes."""
    language = i18n.language()
    types = {spec.id: spec for spec in casetype.every()}
    chosen = types.get(type_id)
    return {
        "types": [(spec.id, spec.title[language]) for spec in types.values()],
        "states": [(name, state.title[language]) for name, state in chosen.states.items()] if chosen else [],
        "classes": [
            (name, chosen.titles[name][language] if name in chosen.titles else name) for name in chosen.deadlines
        ]
        if chosen
        else [],
        "units": [(unit["code"], unit["name"]) for unit in city.communes()],
    }


def unit_code(text: str) -> str:
    """The code of today's commune of this name; a text that names none is given back."""
    wanted = places.fold(text)
    return next(
        (
            u.code
            for u in places.units("commune", clock.today())
            if wanted in (places.fold(u.name), places.fold(u.name_en))
        ),
        text,
    )


def bulk_moves(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Steps that at least one of the listed cases can take."""
    language = i18n.language()
    found: dict[str, str] = {}
    for type_id, state in {(item["type"], item["state"]) for item in rows}:
        for name, step in casetype.current(type_id).moves_from(state).items():
            if step.note != "required":
                found.setdefault(name, step.title[language])
    return [{"id": name, "title": title} for name, title in found.items()]


def reasons() -> dict[str, tuple[str, str]]:
    """Why a case is late, in words, with what to do about it; in the order in which a head would act."""
    return {
        "unowned": (t("Chưa ai nhận", "Nobody owns it"), t("Giao cho một người.", "Assign it to somebody.")),
        "time_asked": (t("Đã xin gia hạn", "More time was asked"), t("Quyết định cho hay không.", "Decide on it.")),
        "agency": (t("Chờ cơ quan khác trả lời", "Waiting for another agency"), t("Nhắc cơ quan được hỏi.", "Remind the agency that was asked.")),
        "late": (t("Đã trễ hạn", "Late"), t("Hỏi người xử lý, đôn đốc.", "Ask the owner.")),
        "soon": (t("Sắp đến hạn", "Due soon"), t("Vẫn kịp nếu làm ngay.", "It can still be in time.")),
        "citizen": (t("Chờ người dân bổ sung", "Waiting for the citizen"), t("Hạn đang dừng; nhắc người dân.", "The deadline stands still; remind the citizen.")),
    }  # fmt: skip


def late(viewer: Viewer, most: int = 40) -> list[dict[str, Any]]:
    """Late and soon late cases of the viewer's agencies by reason: reason, title, advice, count, cases (the oldest deadline first)."""
    clause = cases.waiting(viewer)
    found = sql.rows(
        f"""SELECT * FROM (
              SELECT x.*, row_number() OVER (PARTITION BY reason ORDER BY due_at, id) AS place, count(*) OVER (PARTITION BY reason) AS n FROM (
                SELECT {cases.COLUMNS}, a.name AS owner, CASE WHEN EXISTS (SELECT FROM casework_extension x WHERE x.case_id = c.id AND x.state = 'asked') THEN 'time_asked'
                  WHEN c.tasks_open > 0 THEN 'agency' WHEN c.paused_at IS NOT NULL THEN 'citizen' WHEN c.owner_id IS NULL THEN 'unowned'
                  WHEN c.due_at < %(now)s THEN 'late' ELSE 'soon' END AS reason
                FROM cases_case c LEFT JOIN kernel_actor a ON a.id = c.owner_id
                WHERE c.phase <> 'done' AND c.soon_at <= %(now)s AND ({clause.text})) x) y
            WHERE place <= %(most)s ORDER BY place""",
        {"now": clock.now(), "most": most, **clause.params},
    )
    groups = []
    for reason, (title, advice) in reasons().items():
        rows = [item for item in found if item["reason"] == reason]
        if rows:
            shown = [cases.shown(viewer, item) for item in rows]
            groups.append({"reason": reason, "title": title, "advice": advice, "count": rows[0]["n"], "cases": shown})
    return groups


def looked(viewer: Viewer, case: Mapping[str, Any]) -> None:
    """Record, once a day, that an official looked at the case of a person who asked: they see it among the looks at their data."""
    if case["asker_id"] in (None, viewer.actor_id) or viewer.actor_id is None:
        return
    midnight, person = dt.datetime.combine(clock.today(), dt.time(), clock.LOCAL), audit.person_of(case["asker_id"])
    known = sql.value(
        """SELECT 1 FROM kernel_look WHERE person = %(person)s AND viewer = %(me)s AND kind = 'case' AND object_id = %(id)s
           AND at >= %(today)s LIMIT 1""",
        {"person": person, "me": viewer.actor_id, "id": str(case["id"]), "today": midnight},
    )
    if not known:
        purpose = f"giải quyết vụ việc {case['code']}"
        with transaction.atomic():
            audit.look(viewer, "case", case["id"], purpose, case["agency"], [person])


def relatives(viewer: Viewer, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cases this one belongs with, of what the viewer may see, as in the inbox with `kin` in words: its parent, merged and split ones."""
    words = {
        "parent": t("Được hỏi trong", "Asked for"), "merged_into": t("Đã nhập vào", "Merged into"),
        "merged_from": t("Đã nhận nhập", "Merged in"), "split_into": t("Đã tách thành", "Split into"), "split_from": t("Tách ra từ", "Split from"),
    }  # fmt: skip
    clause = cases.may_see(viewer)
    found = sql.rows(
        f"""SELECT {cases.COLUMNS}, 'parent' AS kind FROM cases_case c WHERE c.id = %(parent)s AND ({clause.text})
            UNION ALL SELECT {cases.COLUMNS}, k.kind FROM casework_link k JOIN cases_case c ON c.id = k.to_id
            WHERE k.from_id = %(id)s AND ({clause.text}) LIMIT 60""",
        {"parent": case["parent_id"], "id": case["id"], **clause.params},
    )
    return [{**cases.shown(viewer, item), "kin": words.get(item["kind"], item["kind"])} for item in found]
