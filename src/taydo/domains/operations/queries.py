"""Reads of the operations centre: the wall now or at an instant, the pulse of the city, the home page, the search."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ConfigDict

from taydo.engines.alerts import queries as alerts
from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.engines.places import queries as places
from taydo.kernel import audit, clock, i18n, metrics, panels, specs, sql
from taydo.kernel.actors import Viewer, roles
from taydo.kernel.i18n import t

OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_counted: list[tuple[float, float]] = []


def wall(viewer: Viewer, at: dt.datetime | None = None) -> dict[str, Any]:
    """Everything the wall shows, JSON-able; `at` rewinds it to an instant (the future and the distant past mean now)."""
    past = at if at and OLDEST < at < clock.now() else None
    moment = past or clock.now()
    layers = {name: make(viewer, past) for name, make in panels.LAYERS.items()}
    return {
        "at": moment,
        "live": past is None,
        "stations": layers.pop("stations", []),
        "layers": layers,
        "alerts": alerts.feed(viewer, past, limit=60),
        "tiles": [dataclasses.asdict(tile) for tile in panels.tiles(viewer, past)],
        "cases": cases.counts(viewer) if viewer.may("cases.see") else {"open": None, "late": None, "mine": None},
        "notice": map_notice(moment),
        "bounds": list(places.extent() or (105.2, 9.2, 106.4, 10.4)),
    }


def map_notice(moment: dt.datetime) -> str:
    """What the map must say of itself: approximate areas and a schematic river until boundaries are loaded."""
    if not places.approximate(moment.astimezone(clock.LOCAL).date()):
        return ""
    return t(
        "Ranh giới gần đúng quanh tâm đơn vị; sông vẽ sơ đồ.",
        "Approximate areas around the units' centres; schematic river.",
    )


def pulse() -> dict[str, Any]:
    """What the city is doing, in six figures, for the operator's line; readings per second since it was last asked."""
    total = metrics.total("taydo_readings_total", outcome="taken")
    _counted.append((time.monotonic(), total))
    del _counted[:-8]
    (then, before), (now, after) = _counted[0], _counted[-1]
    stations = sql.row(
        """SELECT count(*) AS stations, count(*) FILTER (WHERE stale) AS stale FROM (
             SELECT t.id, bool_and(l.phenomenon_time IS NULL OR l.phenomenon_time < %(now)s - 3 * d.expected_every_s * interval '1 second') AS stale
             FROM streams_thing t JOIN streams_datastream d ON d.thing_id = t.id LEFT JOIN streams_latest l ON l.datastream_id = d.id
             WHERE t.retired_at IS NULL AND t.kind <> '' GROUP BY t.id) x""",
        {"now": clock.now()},
    ) or {"stations": 0, "stale": 0}
    open_cases = sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done'")
    return {
        "at": clock.now().astimezone(clock.LOCAL).isoformat(),
        "readings_per_second": (after - before) / (now - then) if now > then else 0.0,
        "stations": stations["stations"],
        "stale": stations["stale"],
        "alerts": alerts.open_count(),
        "cases": open_cases,
    }


def home(viewer: Viewer, lon: float, lat: float) -> list[dict[str, Any]]:
    """Cards near a place, of every part that offers some."""
    return [card for make in panels.NEAR.values() for card in make(viewer, lon, lat)]


def search(viewer: Viewer, text: str) -> list[panels.Hit]:
    """Hits of every part, best kinds first; nothing for an empty question."""
    wanted = text.strip()[:100]
    return [hit for find in panels.FINDERS.values() for hit in find(viewer, wanted)][:60] if wanted else []


def communes() -> list[dict[str, str]]:
    """Today's communes by name in the reader's language."""
    found = places.units("commune", clock.today())
    english = i18n.language() == "en"
    named = [
        {"code": unit.code, "name": unit.name_en if english else unit.name, "sort": places.fold(unit.name)}
        for unit in found
    ]
    return sorted(named, key=lambda item: item["sort"].split(" ", 1)[-1])


class City(BaseModel):
    """What the home page needs of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    centre: dict[str, float]


@functools.cache
def centre() -> tuple[float, float]:
    """Longitude and latitude of the city's centre."""
    known = specs.load(specs.city() / "city.yaml", City).centre
    return known["lon"], known["lat"]


def warnings(viewer: Viewer, unit: str) -> list[dict[str, Any]]:
    """Warnings in force for a commune (all of the city's when none is chosen), worst first, of every part that gives some."""
    return [item for make in panels.WARNINGS.values() for item in make(viewer, unit)]


def places_for(*purposes: str) -> dict[str, str]:
    """The page that serves each purpose (`report`, `follow`, `my_reports`, `subscribe`), "" where the house has none."""
    return {purpose: next(iter(panels.PLACES.get(purpose, ())), "") for purpose in purposes}


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
        "units": [(unit["code"], unit["name"]) for unit in communes()],
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
                SELECT {cases.COLUMNS}, a.name AS owner, CASE WHEN c.tasks_open > 0 THEN 'agency' WHEN c.paused_at IS NOT NULL THEN 'citizen' WHEN c.owner_id IS NULL THEN 'unowned'
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
