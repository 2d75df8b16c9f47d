"""The double-entry ledger: every movement of money once, balanced to the đồng. Rows are only added; the database refuses the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from taydo.kernel import clock, sql


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount on an account of an agency: debit above 0, credit below."""

    agency: str
    account: str
    amount_vnd: int
    channel: str = ""


_BOOK = """
WITH moved AS (
  INSERT INTO payments_movement (key, kind, day, at, bill_id, income_id, refund_id, words)
  VALUES (%(key)s::text, %(kind)s::text, %(day)s::date, %(now)s::timestamptz, %(bill)s::bigint, %(income)s::bigint, %(refund)s::bigint, %(words)s::text)
  RETURNING id)
INSERT INTO payments_posting (movement_id, agency, account, channel, amount_vnd)
SELECT moved.id, e.agency, e.account, e.channel, e.amount
FROM moved, unnest(%(agencies)s::text[], %(accounts)s::text[], %(channels)s::text[], %(amounts)s::bigint[]) AS e(agency, account, channel, amount)
"""


def book(
    key: str, kind: str, entries: Sequence[Entry], *, day: dt.date | None = None, bill_id: int | None = None,
    income_id: int | None = None, refund_id: int | None = None, words: str = "",
) -> None:  # fmt: skip
    """Write a movement. Raises ValueError when it does not balance, IntegrityError when its key was booked before."""
    if sum(entry.amount_vnd for entry in entries) or len(entries) < 2:
        raise ValueError(f"the movement {key} does not balance")
    sql.prepared(
        _BOOK,
        {
            "key": key, "kind": kind, "day": day or clock.today(), "now": clock.now(), "bill": bill_id, "income": income_id,
            "refund": refund_id, "words": words[:300], "agencies": [entry.agency for entry in entries],
            "accounts": [entry.account for entry in entries], "channels": [entry.channel for entry in entries],
            "amounts": [entry.amount_vnd for entry in entries],
        },
    )  # fmt: skip


def move(agency: str, debit: tuple[str, str], credit: tuple[str, str], amount_vnd: int) -> list[Entry]:
    """The two entries of an amount from one (account, channel) to another of the same agency."""
    return [Entry(agency, debit[0], amount_vnd, debit[1]), Entry(agency, credit[0], -amount_vnd, credit[1])]
