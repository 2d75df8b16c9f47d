"""What cashiers see: today's money, what is held, refunds to confirm, statements and the ledger — of their agencies only."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from taydo.engines.payments import queries as payments
from taydo.engines.payments.queries import Bill
from taydo.kernel import clock, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.permissions import visible
from taydo.kernel.specs import Label
from taydo.kernel.sql import Sql

REASONS = {
    "unknown": Label(vi="Không rõ nộp cho khoản nào", en="Nobody knows what for"),
    "double": Label(vi="Nộp hai lần", en="Paid twice"),
    "cancelled": Label(vi="Khoản đã huỷ", en="The bill was cancelled"),
    "expired": Label(vi="Khoản đã hết hạn", en="The bill had closed"),
    "wrong_amount": Label(vi="Sai số tiền", en="Wrong amount"),
}
ACCOUNTS = {
    "receivable": Label(vi="Phải thu", en="Receivable"), "cash": Label(vi="Tiền mặt", en="Cash"), "bank": Label(vi="Tiền gửi ngân hàng", en="Bank"),
    "clearing": Label(vi="Cổng thanh toán đang giữ", en="Held by gateways"), "revenue": Label(vi="Thu phí, lệ phí", en="Revenue"),
    "refunds": Label(vi="Đã hoàn", en="Refunded"), "payable": Label(vi="Đang hoàn", en="Refunds in flight"), "suspense": Label(vi="Tiền chờ xử lý", en="Held aside"),
    "fees": Label(vi="Phí của cổng", en="Gateways' fees"),
}  # fmt: skip


def paid_on(viewer: Viewer, day: dt.date, limit: int = 200) -> list[Bill]:
    """Bills of the viewer's agencies paid on a day, the newest first."""
    where = visible(viewer, "payments.see", "b.agency") & Sql(
        "(b.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date = %(day)s", {"day": day}
    )
    return payments.listed(viewer, where, limit)


def sums_on(viewer: Viewer, day: dt.date) -> list[dict[str, Any]]:
    """What came on a day by provider: n, amount_vnd, of it held."""
    clause = visible(viewer, "payments.see", "i.agency")
    return sql.rows(
        f"""SELECT i.provider, count(*)::int AS n, sum(i.amount_vnd)::bigint AS amount_vnd,
              coalesce(sum(i.amount_vnd) FILTER (WHERE i.reason <> ''), 0)::bigint AS held_vnd
            FROM payments_income i WHERE i.came_on = %(day)s AND ({clause.text}) GROUP BY 1 ORDER BY 1""",
        {"day": day, **clause.params},
    )


def held(viewer: Viewer, limit: int = 200) -> list[dict[str, Any]]:
    """Money that waits for somebody, the oldest first: what its payer wrote, what bill it named, why it is held."""
    clause = visible(viewer, "payments.see", "i.agency")
    found = sql.rows(
        f"""SELECT i.id, i.provider, i.number, i.agency, i.amount_vnd, i.came_on, i.at, i.reason, i.words, b.code, b.state AS bill_state,
              b.amount_vnd AS bill_vnd
            FROM payments_income i LEFT JOIN payments_bill b ON b.id = i.bill_id
            WHERE i.state = 'held' AND ({clause.text}) ORDER BY i.id LIMIT %(n)s""",
        {"n": limit, **clause.params},
    )
    return [item | {"words": sealing.unseal(item["words"])} for item in found]


def refunds(viewer: Viewer, limit: int = 100) -> list[dict[str, Any]]:
    """Refunds that are not finished, and those that ended today."""
    clause = visible(viewer, "payments.see", "i.agency")
    return sql.rows(
        f"""SELECT r.id, r.amount_vnd, r.reason, r.state, r.by_id, r.by_name, r.began_at, r.ended_at, r.trouble, r.number, i.provider, i.fund, b.code
            FROM payments_refund r JOIN payments_income i ON i.id = r.income_id LEFT JOIN payments_bill b ON b.id = i.bill_id
            WHERE ({clause.text}) AND (r.state IN ('waiting', 'sending', 'by_hand') OR r.ended_at > %(since)s) ORDER BY r.id DESC LIMIT %(n)s""",
        {"since": clock.now() - dt.timedelta(days=1), "n": limit, **clause.params},
    )


def proposed(viewer: Viewer, limit: int = 100) -> list[dict[str, Any]]:
    """Paid bills whose service ended without a result and on which a cashier decides, the longest waiting first: left_vnd, why, due_at."""
    clause = visible(viewer, "payments.see", "b.agency")
    return sql.rows(
        f"""SELECT b.code, b.title, b.agency, b.amount_vnd - b.refunded_vnd AS left_vnd, c.summary AS why, c.due_at
            FROM cases_case c JOIN payments_bill b ON b.id = CASE WHEN c.type = 'refund_due' THEN c.subject_id::bigint END
            WHERE c.type = 'refund_due' AND c.subject_kind = 'refund_due' AND c.phase <> 'done' AND ({clause.text}) ORDER BY c.id LIMIT %(n)s""",
        {"n": limit, **clause.params},
    )


def of_bill(viewer: Viewer, bill_id: int) -> dict[str, list[dict[str, Any]]]:
    """What happened to a bill's money: incomes, refunds, movements."""
    payments.by_id(viewer, bill_id)
    given = {"b": bill_id}
    return {
        "incomes": sql.rows("SELECT id, provider, number, amount_vnd, at, state, reason FROM payments_income WHERE bill_id = %(b)s ORDER BY id", given),
        "refunds": sql.rows("SELECT id, amount_vnd, reason, state, by_name, began_at, ended_at, trouble FROM payments_refund WHERE bill_id = %(b)s ORDER BY id", given),
        "attempts": sql.rows("SELECT provider, reference, state, begun_at, reason FROM payments_attempt WHERE bill_id = %(b)s ORDER BY id", given),
    }  # fmt: skip


def statements(viewer: Viewer) -> list[dict[str, Any]]:
    """Statements of the viewer's agencies with how many lines are what."""
    clause = visible(viewer, "payments.reconcile", "s.agency")
    return sql.rows(
        f"""SELECT s.*, count(l.id)::int AS lines, count(*) FILTER (WHERE l.state IN ('matched', 'found', 'refund'))::int AS right_lines,
              count(*) FILTER (WHERE i.state = 'held')::int AS open_lines
            FROM billing_statement s LEFT JOIN billing_line l ON l.statement_id = s.id LEFT JOIN payments_income i ON i.id = l.income_id
            WHERE {clause.text} GROUP BY s.id ORDER BY s.id DESC LIMIT 100""",
        clause.params,
    )


def statement(viewer: Viewer, statement_id: int) -> dict[str, Any]:
    """One statement with its lines (`now`: where the money stands today); 404 for none of the viewer's agencies."""
    clause = visible(viewer, "payments.reconcile", "s.agency")
    found = sql.row(
        f"SELECT s.*, s.wrong::text AS wrong FROM billing_statement s WHERE id = %(id)s AND ({clause.text})",
        {"id": statement_id, **clause.params},
    )
    if found is None:
        raise missing("no_statement", "Không có sao kê này.", "There is no such statement.")
    lines = sql.rows(
        """SELECT l.*, i.state AS now, i.reason AS why, b.code, b.amount_vnd AS bill_vnd FROM billing_line l
           LEFT JOIN payments_income i ON i.id = l.income_id LEFT JOIN payments_bill b ON b.id = i.bill_id
           WHERE l.statement_id = %(id)s ORDER BY (i.state = 'held') IS NOT TRUE, l.state <> 'wrong_amount', l.line""",
        {"id": statement_id},
    )
    lines = [line | {"words": sealing.unseal(line["words"])} for line in lines]
    return found | {"lines": lines, "days": days(found), "wrong": json.loads(found["wrong"])}


def days(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """Each day of a statement: what it says came in, what the ledger says, and the difference, which should be 0."""
    return sql.rows(
        """SELECT day, coalesce(s.vnd, 0)::bigint AS statement_vnd, coalesce(l.vnd, 0)::bigint AS ledger_vnd,
             (coalesce(s.vnd, 0) - coalesce(l.vnd, 0))::bigint AS difference_vnd
           FROM (SELECT day, sum(credit_vnd) AS vnd FROM billing_line WHERE statement_id = %(id)s GROUP BY day) s
           FULL JOIN (SELECT m.day, sum(p.amount_vnd) AS vnd FROM payments_posting p JOIN payments_movement m ON m.id = p.movement_id
                      WHERE p.agency = %(a)s AND p.account = 'bank' AND p.channel = %(p)s AND p.amount_vnd > 0
                        AND m.day BETWEEN %(first)s AND %(last)s GROUP BY m.day) l USING (day) ORDER BY day""",
        {
            "id": statement["id"],
            "a": statement["agency"],
            "p": statement["provider"],
            "first": statement["first_on"],
            "last": statement["last_on"],
        },
    )


def ledger(viewer: Viewer, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """Accounts of the viewer's agencies: what stood before `first`, debit and credit until `last`, what stands then."""
    clause = visible(viewer, "payments.reconcile", "p.agency")
    return sql.rows(
        f"""SELECT p.agency, p.account, p.channel, coalesce(sum(p.amount_vnd) FILTER (WHERE m.day < %(first)s), 0)::bigint AS before_vnd,
              coalesce(sum(p.amount_vnd) FILTER (WHERE m.day >= %(first)s AND p.amount_vnd > 0), 0)::bigint AS debit_vnd,
              coalesce(-sum(p.amount_vnd) FILTER (WHERE m.day >= %(first)s AND p.amount_vnd < 0), 0)::bigint AS credit_vnd,
              sum(p.amount_vnd)::bigint AS after_vnd
            FROM payments_posting p JOIN payments_movement m ON m.id = p.movement_id
            WHERE m.day <= %(last)s AND ({clause.text}) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        {"first": first, "last": last, **clause.params},
    )


def movements(viewer: Viewer, first: dt.date, last: dt.date, limit: int = 200) -> list[dict[str, Any]]:
    """Postings of the viewer's agencies in these days, the newest movement first."""
    clause = visible(viewer, "payments.reconcile", "p.agency")
    return sql.rows(
        f"""SELECT m.id, m.day, m.at, m.kind, m.words, p.agency, p.account, p.channel, p.amount_vnd, b.code FROM payments_posting p
            JOIN payments_movement m ON m.id = p.movement_id LEFT JOIN payments_bill b ON b.id = m.bill_id
            WHERE m.day BETWEEN %(first)s AND %(last)s AND ({clause.text}) ORDER BY m.id DESC, p.amount_vnd DESC LIMIT %(n)s""",
        {"first": first, "last": last, "n": limit, **clause.params},
    )
