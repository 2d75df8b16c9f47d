"""`/pay/{code}/receipt.pdf`: the receipt (biên lai) of a paid bill, for whom may see the bill whole."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.payments import providers
from taydo.engines.payments.queries import Bill
from taydo.engines.printing import paper
from taydo.kernel import clock
from taydo.kernel.errors import missing
from taydo.kernel.http import viewer

from .. import public, rules
from ..queries import looking_up


def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF; the same bytes as long as nothing more is refunded. 404 for strangers, and while nothing is paid."""
    found = looking_up.by_code(viewer(request), code, request.META.get("REMOTE_ADDR", ""))
    if not (found.whole and found.receipt and found.paid_at):
        raise missing("no_receipt", "Không có biên lai này.", "There is no such receipt.")
    answer = HttpResponse(paper.render("billing/receipt", data(found), found.paid_at), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="bien-lai-{found.code}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def data(bill: Bill) -> dict[str, object]:
    """What the receipt says."""
    assert bill.paid_at is not None
    paid = bill.paid_at.astimezone(clock.LOCAL)
    one = directory.agency(bill.agency)
    above = directory.agency(one.parent) if one and one.parent else None
    methods = {way.id: way.title.vi for way in providers.declared().providers} | {providers.CASH: "Tiền mặt"}
    return {
        "agency": {"parent": above.name if above else "", "name": one.name if one else public.agency_name(bill.agency)},
        "number": bill.receipt, "day": paper.day(paid.date()), "code": bill.shown, "name": bill.payer_name or "…………………………", "title": bill.title,
        "lines": [{"title": line.title, "amount": _vnd(line.amount_vnd)} for line in bill.lines], "total": _vnd(bill.amount_vnd),
        "words": rules.in_words(bill.amount_vnd), "paid": f"{paid:%H:%M %d/%m/%Y}", "method": methods.get(bill.method, bill.method),
        "refunded": f"{_vnd(bill.refunded_vnd)} đồng" if bill.refunded_vnd else "", "verify": f"{settings.TAYDO_URL}/pay/{bill.code}",
        "office": "Bộ phận thu", "signer": "",
    }  # fmt: skip


def _vnd(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


urls = [path("pay/<slug:code>/receipt.pdf", receipt)]
