"""Late cases are told once a deadline, then escalated level by level; state and event are one transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.cases import casetype, rules
from taydo.engines.cases.events import CaseLate
from taydo.engines.cases.transition import answer
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.events import emit

from .events import CaseEscalated

TO_BE_LATE = "late_at IS NULL AND phase <> 'done' AND paused_at IS NULL AND due_at < %(now)s"
TO_ESCALATE = "escalate_at <= %(now)s AND phase <> 'done' AND paused_at IS NULL AND late_at IS NOT NULL"
SHOWN = "id, code, type, type_version, title, state, phase, agency, owner_id, due_at, version"


@action("cases.report_late")
def report_late(viewer: Viewer, most: int = 500) -> int:
    """Tell, once a deadline, every case that has passed its own; returns how many. The house does this by itself."""
    found = sql.rows(
        f"""WITH late AS (
             UPDATE cases_case c SET late_at = %(now)s, escalated = 0, escalate_at = NULL WHERE c.id IN (
               SELECT id FROM cases_case WHERE {TO_BE_LATE} ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) RETURNING c.*
           ), told AS (
             INSERT INTO cases_event (case_id, at, kind, actor_name, to_state, agency, version)
             SELECT id, %(now)s, 'late', %(who)s, state, agency, version FROM late)
           SELECT {SHOWN} FROM late""",
        {"now": clock.now(), "most": most, "who": viewer.name or viewer.username},
    )
    first = {case["id"]: at for case in found if (at := _level_at(case, 1)) is not None}
    sql.execute(
        """UPDATE cases_case c SET escalate_at = n.at FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS n(id, at)
           WHERE c.id = n.id""",
        {"ids": list(first), "ats": list(first.values())},
    )
    for case in found:
        due = case["due_at"].isoformat()
        emit(
            CaseLate(case["id"], case["code"], case["type"], case["title"], case["agency"], case["owner_id"], due),
            case["code"],
        )
        answer(case)
    return len(found)


def _level_at(case: dict[str, Any], level: int) -> dt.datetime | None:
    """When a case comes to a level, counted from its deadline; None when its type has no such level."""
    levels = casetype.of_version(case["type_version"]).escalation
    return levels[level - 1].after.due(case["due_at"]) if level <= len(levels) else None


@action("cases.escalate")
def escalate(viewer: Viewer, most: int = 500) -> int:
    """Bring late cases to their next level, each level once; returns how many. The house does this by itself."""
    found = sql.rows(
        f"""SELECT {SHOWN}, escalated, restricted FROM cases_case WHERE {TO_ESCALATE}
            ORDER BY escalate_at LIMIT %(most)s FOR UPDATE SKIP LOCKED""",
        {"now": clock.now(), "most": most},
    )
    for case in found:
        case["level"] = case["escalated"] + 1
        level = casetype.of_version(case["type_version"]).escalation[case["level"] - 1]
        case["to"] = rules.above(case["agency"]) if level.tell == "parent" else case["agency"]
        case["priority"] = level.priority
    sql.execute(
        """WITH n AS (SELECT * FROM unnest(%(ids)s::bigint[], %(levels)s::int[], %(next)s::timestamptz[], %(priorities)s::int[], %(to)s::text[])
                        AS n(id, level, next, priority, agency)
           ), told AS (
             INSERT INTO cases_event (case_id, at, kind, actor_name, to_state, agency, data, version)
             SELECT c.id, %(now)s, 'escalated', %(who)s, c.state, c.agency, jsonb_build_object('level', n.level, 'to', n.agency), c.version
             FROM n JOIN cases_case c USING (id))
           UPDATE cases_case c SET escalated = n.level, escalate_at = n.next, priority = greatest(c.priority, n.priority),
             chain = CASE WHEN c.restricted OR n.agency = ANY(c.chain) THEN c.chain ELSE c.chain || n.agency END
           FROM n WHERE c.id = n.id""",
        {"ids": [case["id"] for case in found], "levels": [case["level"] for case in found],
         "next": [_level_at(case, case["level"] + 1) for case in found], "priorities": [case["priority"] for case in found],
         "to": [case["to"] for case in found], "now": clock.now(), "who": viewer.name or viewer.username},
    )  # fmt: skip
    for case in found:
        emit(
            CaseEscalated(case["id"], case["code"], case["type"], case["title"], case["agency"], case["to"], case["owner_id"],
                          case["level"], case["due_at"].isoformat()),
            case["code"],
        )  # fmt: skip
        answer(case)
    return len(found)
