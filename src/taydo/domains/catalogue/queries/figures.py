"""Figures of the catalogue for the service index (QĐ 766/QĐ-TTg, groups 1 and 3.1, 3.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from taydo.kernel import clock, sql

from . import STANDS

FEES = "jsonb_path_exists(v.spec, '$.channels[*].fees[*] ? (@.amount_vnd > 0)')"


@dataclass(frozen=True)
class Counts:
    """What is in force on a day at city and commune level. `measured`: versions written on screen, whose day of publishing is known;
    `in_time`: of these, published at least 5 working days before they took effect (1.1); `complete`: with ways, deadline, result, legal
    basis and decision or source (1.3); `online_whole`, `online_part` (3.1); `with_fee`, `payable_online`: fees of a known amount that can be
    paid online (3.5); `central`: procedures of other agencies, not counted above.
    """

    procedures: int
    measured: int
    in_time: int
    complete: int
    online_whole: int
    online_part: int
    with_fee: int
    payable_online: int
    central: int


def counts(day: dt.date | None = None) -> Counts:
    """Count what is in force on a day (today)."""
    found = sql.row(
        f"""SELECT count(*) FILTER (WHERE own) AS procedures, count(*) FILTER (WHERE own AND online = 'whole') AS online_whole,
              count(*) FILTER (WHERE own AND online = 'part') AS online_part, count(*) FILTER (WHERE own AND fee) AS with_fee,
              count(*) FILTER (WHERE own AND fee AND online <> 'none') AS payable_online, count(*) FILTER (WHERE own AND filled) AS complete,
              count(*) FILTER (WHERE NOT own) AS central
            FROM (SELECT v.online, v.level <> 'central' AS own, {FEES} AS fee,
                    jsonb_path_exists(v.spec, '$.channels[*].deadline.*') AND jsonb_path_exists(v.spec, '$.results[*]')
                    AND jsonb_path_exists(v.spec, '$.legal[*]') AS filled
                  FROM catalogue_version v WHERE {STANDS}) x""",
        {"on": day or clock.today()},
    )
    made = sql.rows(
        f"SELECT v.made_at, v.valid_from FROM catalogue_version v WHERE {STANDS} AND v.level <> 'central' AND v.origin IN ('edit', 'review')",
        {"on": day or clock.today()},
    )
    in_time = sum(clock.calendar().add_working_days(one["made_at"], 5) <= one["valid_from"] for one in made)
    return Counts(**{name: int(value) for name, value in (found or {}).items()}, measured=len(made), in_time=in_time)
