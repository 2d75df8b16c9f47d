"""Every read of the directory: agencies by either code, by unit and field, their posts and the people in them."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from taydo.engines.places import queries as places
from taydo.kernel import clock, errors, i18n, sql
from taydo.kernel.actors import EVERYWHERE, Viewer

COLUMNS = (
    "a.code, a.code_old, a.code_status, a.parent, a.name, a.name_en, a.short, a.kind, a.unit, a.fields, a.valid_from, a.valid_to,"
    " a.successor"
)
STANDS = "a.valid_from <= %(on)s AND (a.valid_to IS NULL OR a.valid_to > %(on)s)"
_NAMES_SECONDS = 30.0
_names: dict[str, tuple[str, str]] = {}
_names_until = 0.0


@dataclass(frozen=True)
class Agency:
    """An agency: both styles of code, names, the unit it serves, the fields it answers for, its span (`valid_to` exclusive)."""

    code: str
    code_old: str
    code_status: str
    parent: str
    name: str
    name_en: str
    short: str
    kind: str
    unit: str
    fields: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None
    successor: str

    @property
    def shown(self) -> str:
        """The name in the reader's language."""
        return i18n.t(self.name, self.name_en)


def _agency(record: dict[str, Any]) -> Agency:
    return Agency(**{**record, "fields": tuple(record["fields"])})


def agency(code: str) -> Agency | None:
    """The agency with this code, in either style, standing or not."""
    found = sql.row(
        f"SELECT {COLUMNS} FROM directory_agency a WHERE a.code = %(c)s OR (a.code_old = %(c)s AND %(c)s <> '')",
        {"c": code},
    )
    return _agency(found) if found else None


def the_agency(code: str) -> Agency:
    """As `agency`; raises 404."""
    found = agency(code)
    if found is None:
        raise errors.missing("no_agency", f"Không có cơ quan mang mã “{code}”.", f"No agency bears the code “{code}”.")
    return found


def agencies(on: dt.date | None = None, q: str = "", kind: str = "", unit: str = "", parent: str = "") -> list[Agency]:
    """Agencies that stand on a day (today), by code; `q` keeps names or codes that hold the words, accents aside."""
    params: dict[str, Any] = {"on": on or clock.today(), "kind": kind, "unit": unit, "parent": parent}
    where = [STANDS] + [f"a.{key} = %({key})s" for key in ("kind", "unit", "parent") if params[key]]
    for place, word in enumerate(places.fold(q).split()):
        where.append(f"(a.folded LIKE %(w{place})s OR lower(a.code) LIKE %(w{place})s)")
        params[f"w{place}"] = f"%{word}%"
    found = sql.rows(f"SELECT {COLUMNS} FROM directory_agency a WHERE {' AND '.join(where)} ORDER BY a.code", params)
    return [_agency(record) for record in found]


def agency_for(unit_code: str, field: str, on: dt.date | None = None) -> Agency | None:
    """Who answers for a field in a unit: the unit's own agency with that field, else the nearest above it, else the committee."""
    day = on or clock.today()
    found = sql.row(
        f"""WITH RECURSIVE up AS (
              SELECT code, parent, 0 AS far FROM places_unit u WHERE code = %(unit)s AND {places.STANDS}
              UNION ALL SELECT u.code, u.parent, up.far + 1 FROM places_unit u JOIN up ON u.code = up.parent WHERE {places.STANDS})
            SELECT {COLUMNS} FROM directory_agency a JOIN up ON up.code = a.unit
            WHERE {STANDS} AND (%(field)s = ANY(a.fields) OR 'all' = ANY(a.fields))
            ORDER BY %(field)s = ANY(a.fields) DESC, up.far, a.code LIMIT 1""",
        {"unit": unit_code, "field": field, "on": day},
    )
    return _agency(found) if found else None


def name(code: str) -> str:
    """An agency's name in the reader's language; the code itself when unknown. Read from memory: cheap in loops."""
    known = _known_names().get(code)
    return i18n.t(*known) if known else code


def _known_names() -> dict[str, tuple[str, str]]:
    global _names, _names_until
    if not _names or time.monotonic() > _names_until:
        found = sql.rows("SELECT code, name, name_en FROM directory_agency")
        _names = {record["code"]: (record["name"], record["name_en"]) for record in found}
        _names_until = time.monotonic() + _NAMES_SECONDS
    return _names


def forget_names() -> None:
    """Read names anew at the next question: after the directory changed."""
    _names.clear()


def below(code: str, on: dt.date) -> list[Agency]:
    """Agencies directly under one, except the commune committees under the city's (those are found by unit)."""
    found = sql.rows(
        f"SELECT {COLUMNS} FROM directory_agency a WHERE a.parent = %(code)s AND {STANDS} AND NOT (a.kind = 'committee') ORDER BY a.code",
        {"code": code, "on": on},
    )
    return [_agency(record) for record in found]


def predecessors(code: str) -> list[Agency]:
    """Agencies that this one took over from."""
    return [
        _agency(r)
        for r in sql.rows(
            f"SELECT {COLUMNS} FROM directory_agency a WHERE a.successor = %(c)s ORDER BY a.code", {"c": code}
        )
    ]


def posts(viewer: Viewer, code: str, on: dt.date) -> list[dict[str, Any]]:
    """Posts of an agency on a day with how many seats are held; who holds them only for those who may see people there."""
    seen = viewer.may("directory.see_people", code)
    found = sql.rows(
        """SELECT p.code, p.title, p.title_en, p.rank, p.seats, p.duty, count(h.id) AS held,
             coalesce(json_agg(json_build_object('id', h.id, 'name', k.name, 'username', k.username, 'since', h.since) ORDER BY h.since)
               FILTER (WHERE h.id IS NOT NULL), '[]'::json) AS people
           FROM directory_post p
           LEFT JOIN directory_holding h ON h.post_id = p.code AND h.since <= %(on)s AND (h.until IS NULL OR h.until > %(on)s)
           LEFT JOIN kernel_actor k ON k.id = h.actor_id
           WHERE p.agency_id = %(code)s AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
           GROUP BY p.code ORDER BY p.rank, p.code""",
        {"code": code, "on": on},
    )
    return [{**post, "people": post["people"] if seen else None} for post in found]


def people(viewer: Viewer, on: dt.date, q: str = "", limit: int = 50) -> list[dict[str, Any]]:
    """People in posts in the agencies where the viewer may see people, by name; one query whatever the number of grants."""
    held = viewer.agencies("directory.see_people")
    where = "TRUE" if EVERYWHERE in held else "p.agency_id = ANY(%(held)s)"
    return sql.rows(
        f"""SELECT k.username, k.name, k.kind, p.code AS post, p.title, p.title_en, p.agency_id AS agency, h.since
            FROM directory_holding h JOIN directory_post p ON p.code = h.post_id JOIN kernel_actor k ON k.id = h.actor_id
            WHERE {where} AND h.since <= %(on)s AND (h.until IS NULL OR h.until > %(on)s) AND k.name ILIKE %(q)s
            ORDER BY k.name, p.code LIMIT %(limit)s""",
        {
            "held": sorted(held),
            "on": on,
            "q": f"%{q.replace(chr(0), '').replace('%', '').replace('_', '')}%",
            "limit": limit,
        },
    )


def on_duty(code: str, on: dt.date) -> list[int]:
    """Actor ids of those who hold a duty post in an agency on a day."""
    found = sql.rows(
        """SELECT DISTINCT h.actor_id FROM directory_holding h JOIN directory_post p ON p.code = h.post_id
           WHERE p.agency_id = %(code)s AND p.duty AND h.since <= %(on)s AND (h.until IS NULL OR h.until > %(on)s)""",
        {"code": code, "on": on},
    )
    return [record["actor_id"] for record in found]
