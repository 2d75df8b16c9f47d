"""Every read of warnings: those in force, those past, what an officer works on, and the areas of a message."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from taydo.engines.places import queries as places
from taydo.kernel import clock, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.i18n import t
from taydo.kernel.permissions import visible
from taydo.protocols import cap

from .models import Hazard, Hazards
from .rules import SEVERITIES, STATES, UNIT_CODE, prefix, rings, worst_first

PUBLIC = "w.sent_at IS NOT NULL"
_PARTS = """w.id, w.identifier, w.message, w.previous_id, w.agency, w.state, w.version, w.hazard, w.status, w.severity, w.urgency,
  w.certainty, w.headline_vi, w.headline_en, w.description_vi, w.description_en, w.instruction_vi, w.instruction_en,
  w.contact, w.units, w.onset, w.expires, w.reason, w.drafted_by, w.approved_by, w.drafted_at, w.approved_at, w.sent_at, w.ended_at"""
_IN_FORCE = """w.message <> 'Cancel' AND w.sent_at <= %(now)s AND w.expires > %(now)s
  AND (w.ended_at IS NULL OR w.ended_at > %(now)s)"""


@functools.cache
def hazards() -> dict[str, Hazard]:
    """Hazards by code, in the order declared."""
    return specs.load(Path(__file__).parent / "specs" / "hazards.yaml", Hazards).hazards


class City(BaseModel):
    """What warnings need of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    code: str
    name: specs.Label
    contact: dict[str, str]


@functools.cache
def city() -> City:
    """The city that warns."""
    return specs.load(specs.city() / "city.yaml", City)


def sender(agency: str) -> str:
    """The CAP sender of an agency: its code at the city's site, such as `H13.23@cantho.gov.vn`."""
    host = urlsplit(city().contact.get("site", "")).hostname or "taydo.localhost"
    return f"{agency or 'taydo'}@{host}"


def warning(viewer: Viewer, identifier: int) -> dict[str, Any]:
    """One warning as a row; 404 for drafts of agencies whose drafts the viewer may not see."""
    seen = visible(viewer, "warnings.see", "w.agency", PUBLIC)
    found = sql.row(
        f"SELECT {_PARTS} FROM warnings_warning w WHERE w.id = %(id)s AND ({seen.text})",
        {"id": identifier, **seen.params},
    )
    if found is None:
        raise missing("no_warning", "Không có cảnh báo này.", "There is no such warning.")
    return found


def in_force(unit: str = "", at: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Warnings in force now or at an instant, worst first; `unit` keeps those of one commune."""
    found = sql.rows(
        f"""SELECT {_PARTS} FROM warnings_warning w WHERE {_IN_FORCE}
            AND (%(unit)s = '' OR w.units && ARRAY[%(unit)s, %(city)s]) ORDER BY w.sent_at DESC""",
        {"now": at or clock.now(), "unit": unit, "city": city().code},
    )
    return sorted(found, key=lambda record: worst_first(record["severity"]))


def past(before: int | None = None, limit: int = 30) -> list[dict[str, Any]]:
    """Warnings no longer in force and cancellations, newest first; `before` is the id to continue from."""
    return sql.rows(
        f"""SELECT {_PARTS} FROM warnings_warning w WHERE {PUBLIC} AND NOT ({_IN_FORCE})
            AND (%(before)s::bigint IS NULL OR w.id < %(before)s) ORDER BY w.id DESC LIMIT %(limit)s""",
        {"now": clock.now(), "before": before, "limit": limit},
    )


def feed() -> list[dict[str, Any]]:
    """Messages of the CAP feed: in force, and updates, cancellations and ends of the last day, newest first."""
    return sql.rows(
        f"""SELECT {_PARTS} FROM warnings_warning w WHERE {PUBLIC} AND (({_IN_FORCE}) OR w.sent_at > %(day)s OR w.ended_at > %(day)s)
            ORDER BY w.sent_at DESC LIMIT 200""",
        {"now": clock.now(), "day": clock.now() - dt.timedelta(days=1)},
    )


def message(identifier: str) -> tuple[bytes, dt.datetime] | None:
    """A sent message exactly as it was sent, and when."""
    found = sql.row("SELECT cap, sent_at FROM warnings_warning WHERE identifier = %(i)s", {"i": identifier})
    return (bytes(found["cap"]), found["sent_at"]) if found and found["cap"] else None


def desk(viewer: Viewer) -> list[dict[str, Any]]:
    """What officers work on: drafts and approved ones, and what is in force, of the agencies the viewer may see."""
    seen = visible(viewer, "warnings.see", "w.agency")
    return sql.rows(
        f"""SELECT {_PARTS}, d.name AS drafter, a.name AS approver FROM warnings_warning w
            LEFT JOIN kernel_actor d ON d.id = w.drafted_by LEFT JOIN kernel_actor a ON a.id = w.approved_by
            WHERE ({seen.text}) AND w.message <> 'Cancel' AND (w.state IN ('draft', 'approved') OR {_IN_FORCE})
            ORDER BY array_position(ARRAY['draft', 'approved', 'published'], w.state), w.id DESC LIMIT 200""",
        {"now": clock.now(), **seen.params},
    )


def successor(identifier: int) -> int | None:
    """The sent message that replaced or cancelled this one."""
    found = sql.value(
        f"SELECT id FROM warnings_warning w WHERE w.previous_id = %(id)s AND {PUBLIC} ORDER BY id LIMIT 1",
        {"id": identifier},
    )
    return None if found is None else int(found)


def unit_words() -> dict[str, tuple[str, str]]:
    """Name and English name of today's communes and of the city itself, by code."""
    words = {unit.code: (unit.name, unit.name_en) for unit in places.units("commune", clock.today())}
    return words | {city().code: (city().name.vi, city().name.en)}


def unit_names(codes: list[str], known: dict[str, tuple[str, str]] | None = None) -> list[tuple[str, str, str]]:
    """(code, name, English name) of today's units, the city alone when it is among them; unknown codes are left out."""
    known = unit_words() if known is None else known
    wanted = [city().code] if city().code in codes else codes
    return [(code, *known[code]) for code in wanted if code in known]


def shapes(codes: list[str]) -> dict[str, Any]:
    """GeoJSON geometry by code of today's units that have an outline."""
    whole = city().code in codes
    level, wanted = ("province", [city().code]) if whole else ("commune", codes)
    found = places.outlines(level, clock.today(), wanted, coarse=whole or len(codes) > 10)
    return {item["properties"]["code"]: item["geometry"] for item in found["features"] if item["geometry"]}


def areas(codes: list[str]) -> dict[str, tuple[cap.Area, ...]]:
    """CAP areas of units, by language: name, outline and code of each."""
    outlines = shapes(codes)
    named = [(code, names, rings(outlines.get(code))) for code, *names in unit_names(codes)]
    return {
        language: tuple(cap.Area(names[place], ring, geocodes=((UNIT_CODE, code),)) for code, names, ring in named)
        for place, language in enumerate(("vi", "en"))
    }


def said(words: tuple[str, str]) -> str:
    """A pair of words in the reader's language."""
    return t(words[0], words[1])


def cards(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Warnings as shown in lists; names of places are looked up once for all of them."""
    known = unit_words() if records else {}
    return [card(record, known) for record in records]


def card(record: dict[str, Any], known: dict[str, tuple[str, str]] | None = None) -> dict[str, Any]:
    """A warning as shown in lists: words in the reader's language, severity as a class name, area in a few words."""
    hazard = hazards().get(record["hazard"])
    english = bool(record["headline_en"])
    names = [t(vi, en) for _, vi, en in unit_names(record["units"], known)]
    area = ", ".join(names[:3]) + (
        t(f" và {len(names) - 3} nơi khác", f" and {len(names) - 3} more") if len(names) > 3 else ""
    )
    vi, en = prefix(record["status"])
    headline = t(vi + record["headline_vi"], en + (record["headline_en"] if english else record["headline_vi"]))
    return {
        "id": record["id"],
        "identifier": record["identifier"],
        "headline": headline,
        "hazard": record["hazard"],
        "hazard_word": hazard.title[t("vi", "en")] if hazard else record["hazard"],
        "severity": record["severity"].lower(),
        "severity_word": said(SEVERITIES.get(record["severity"], (record["severity"],) * 2)),
        "state": record["state"],
        "state_word": said(STATES[record["state"]]),
        "message": record["message"],
        "area": area,
        "since": record["onset"] or record["sent_at"],
        "until": record["expires"],
        "sent_at": record["sent_at"],
        "href": f"/warnings/{record['id']}",
    }
