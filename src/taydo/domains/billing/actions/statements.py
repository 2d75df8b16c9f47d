"""A bank statement, line by line against the ledger: what is known is matched, what nobody told is booked, what fits nothing is held."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from taydo.engines.payments import callbacks, providers, refunds, settling
from taydo.engines.payments.callbacks import HOUSE
from taydo.engines.payments.rules import codes_in
from taydo.engines.sheets import reading
from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid
from taydo.kernel.sealing import seal
from taydo.kernel.specs import Spec, load

from .. import rules
from ..rules import StatementLine


class Heads(Spec):
    """`specs/statements.yaml`: names of columns."""

    day: list[str]
    number: list[str]
    words: list[str]
    debit: list[str]
    credit: list[str]


@functools.cache
def heads() -> dict[str, list[str]]:
    """Names of columns by field."""
    found = load(Path(__file__).resolve().parents[1] / "specs" / "statements.yaml", Heads)
    return {
        "day": found.day,
        "number": found.number,
        "words": found.words,
        "debit": found.debit,
        "credit": found.credit,
    }


@action("payments.reconcile", secret=("data",))
def take(viewer: Viewer, agency: str, data: bytes, name: str) -> int:
    """Work through a statement (CSV or XLSX) of an agency's VietQR account; returns its id. The same file again changes nothing.

    422 when it cannot be read, has no head of columns, or the agency has no account.
    """
    viewer.require("payments.reconcile", agency)
    way = next((way for way in providers.offered(agency) if way.speaks == providers.VIETQR), None)
    if way is None:
        raise invalid(
            "no_account", "Cơ quan này chưa có tài khoản nhận tiền.", "This agency has no account.", field="agency"
        )
    mark = hashlib.sha256(data).hexdigest()
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('billing statement'), hashtext(%(a)s))", {"a": agency})
    earlier = sql.value(
        "SELECT id FROM billing_statement WHERE agency = %(a)s AND provider = %(p)s AND sha256 = %(s)s",
        {"a": agency, "p": way.id, "s": mark},
    )
    if earlier is not None:
        about("statement", earlier, agency)
        return int(earlier)
    found, wrong = _read(data)
    made = sql.value(
        """INSERT INTO billing_statement (agency, provider, sha256, name, first_on, last_on, wrong, by_name)
           VALUES (%(a)s, %(p)s, %(s)s, %(n)s, %(first)s, %(last)s, %(w)s::jsonb, %(by)s) RETURNING id""",
        {
            "a": agency, "p": way.id, "s": mark, "n": name[-200:], "first": min(line.day for line in found), "last": max(line.day for line in found),
            "w": json.dumps(wrong[:200]), "by": viewer.name or viewer.username,
        },
    )  # fmt: skip
    about("statement", made, agency)
    for line in found:
        _keep(int(made), line, _work(agency, way.id, line))
    return int(made)


def _read(data: bytes) -> tuple[list[StatementLine], list[tuple[int, str]]]:
    table = reading.table(data)
    try:
        found, wrong = rules.lines(table, heads())
    except ValueError:
        raise invalid(
            "no_head", "Không thấy dòng tiêu đề có ngày, nội dung và số tiền ghi có.",
            "There is no head of columns with date, words and credit.", field="file",
        ) from None  # fmt: skip
    if not found:
        raise invalid("no_lines", "Sao kê không có dòng giao dịch nào.", "The statement has no lines.", field="file")
    return found, wrong


def _work(agency: str, provider: str, line: StatementLine) -> dict[str, Any]:
    """What a line is: `state`, `reason`, `income_id`, `refund_id`."""
    if line.debit_vnd:
        return _sent_back(agency, line)
    known = sql.row(
        "SELECT id, amount_vnd, state, reason FROM payments_income WHERE provider = %(p)s AND number = %(n)s",
        {"p": provider, "n": line.number},
    ) or _told_otherwise(provider, line)
    if known is not None:
        right = known["amount_vnd"] == line.credit_vnd
        return {
            "state": "matched" if right else "wrong_amount",
            "reason": "" if right else f"{known['amount_vnd']}",
            "income_id": known["id"],
        }
    came = settling.Came(provider, line.number, "bank", line.credit_vnd, line.day, line.words, agency)
    outcome = settling.take_in(came, callbacks.bill_for(line.words, line.credit_vnd))
    state = "found" if outcome.state == settling.SETTLED else "held"
    return {"state": state, "reason": outcome.reason, "income_id": outcome.income_id}


def _told_otherwise(provider: str, line: StatementLine) -> dict[str, Any] | None:
    """Money of this bill, amount and day that came under another number and no statement shows yet: notice and statement may differ in it."""
    return sql.row(
        """SELECT i.id, i.amount_vnd FROM payments_income i JOIN payments_bill b ON b.id = i.bill_id
           WHERE b.code = ANY(%(codes)s) AND i.provider = %(p)s AND i.amount_vnd = %(n)s AND i.came_on BETWEEN %(on)s - 3 AND %(on)s + 1
             AND NOT EXISTS (SELECT FROM billing_line l WHERE l.income_id = i.id) ORDER BY i.id LIMIT 1""",
        {"codes": codes_in(line.words), "p": provider, "n": line.credit_vnd, "on": line.day},
    )


def _sent_back(agency: str, line: StatementLine) -> dict[str, Any]:
    """A transfer out: the bank's own proof of a refund made by hand, when its words name the bill and the amount is that."""
    found = sql.row(
        """SELECT r.id FROM payments_refund r JOIN payments_income i ON i.id = r.income_id JOIN payments_bill b ON b.id = i.bill_id
           WHERE r.state = 'by_hand' AND i.agency = %(a)s AND r.amount_vnd = %(n)s AND b.code = ANY(%(codes)s) ORDER BY r.id LIMIT 1""",
        {"a": agency, "n": line.debit_vnd, "codes": codes_in(line.words)},
    )
    if found is None:
        return {"state": "out"}
    refunds.sent_by_hand(HOUSE, found["id"], line.number)
    return {"state": "refund", "refund_id": found["id"]}


def _keep(statement_id: int, line: StatementLine, found: dict[str, Any]) -> None:
    sql.execute(
        """INSERT INTO billing_line (statement_id, line, day, number, words, credit_vnd, debit_vnd, state, reason, income_id, refund_id)
           VALUES (%(s)s, %(line)s, %(day)s, %(number)s, %(words)s, %(credit)s, %(debit)s, %(state)s, %(reason)s, %(income)s, %(refund)s)""",
        {
            "s": statement_id, "line": line.line, "day": line.day, "number": line.number, "words": seal(line.words), "credit": line.credit_vnd,
            "debit": line.debit_vnd, "state": found["state"], "reason": found.get("reason", ""), "income": found.get("income_id"),
            "refund": found.get("refund_id"),
        },
    )  # fmt: skip
