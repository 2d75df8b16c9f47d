"""Pages of cashiers: today's money, one bill, money held aside, statements, the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path

from taydo.engines.payments import actions as payments
from taydo.engines.payments import payouts, providers, refunds
from taydo.engines.payments import queries as bills
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.engines.sheets.reading import MOST_BYTES
from taydo.kernel import clock, ids
from taydo.kernel.errors import Problem, too_large
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import public
from ..actions import statements, waiting
from ..queries import desk as reading

LEDGER = [
    Column("agency", "Cơ quan", "Agency"), Column("account", "Tài khoản", "Account"), Column("channel", "Kênh", "Channel"),
    Column("before_vnd", "Đầu kỳ", "Before", "whole"), Column("debit_vnd", "Phát sinh nợ", "Debit", "whole"),
    Column("credit_vnd", "Phát sinh có", "Credit", "whole"), Column("after_vnd", "Cuối kỳ", "After", "whole"),
]  # fmt: skip


def _did(request: HttpRequest, work: Callable[[], object]) -> str:
    """Do it; the words of a refusal that belong on the page, or ""."""
    try:
        work()
    except Problem as problem:
        if problem.status not in (403, 404, 409, 413, 422) or problem.code == "not_allowed":
            raise
        return t(problem.vi, problem.en)
    return ""


def _vnd(text: str) -> int:
    digits = text.replace(".", "").replace(",", "").replace(" ", "")
    return int(digits) if digits.isdecimal() and len(digits) < 14 else 0


@needs("payments.take_cash")
def today(request: HttpRequest) -> HttpResponse:
    """`/billing`: find a bill to take cash for; what came today; what waits."""
    who, error, code = viewer(request), "", request.GET.get("code", "").strip()[:40]
    if code:
        try:
            return HttpResponseRedirect(f"/billing/bills/{bills.bill(who, code).code}")
        except Problem as problem:
            if problem.status != 404:
                raise
            error = t("Không có khoản thu nào mang mã này.", "No bill has this code.")
    day = clock.today()
    return render(
        request, "billing/desk.html", code=code, error=error, day=day, sums=reading.sums_on(who, day), paid=reading.paid_on(who, day),
        held=reading.held(who), refunds=reading.refunds(who), proposed=reading.proposed(who), reasons=reading.REASONS, name=public.agency_name, methods=_methods(),
    )  # fmt: skip


def _methods() -> dict[str, str]:
    words = {one.id: one.title[t("vi", "en")] for one in providers.declared().providers}
    return words | {providers.CASH: t("Tiền mặt", "Cash")}


@needs("payments.take_cash")
def one(request: HttpRequest, code: str, error: str = "") -> HttpResponse:
    """`/billing/bills/{code}`: a bill whole, with its money; cash, refund, cancel."""
    who = viewer(request)
    found = bills.bill(who, code)
    if not found.whole:
        raise bills.no_bill()
    return render(
        request, "billing/one.html", status=422 if error else 200, bill=found, error=error, of=reading.of_bill(who, found.id), key=ids.uuid7().hex,
        name=public.agency_name, methods=_methods(), reasons=reading.REASONS,
    )  # fmt: skip


@needs("payments.take_cash")
def act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """`POST /billing/bills/{code}/{cash,refund,cancel,keep}`; a refusal stands on the bill's page."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/billing/bills/{code}")
    who, given = viewer(request), request.POST
    found = bills.bill(who, code)
    verbs = {
        "cash": lambda: payments.take_cash(who, found.id, key=given.get("key", "")),
        "refund": lambda: refunds.refund(who, found.id, _vnd(given.get("amount", "")), given.get("reason", ""), key=given.get("key", "")),
        "cancel": lambda: payments.cancel(who, found.id, given.get("reason", "")),
        "keep": lambda: waiting.keep_fee(who, found.id, given.get("reason", "")),
    }  # fmt: skip
    if verb not in verbs:
        raise bills.no_bill()
    error = _did(request, verbs[verb])
    return one(request, code, error) if error else HttpResponseRedirect(f"/billing/bills/{found.code}")


@needs("payments.resolve")
def settle(request: HttpRequest, income_id: int, verb: str) -> HttpResponse:
    """`POST /billing/held/{id}/{apply,return,payout}` from the desk or a statement; back there, with the refusal if any."""
    who, given = viewer(request), request.POST
    verbs = {
        "apply": lambda: refunds.apply(who, income_id, given.get("code", "")),
        "return": lambda: refunds.give_back(who, income_id, given.get("reason", "")),
        "payout": lambda: payouts.payout(who, income_id, given.get("provider", ""), _vnd(given.get("fee", "0"))),
    }  # fmt: skip
    error = _did(request, verbs[verb]) if request.method == "POST" and verb in verbs else ""
    back = given.get("back", "")
    if back.isdecimal() and len(back) < 19:
        return work(request, int(back), error) if error else HttpResponseRedirect(f"/billing/reconcile/{back}")
    return _held_again(request, error)


def _held_again(request: HttpRequest, error: str) -> HttpResponse:
    if not error:
        return HttpResponseRedirect("/billing#held")
    return render(
        request, "billing/desk.html", status=422, code="", error=error, day=clock.today(), sums=[], paid=[], held=reading.held(viewer(request)),
        refunds=reading.refunds(viewer(request)), proposed=reading.proposed(viewer(request)), reasons=reading.REASONS, name=public.agency_name, methods=_methods(),
    )  # fmt: skip


@needs("payments.refund")
def confirm(request: HttpRequest, refund_id: int) -> HttpResponse:
    """`POST /billing/refunds/{id}/sent`: a transfer back was made, under the bank's number."""
    error = (
        _did(request, lambda: refunds.sent_by_hand(viewer(request), refund_id, request.POST.get("number", "")))
        if request.method == "POST"
        else ""
    )
    return _held_again(request, error)


@needs("payments.reconcile")
def reconcile(request: HttpRequest) -> HttpResponse:
    """`/billing/reconcile`: hand in a statement; those handed in."""
    who, error = viewer(request), ""
    own = sorted(who.agencies("payments.reconcile") - {"*"})
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None or not file.size or file.size > MOST_BYTES:
                raise too_large(
                    "sheet_too_large", "Hãy chọn một tệp dưới 10 MB.", "Choose a file below 10 MB.", field="file"
                )
            made = statements.take(who, request.POST.get("agency", "")[:40], file.read(), file.name or "")
            return HttpResponseRedirect(f"/billing/reconcile/{made}")
        except Problem as problem:
            if problem.status not in (413, 422):
                raise
            error = t(problem.vi, problem.en)
    return render(
        request, "billing/statements.html", status=422 if error else 200, error=error, statements=reading.statements(who),
        agencies=own or [providers.declared().treasury], name=public.agency_name,
    )  # fmt: skip


@needs("payments.reconcile")
def work(request: HttpRequest, statement_id: int, error: str = "") -> HttpResponse:
    """`/billing/reconcile/{id}`: its days beside the ledger's, its lines, what to do with those that fit nothing."""
    found = reading.statement(viewer(request), statement_id)
    gateways = [
        (way.id, way.title[t("vi", "en")]) for way in providers.declared().providers if way.speaks != providers.VIETQR
    ]
    return render(
        request, "billing/statement.html", status=422 if error else 200, statement=found, error=error, reasons=reading.REASONS,
        name=public.agency_name, gateways=gateways,
    )  # fmt: skip


def _span(request: HttpRequest) -> tuple[dt.date, dt.date]:
    def day(name: str, otherwise: dt.date) -> dt.date:
        try:
            return dt.date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            return otherwise

    last = day("last", clock.today())
    return min(day("first", last.replace(day=1)), last), last


@needs("payments.reconcile")
def ledger(request: HttpRequest) -> HttpResponseBase:
    """`/billing/ledger`: accounts of one's agencies between two days, as page or CSV."""
    who, (first, last) = viewer(request), _span(request)
    accounts = reading.ledger(who, first, last)
    if request.GET.get("as") == "csv":
        return answering.as_csv(f"so-cai-{first}-{last}", LEDGER, accounts)
    return render(
        request, "billing/ledger.html", first=first, last=last, accounts=accounts, movements=reading.movements(who, first, last),
        words=reading.ACCOUNTS, name=public.agency_name,
    )  # fmt: skip


urls = [
    path("billing", today),
    path("billing/bills/<slug:code>", one),
    path("billing/bills/<slug:code>/<slug:verb>", act),
    path("billing/held/<int:income_id>/<slug:verb>", settle),
    path("billing/refunds/<int:refund_id>/sent", confirm),
    path("billing/reconcile", reconcile),
    path("billing/reconcile/<int:statement_id>", work),
    path("billing/ledger", ledger),
]
