"""Every read of cases: one inbox over all types, one case, its timeline, how much waits. One predicate for every door."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from taydo.engines.files import queries as files
from taydo.engines.files.queries import File
from taydo.kernel import clock, i18n, sql
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import bad, missing
from taydo.kernel.permissions import visible
from taydo.kernel.sql import Sql

from . import casetype, rules, search

URGENCY = "coalesce(c.due_at, 'infinity'::timestamptz)"
COLUMNS = f"""c.id, c.code, c.type, c.type_version, c.state, c.phase, c.title, c.agency, c.owner_id, c.opened_at, c.due_at, c.soon_at,
    c.paused_at, c.closed_at, c.priority, c.subject_kind, c.subject_id, c.unit_code, c.lon, c.lat, c.public, c.version, c.data->>'title_en' AS title_en,
    c.parent_id, c.restricted, c.merged_into, c.escalated, c.deadline_class, c.extended, c.tasks_open, c.step_due_at,
    {URGENCY}::text AS urgency"""
MOST = 200
MANY, KEPT_SECONDS = 20_000, 10.0
_counted: dict[tuple[Any, ...], tuple[float, dict[str, int]]] = {}
VERBS = ("take", "assign", "hand_over", "comment", "classify", "attach", "ask_agency", "ask_more_time", "extend", "merge", "split")  # fmt: skip
"""What besides its declared moves can be done to a case; the permission is `cases.<verb>` in the agency that has it."""
_PERMISSION = "cases.see"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the inbox to show. `phase`: open (also what waits), done, all; `due`: late or soon; `subject`: (kind, id).

    `whose`: all that my agencies have, mine (and of those I stand in for today), unowned, or seen: also what has passed on.
    """

    whose: Literal["all", "mine", "unowned", "seen"] = "all"
    phase: Literal["open", "done", "all"] = "open"
    due: Literal["", "late", "soon"] = ""
    type: str = ""
    state: str = ""
    agency: str = ""
    unit_code: str = ""
    q: str = ""
    subject: tuple[str, str] = ("", "")
    deadline_class: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order, and the cursor of the next page ("" at the end)."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    next: str = ""


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of cases (alias c): those an agency of the viewer has or has had in hand, and those they own.

    `*` opens every case but the restricted ones: these are for agencies that are named, in the grant or as the viewer's own.
    The cost is one array comparison, whatever the number of types and grants.
    """
    held = viewer.agencies(_PERMISSION)
    if viewer.all_powerful:
        return Sql("TRUE")
    if not held:
        return Sql("FALSE")
    everywhere = EVERYWHERE in held
    names = sorted((held - {EVERYWHERE}) | ({viewer.agency} if everywhere and viewer.agency else set()))
    clause = Sql(
        "c.chain && %(seen_by)s::text[] OR c.owner_id = %(seen_me)s::bigint",
        {"seen_by": names, "seen_me": viewer.actor_id},
    )
    return Sql("NOT c.restricted") | clause if everywhere else clause


def waiting(viewer: Viewer) -> Sql:
    """What the agencies of the viewer have in hand now, of what they may see: the inbox and its counts."""
    if EVERYWHERE in viewer.agencies(_PERMISSION):
        return may_see(viewer)
    return visible(viewer, _PERMISSION, "c.agency")  # what an agency has in hand, its people may see


def owners(viewer: Viewer) -> Sql:
    """A subquery: the viewer, and everybody whose deputy they are today."""
    return Sql(
        """SELECT %(me)s::bigint AS owner UNION SELECT x.actor_id FROM cases_absence x
           WHERE x.deputy_id = %(me)s::bigint AND %(on)s::date BETWEEN x.since AND x.until""",
        {"me": viewer.actor_id, "on": clock.today()},
    )


def inbox(viewer: Viewer, filters: Filters | None = None, cursor: str = "", limit: int = 20) -> Page:
    """What an agency has to do, over all types: the most urgent first (done ones and `all`: the newest first).

    One query whatever the number of types, grants or rows; 400 for a cursor that is not ours.
    """
    filters = filters or Filters()
    limit = max(1, min(limit, MOST))
    newest = filters.phase != "open"
    agencies = viewer.agencies(_PERMISSION)
    in_hand, mine = filters.whose in ("all", "unowned"), filters.whose == "mine"
    merged = in_hand and not filters.agency and not filters.q and EVERYWHERE not in agencies
    seen = Sql("TRUE") if merged else waiting(viewer) if in_hand else may_see(viewer)
    where = seen & _filtered(filters) & _after(cursor, newest)
    key, way = ("c.id", "DESC") if newest else (URGENCY, "ASC")
    if filters.q.strip() and not mine:
        found = search.found(lambda text: _named(text, newest), COLUMNS, where, filters.q, key, way, limit + 1)
    else:
        where = where & search.anywhere(filters.q) if filters.q.strip() else where
        source = _source(where, key, way, owners(viewer) if mine else None, sorted(agencies) if merged else None, limit)
        found = sql.rows(_named(source.text, newest), {**source.params, "limit": limit + 1})
    cases = [shown(viewer, record) for record in found[:limit]]
    return Page(cases, _cursor(found[limit - 1], newest) if len(found) > limit else "")


def _source(where: Sql, key: str, way: str, owners: Sql | None, agencies: list[str] | None, limit: int) -> Sql:
    """One ordered index scan an owner or an agency, merged: the cost grows neither with the base nor with the grants."""
    by, params = f"ORDER BY {key} {way}, c.id {way}", dict(where.params)
    source = f"SELECT {COLUMNS} FROM cases_case c WHERE {where.text}"
    if owners is not None:
        held, same, params = f"({owners.text}) AS held", "c.owner_id = held.owner", params | owners.params
    elif agencies is not None:
        held, same, params = (
            "unnest(%(held)s::text[]) AS held(agency)",
            "c.agency = held.agency",
            params | {"held": agencies},
        )
        if (
            len(agencies) > limit + 1
        ):  # the first of all stand only in those whose own first is among the first of these
            first = f"SELECT c.id, {URGENCY} AS urgency FROM cases_case c WHERE {where.text} AND {same} {by} LIMIT 1"
            firsts = f"SELECT held.agency FROM {held} CROSS JOIN LATERAL ({first}) c {by.replace(URGENCY, 'c.urgency')}"
            held = f"({firsts} LIMIT %(limit)s) AS held"
    else:
        return Sql(f"{source} {by} LIMIT %(limit)s", params)
    again = by.replace(URGENCY, "c.urgency::timestamptz")
    each = f"SELECT c.* FROM {held} CROSS JOIN LATERAL ({source} AND {same} {by} LIMIT %(limit)s) c"
    return Sql(f"{each} {again} LIMIT %(limit)s", params)


def tasks(viewer: Viewer, limit: int = 50) -> list[dict[str, Any]]:
    """What waits for this person, over all types, the most urgent first."""
    return inbox(viewer, Filters(whose="mine"), limit=limit).cases if viewer.actor_id else []


def case(viewer: Viewer, case_id: int) -> dict[str, Any]:
    """One case with its words, data and the moves this viewer may make now; 404 when there is none they may see."""
    clause = may_see(viewer)
    record = sql.row(
        f"""SELECT {COLUMNS}, c.summary, c.data, c.chain, c.opened_by, c.asker_id, c.paused_left_s, c.due_clock, c.late_at, a.name AS owner
            FROM cases_case c LEFT JOIN kernel_actor a ON a.id = c.owner_id WHERE c.id = %(id)s AND ({clause.text})""",
        {"id": case_id, **clause.params},
    )
    if record is None:
        raise missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    record["data"] = _json(record["data"])
    spec = casetype.of_version(record["type_version"])
    record["moves"] = [
        {"id": name, "title": move.title[i18n.language()], "to": move.to, "needs_note": move.note == "required", "public": move.public,
         "primary": move.primary, "waits": move.tasks_done and record["tasks_open"] > 0,
         "fields": {key: item.model_dump() for key, item in move.fields.items()}}
        for name, move in spec.moves_from(record["state"]).items()
        if viewer.may("cases.move", record["agency"]) and viewer.may(move.permission, record["agency"])
        and (move.by == "officials" or viewer.all_powerful)
    ]  # fmt: skip
    record["deadlines"] = {name: _words(spec, name) for name in spec.deadlines}
    record["extensions_left"] = max(0, spec.extension.most - record["extended"]) if spec.extension else 0
    return {**shown(viewer, record), "may": {verb: viewer.may(f"cases.{verb}", record["agency"]) for verb in VERBS}}


def by_code(viewer: Viewer, code: str) -> dict[str, Any]:
    """The same by the readable code."""
    return case(
        viewer, sql.value("SELECT id FROM cases_case WHERE code = %(code)s", {"code": code.strip().upper()}) or 0
    )


def timeline(viewer: Viewer, case_id: int, *, newest_first: bool = True) -> list[dict[str, Any]]:
    """Everything that happened to a case, in words: at, who, verb, text, from_word, to_word. 404 like `case`."""
    clause = may_see(viewer)
    found = sql.rows(
        f"""SELECT e.id, e.at, e.kind, e.actor_id, e.actor_name AS who, e.move, e.from_state, e.to_state, e.agency, e.note AS text,
                   e.data, e.public, c.type_version FROM cases_case c JOIN cases_event e ON e.case_id = c.id
            WHERE c.id = %(id)s AND ({clause.text}) ORDER BY e.id {"DESC" if newest_first else ""} LIMIT 1000""",
        {"id": case_id, **clause.params},
    )
    if not found:
        raise missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    spec = casetype.of_version(found[0]["type_version"])
    language = i18n.language()
    for line in found:
        line["data"] = _json(line["data"])
        line["verb"] = verb(spec, line)
        for name in ("from", "to"):
            state = spec.states.get(line[f"{name}_state"])
            line[f"{name}_word"] = state.title[language] if state else ""
    return found


def _files_seen(viewer: Viewer) -> Sql:
    """Who sees a file of a case: who sees the case; a public file also who asked, and everybody when the case is public."""
    clause = may_see(viewer)
    return Sql(
        f"""EXISTS (SELECT FROM cases_case c WHERE c.id = CASE WHEN f.object_id ~ '^[0-9]{{1,18}}$' THEN f.object_id::bigint END
            AND ({clause.text} OR (f.public AND (c.asker_id = %(seen_asker)s::bigint OR (c.public AND NOT c.restricted)))))""",
        {**clause.params, "seen_asker": viewer.actor_id},
    )


files.guard("case", _files_seen)


def attachments(viewer: Viewer, case_id: int) -> list[File]:
    """The files of a case, of those merged into it and of its tasks, of what the viewer may see; 404 like `case`."""
    clause = may_see(viewer)
    found = sql.rows(
        f"""SELECT c.id FROM cases_case c
            WHERE (c.id = %(id)s OR c.parent_id = %(id)s OR c.merged_into = %(id)s) AND ({clause.text})""",
        {"id": case_id, **clause.params},
    )
    ids = [item["id"] for item in found]
    if case_id not in ids:
        raise missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    return files.files_of(viewer, "case", *(str(number) for number in ids))


def asked(viewer: Viewer, cursor: str = "", limit: int = 20) -> Page:
    """The viewer's own cases, as the person who asked, the newest first; without what is the officials' business."""
    clause = Sql("c.asker_id = %(asker)s::bigint", {"asker": viewer.actor_id}) & _after(cursor, newest=True)
    limit = max(1, min(limit, MOST))
    found = sql.rows(
        f"SELECT {COLUMNS} FROM cases_case c WHERE {clause.text} ORDER BY c.id DESC LIMIT %(limit)s",
        {**clause.params, "limit": limit + 1},
    )
    inner = ("owner_id", "priority", "escalated", "tasks_open", "parent_id", "yours", "step_due_at", "step_late")
    cases = [{key: item for key, item in shown(viewer, record).items() if key not in inner} for record in found[:limit]]
    return Page(cases, _cursor(found[limit - 1], True) if len(found) > limit else "")


def public_lines(case_id: int) -> list[dict[str, Any]]:
    """The lines of a timeline that are for the person who asked, the oldest first: at, verb, state_word, text, agency, attached.

    No official is named, only the agency. Who may read them is for the caller to check.
    """
    found = sql.rows(
        """SELECT e.id, e.at, e.kind, e.move, e.to_state, e.agency, e.note AS text, e.data, c.type_version
           FROM cases_case c JOIN cases_event e ON e.case_id = c.id WHERE c.id = %(id)s AND e.public ORDER BY e.id LIMIT 1000""",
        {"id": case_id},
    )
    lines = []
    for line in found:
        spec, data = casetype.of_version(line["type_version"]), _json(line["data"])
        state = spec.states.get(line["to_state"])
        lines.append({
            "id": line["id"], "at": line["at"], "kind": line["kind"], "move": line["move"], "agency": line["agency"],
            "verb": verb(spec, {**line, "data": {}}), "state": line["to_state"], "state_word": state.title[i18n.language()] if state else "",
            "text": "" if line["kind"] == "opened" else line["text"], "file": data.get("file", ""),
        })  # fmt: skip
    return lines


def absences(viewer: Viewer) -> list[dict[str, Any]]:
    """Who is away today or later, of the viewer and those they stand in for: id, since, until, absent, deputy, mine."""
    return sql.rows(
        """SELECT x.id, x.since, x.until, a.name AS absent, d.name AS deputy, x.actor_id = %(me)s AS mine
           FROM cases_absence x JOIN kernel_actor a ON a.id = x.actor_id JOIN kernel_actor d ON d.id = x.deputy_id
           WHERE (x.actor_id = %(me)s OR x.deputy_id = %(me)s) AND x.until >= %(on)s ORDER BY x.since, x.id""",
        {"me": viewer.actor_id, "on": clock.today()},
    )


def counts(viewer: Viewer) -> dict[str, int]:
    """How much waits: by the fixed words of a deadline, mine, unowned, open in all, done today. One query.

    Where more than MANY are open the answer may be KEPT_SECONDS old: every page of the desk asks for it.
    """
    key = (viewer.actor_id, viewer.agency, viewer.agencies(_PERMISSION), clock.today())
    until, kept = _counted.get(key, (0.0, {}))
    if until > time.monotonic():
        return kept
    clause, mine = waiting(viewer), owners(viewer)
    late = "c.paused_at IS NULL AND c.due_at < %(now)s"
    waits = f"NOT coalesce({late}, FALSE) AND (c.phase = 'waiting' OR c.paused_at IS NOT NULL)"
    runs = f"NOT coalesce({late}, FALSE) AND c.phase = 'open' AND c.paused_at IS NULL"
    record = sql.row(
        f"""SELECT count(*) AS open, count(*) FILTER (WHERE {late}) AS late, count(*) FILTER (WHERE {waits}) AS waiting,
              count(*) FILTER (WHERE {runs} AND c.soon_at <= %(now)s) AS soon,
              count(*) FILTER (WHERE {runs} AND coalesce(c.soon_at > %(now)s, TRUE)) AS ontime,
              count(*) FILTER (WHERE c.owner_id = ANY (ARRAY({mine.text}))) AS mine, count(*) FILTER (WHERE c.owner_id IS NULL) AS unowned,
              (SELECT count(*) FROM cases_case c WHERE c.phase = 'done' AND c.closed_at >= %(today)s AND ({clause.text})) AS done
            FROM cases_case c WHERE c.phase <> 'done' AND ({clause.text})""",
        {"now": clock.now(), "today": _midnight(), **mine.params, **clause.params},
    )
    counted = {name: int(number) for name, number in (record or {}).items()}
    if counted["open"] > MANY:
        for old in [old for old, (until, _) in list(_counted.items()) if until < time.monotonic()]:
            _counted.pop(old, None)
        _counted[key] = (time.monotonic() + KEPT_SECONDS, counted)
    return counted


def shown(viewer: Viewer, record: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its words in the reader's language; `due` and `due_state` as every list of the house shows them."""
    spec = casetype.of_version(record["type_version"])
    language = i18n.language()
    due_state = rules.due_state(record["phase"], record["due_at"], record["soon_at"], record["paused_at"], clock.now())
    return {
        **{
            key: value for key, value in record.items() if key not in ("urgency", "soon_at", "type_version", "title_en")
        },
        "title": (record.get("title_en") if language == "en" else "") or record["title"],
        "type_version": record["type_version"],
        "kind_word": spec.title[language],
        "state_word": spec.states[record["state"]].title[language],
        "deadline_word": _words(spec, record["deadline_class"]),
        "due": record["due_at"],
        "due_state": due_state,
        "step_late": record["phase"] == "open"
        and record.get("step_due_at") is not None
        and record["step_due_at"] < clock.now(),
        "yours": viewer.actor_id is not None and record["owner_id"] == viewer.actor_id,
    }


def _named(text: str, newest: bool) -> str:
    order = "n.id DESC" if newest else "n.urgency::timestamptz, n.id"
    return f"SELECT n.*, a.name AS owner FROM ({text}) n LEFT JOIN kernel_actor a ON a.id = n.owner_id ORDER BY {order}"


def _filtered(filters: Filters) -> Sql:
    clause = Sql({"open": "c.phase <> 'done'", "done": "c.phase = 'done'", "all": "TRUE"}[filters.phase])
    if filters.whose == "unowned":
        clause &= Sql("c.owner_id IS NULL")
    if filters.due == "late":
        clause &= Sql("c.due_at < %(now)s AND c.paused_at IS NULL", {"now": clock.now()})
    if filters.due == "soon":
        clause &= Sql("c.due_at >= %(now)s AND c.soon_at <= %(now)s AND c.paused_at IS NULL", {"now": clock.now()})
    for name in ("type", "state", "agency", "unit_code", "deadline_class"):
        if wanted := getattr(filters, name):
            clause &= Sql(f"c.{name} = %(f_{name})s", {f"f_{name}": wanted})
    if filters.subject[0]:
        clause &= Sql(
            "c.subject_kind = %(f_kind)s AND c.subject_id = %(f_id)s",
            {"f_kind": filters.subject[0], "f_id": filters.subject[1]},
        )
    return clause


def _after(cursor: str, newest: bool) -> Sql:
    if not cursor:
        return Sql("TRUE")
    try:
        urgency, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        last = int(last)
        assert isinstance(urgency, str)
    except (ValueError, TypeError, AssertionError, binascii.Error) as error:
        raise bad("bad_cursor", "Dấu trang không đọc được.", "The cursor cannot be read.", field="cursor") from error
    if newest:
        return Sql("c.id < %(last)s", {"last": last})
    return Sql(f"({URGENCY}, c.id) > (%(urgency)s::timestamptz, %(last)s)", {"urgency": urgency, "last": last})


def _cursor(record: Mapping[str, Any], newest: bool) -> str:
    key = ["" if newest else record["urgency"], record["id"]]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _words(spec: casetype.CaseType, deadline: str) -> str:
    return spec.titles[deadline][i18n.language()] if deadline in spec.titles else deadline


def verb(spec: casetype.CaseType, line: Mapping[str, Any]) -> str:
    """What a line of the timeline says was done, with the absent person for whom a deputy did it."""
    move = spec.moves.get(line["move"])
    vi, en = (move.title.vi, move.title.en) if move else rules.DID.get(line["kind"], ("đã ghi", "recorded"))
    if absent := line["data"].get("for"):
        vi, en = f"{vi} (thay {absent})", f"{en} (for {absent})"
    return vi if i18n.language() == "vi" else en


def _midnight() -> Any:
    return dt.datetime.combine(clock.today(), dt.time(), clock.LOCAL)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
