"""Every write of the directory: loading from the city's folder, registering and closing agencies, appointing people, demo accounts."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password

from taydo.engines.places import queries as places
from taydo.kernel import clock, credentials, errors, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer, roles
from taydo.kernel.specs import Spec, load

from . import queries, rules

FILES = ("agencies.csv", "posts.csv")
DEMO_PASSWORD = "taydo-demo"


class DemoAccount(Spec):
    """One account of `demo.yaml`."""

    username: str
    name: str
    kind: str
    role: str
    scopes: list[str]
    agency: str
    post: str


class DemoAccounts(Spec):
    """`demo.yaml` of a city."""

    accounts: list[DemoAccount]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(line for line in source if not line.startswith("#")))


@action("directory.load")
def load_directory(viewer: Viewer, folder: Path) -> dict[str, int]:
    """Bring agencies and posts of a city's folder into the tables; nothing is done when nothing changed. Rows are never deleted."""
    about("city", folder.name)
    checksum = hashlib.sha256(b"".join((folder / file).read_bytes() for file in FILES)).hexdigest()
    if sql.value("SELECT checksum FROM kernel_loaded WHERE name = 'directory'") == checksum:
        return {"agencies": 0, "posts": 0}
    given = [{**record, "folded": _folded(record)} for record in _table(folder / FILES[0])]
    _all_valid(given)
    counts = {
        "agencies": sql.execute(_AGENCIES, {"given": json.dumps(given)}),
        "posts": sql.execute(_POSTS, {"given": json.dumps(_table(folder / FILES[1]))}),
    }
    sql.execute(
        "INSERT INTO kernel_loaded (name, checksum, tags) VALUES ('directory', %(c)s, '{}') ON CONFLICT (name)"
        " DO UPDATE SET checksum = excluded.checksum, at = now()",
        {"c": checksum},
    )
    queries.forget_names()
    return counts


def _folded(record: dict[str, str]) -> str:
    return places.fold(f"{record['name']} {record['short']} {record['name_en']}")


def _all_valid(given: list[dict[str, str]]) -> None:
    codes = {record["code"] for record in given}
    for record in given:
        above = record["parent"]
        wrong = rules.style(record["code"]) != "qd20" or (
            record["code_old"] and rules.style(record["code_old"]) != "qcvn102"
        )
        if wrong or (above and (above not in codes or above not in rules.superiors(record["code"]))):
            raise errors.invalid(
                "bad_agency_code",
                f"Mã cơ quan không đúng QĐ 20/2020/QĐ-TTg hoặc QCVN 102: {record['code']} / {record['code_old']}.",
                f"The agency code does not follow QĐ 20/2020/QĐ-TTg or QCVN 102: {record['code']} / {record['code_old']}.",
                code=record["code"],
            )


_AGENCIES = """
INSERT INTO directory_agency (code, code_old, code_status, parent, name, name_en, short, kind, unit, fields, folded, valid_from,
  valid_to, successor, source)
SELECT code, code_old, code_status, parent, name, name_en, short, kind, unit,
  CASE WHEN fields = '' THEN '{}' ELSE string_to_array(fields, ';') END, folded, valid_from, nullif(valid_to, '')::date, successor,
  source
FROM json_to_recordset(%(given)s::json) AS g(code text, code_old text, code_status text, parent text, name text, name_en text,
  short text, kind text, unit text, fields text, folded text, valid_from date, valid_to text, successor text, source text)
ON CONFLICT (code) DO UPDATE SET code_old = excluded.code_old, code_status = excluded.code_status, parent = excluded.parent,
  name = excluded.name, name_en = excluded.name_en, short = excluded.short, kind = excluded.kind, unit = excluded.unit,
  fields = excluded.fields, folded = excluded.folded, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
  successor = excluded.successor, source = excluded.source, updated_at = clock_timestamp()
"""
_POSTS = """
INSERT INTO directory_post (code, agency_id, title, title_en, rank, seats, duty, valid_from, valid_to)
SELECT code, agency, title, title_en, rank, seats, duty = 'yes', valid_from, nullif(valid_to, '')::date
FROM json_to_recordset(%(given)s::json) AS g(code text, agency text, title text, title_en text, rank int, seats int, duty text,
  valid_from date, valid_to text)
ON CONFLICT (code) DO UPDATE SET agency_id = excluded.agency_id, title = excluded.title, title_en = excluded.title_en,
  rank = excluded.rank, seats = excluded.seats, duty = excluded.duty, valid_from = excluded.valid_from, valid_to = excluded.valid_to
"""


@action("directory.register")
def register_agency(
    viewer: Viewer, code: str, name: str, name_en: str, *, kind: str, unit: str, code_old: str = "",
    fields: list[str] | None = None, valid_from: dt.date | None = None,
) -> str:  # fmt: skip
    """Add an agency under a code that nobody ever bore. Returns its code. The permission is needed in the agency above it."""
    above = rules.superiors(code)
    if rules.style(code) != "qd20" or (code_old and rules.style(code_old) != "qcvn102"):
        raise errors.invalid(
            "bad_agency_code", "Mã cơ quan không đúng QĐ 20/2020/QĐ-TTg (ví dụ H13.06.01).",
            "The code does not follow QĐ 20/2020/QĐ-TTg (such as H13.06.01).", code=code,
        )  # fmt: skip
    viewer.require("directory.register", *(above or [code]))
    if above and queries.agency(above[-1]) is None:
        raise errors.invalid(
            "no_parent",
            f"Chưa có cơ quan cấp trên {above[-1]}.",
            f"There is no agency {above[-1]} above it.",
            code=code,
        )
    start = valid_from or clock.today()
    if unit and places.unit(unit, start) is None:
        raise errors.invalid(
            "no_unit", f"Không có đơn vị hành chính {unit}.", f"There is no administrative unit {unit}.", unit=unit
        )
    about("agency", code, above[-1] if above else code)
    made = sql.execute(
        """INSERT INTO directory_agency (code, code_old, parent, name, name_en, kind, unit, fields, folded, valid_from, source)
           VALUES (%(code)s, %(old)s, %(parent)s, %(name)s, %(name_en)s, %(kind)s, %(unit)s, %(fields)s, %(folded)s, %(start)s, 'registered')
           ON CONFLICT DO NOTHING""",
        {
            "code": code, "old": code_old, "parent": above[-1] if above else "", "name": name, "name_en": name_en, "kind": kind,
            "unit": unit, "fields": fields or [], "folded": places.fold(f"{name} {name_en}"), "start": start,
        },
    )  # fmt: skip
    if not made:
        raise errors.conflict(
            "code_taken", f"Mã {code} đã cấp cho một cơ quan.", f"The code {code} is already an agency's.", code=code
        )
    queries.forget_names()
    return code


@action("directory.close")
def close_agency(viewer: Viewer, code: str, on: dt.date, successor: str = "") -> None:
    """End an agency and its posts from a day on, naming who takes over; its code is never given again."""
    found = queries.the_agency(code)
    viewer.require("directory.close", found.code, *rules.superiors(found.code))
    about("agency", found.code, found.code)
    if found.valid_to is not None or on <= found.valid_from:
        raise errors.conflict(
            "not_standing",
            "Cơ quan không còn hoạt động vào ngày này.",
            "The agency does not stand on that day.",
            on=str(on),
        )
    if successor and (successor == found.code or queries.agency(successor) is None):
        raise errors.invalid(
            "no_successor", "Không có cơ quan kế tục này.", "There is no such succeeding agency.", successor=successor
        )
    params = {"code": found.code, "on": on, "successor": successor}
    sql.execute(
        "UPDATE directory_agency SET valid_to = %(on)s, successor = %(successor)s, updated_at = now() WHERE code = %(code)s",
        params,
    )
    sql.execute(
        "UPDATE directory_post SET valid_to = %(on)s WHERE agency_id = %(code)s AND valid_to IS NULL AND valid_from < %(on)s",
        params,
    )
    queries.forget_names()


@action("directory.appoint")
def appoint(viewer: Viewer, post: str, username: str, since: dt.date | None = None) -> int:
    """Give somebody a free seat of a post from a day on (today). Returns the holding's id."""
    own = sql.row(
        "SELECT code, agency_id, seats, valid_from, valid_to FROM directory_post WHERE code = %(c)s FOR UPDATE",
        {"c": post},
    )
    if own is None:
        raise errors.missing("no_post", "Không có vị trí này.", "There is no such post.", post=post)
    viewer.require("directory.appoint", own["agency_id"], *rules.superiors(own["agency_id"]))
    about("post", post, own["agency_id"])
    day = since or clock.today()
    actor = sql.value(
        "SELECT id FROM kernel_actor WHERE username = %(u)s AND is_active AND kind = 'official'", {"u": username}
    )
    if actor is None:
        raise errors.invalid(
            "no_official", "Không có cán bộ với tài khoản này.", "No official has this account.", username=username
        )
    if day < own["valid_from"] or (own["valid_to"] and day >= own["valid_to"]):
        raise errors.conflict(
            "post_not_standing", "Vị trí không có vào ngày này.", "The post does not stand on that day.", since=str(day)
        )
    held = sql.rows(
        "SELECT actor_id FROM directory_holding WHERE post_id = %(p)s AND (until IS NULL OR until > %(d)s)",
        {"p": post, "d": day},
    )
    if len(held) >= own["seats"] or any(one["actor_id"] == actor for one in held):
        raise errors.conflict(
            "post_taken",
            "Vị trí đã đủ người hoặc người này đang giữ.",
            "The post is full, or already held by them.",
            post=post,
        )
    params = {"p": post, "a": actor, "d": day}
    return int(
        sql.value(
            "INSERT INTO directory_holding (post_id, actor_id, since) VALUES (%(p)s, %(a)s, %(d)s) RETURNING id", params
        )
    )


@action("directory.leave")
def leave(viewer: Viewer, holding: int, until: dt.date | None = None) -> None:
    """End somebody's holding of a post from a day on (today)."""
    own = sql.row(
        "SELECT h.since, h.until, p.code, p.agency_id FROM directory_holding h JOIN directory_post p ON p.code = h.post_id WHERE h.id = %(h)s",
        {"h": holding},
    )
    if own is None:
        raise errors.missing("no_holding", "Không có phân công này.", "There is no such appointment.")
    viewer.require("directory.leave", own["agency_id"], *rules.superiors(own["agency_id"]))
    about("post", own["code"], own["agency_id"])
    day = until or clock.today()
    if own["until"] is not None or day < own["since"]:
        raise errors.conflict(
            "already_left", "Phân công đã kết thúc hoặc chưa bắt đầu.", "The appointment has ended or not begun."
        )
    if day == own["since"]:
        sql.execute("DELETE FROM directory_holding WHERE id = %(h)s", {"h": holding})
    else:
        sql.execute("UPDATE directory_holding SET until = %(d)s WHERE id = %(h)s", {"h": holding, "d": day})


@action("directory.load_accounts")
def load_demo_accounts(viewer: Viewer, folder: Path, wanted: bool) -> int:
    """Make the demonstration accounts with their grants and posts, or close every one of them when this is no demonstration.

    Returns how many stand open. Accounts of other people are never touched, not even one that bears a demonstration's name.
    """
    about("city", folder.name)
    if not wanted:
        closed = sql.execute("UPDATE kernel_actor SET is_active = false, password = '!' WHERE demo AND is_active")
        if closed:
            credentials.forget()
        return 0
    accounts = load(folder / "demo.yaml", DemoAccounts).accounts
    unknown = sorted({one.role for one in accounts} - roles().keys())
    if unknown:
        raise errors.invalid(
            "no_role", f"Không có vai trò {', '.join(unknown)}.", f"There is no role {', '.join(unknown)}."
        )
    given = json.dumps([{**one.model_dump(), "password": ""} for one in accounts])
    params = {"given": given, "password": _password(), "on": clock.today()}
    sql.execute(_ACCOUNTS, params)
    sql.execute(_GRANTS, params)
    sql.execute(_HOLDINGS, params)
    credentials.forget()
    return len(accounts)


def _password() -> str:
    known = sql.value("SELECT password FROM kernel_actor WHERE demo AND is_active ORDER BY id LIMIT 1")
    return known if known and check_password(DEMO_PASSWORD, known) else make_password(DEMO_PASSWORD)


_GIVEN = """json_to_recordset(%(given)s::json) AS g(username text, name text, kind text, role text, scopes json, agency text, post text)"""
_ACCOUNTS = f"""
INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active, demo)
SELECT username, %(password)s, name, kind, '', '', agency, 'vi', true, true FROM {_GIVEN}
ON CONFLICT (username) DO UPDATE SET name = excluded.name, kind = excluded.kind, agency = excluded.agency, is_active = true,
  password = excluded.password WHERE kernel_actor.demo
"""
_GRANTS = f"""
WITH own AS (
  SELECT a.id, g.role, s.scope FROM {_GIVEN} JOIN kernel_actor a ON a.username = g.username AND a.demo
  CROSS JOIN LATERAL json_array_elements_text(g.scopes) AS s(scope)),
gone AS (
  DELETE FROM kernel_grant x WHERE x.actor_id IN (SELECT id FROM own)
  AND NOT EXISTS (SELECT 1 FROM own WHERE (own.id, own.role, own.scope) = (x.actor_id, x.role, x.scope)))
INSERT INTO kernel_grant (actor_id, role, scope) SELECT id, role, scope FROM own ON CONFLICT DO NOTHING
"""
_HOLDINGS = f"""
INSERT INTO directory_holding (post_id, actor_id, since)
SELECT p.code, a.id, p.valid_from FROM {_GIVEN} JOIN kernel_actor a ON a.username = g.username AND a.demo
JOIN directory_post p ON p.code = g.post
WHERE NOT EXISTS (SELECT 1 FROM directory_holding h WHERE h.post_id = p.code AND h.actor_id = a.id AND h.until IS NULL)
"""
