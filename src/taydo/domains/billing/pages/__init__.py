"""Pages for paying: find a bill, pay it, one's own bills."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path

from taydo.engines.payments import attempts, providers, queries
from taydo.kernel import limits
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import HEADERS, render, viewer
from taydo.kernel.i18n import t

from .. import public
from .. import queries as billing
from ..queries import looking_up
from . import desk, receipt

BEGINS_PER_SECOND, BEGINS_AT_ONCE = 0.5, 20.0


def find(request: HttpRequest) -> HttpResponse:
    """`/pay`: find a bill by its code, or a biller's bills by the customer's number; works without script."""
    code, error = request.GET.get("code", "").strip()[:40], ""
    biller, customer = request.GET.get("biller", "")[:40], request.GET.get("customer", "").strip()[:40]
    found: list[queries.Bill] | None = None
    if biller in billing.billers() and customer:
        found = looking_up.of_customer(viewer(request), biller, customer, request.META.get("REMOTE_ADDR", ""))
    if code:
        try:
            return HttpResponseRedirect(f"/pay/{_looked_up(request, code).code}")
        except Problem as problem:
            if problem.status != 404:
                raise
            error = t(
                "Không có khoản thu nào mang mã này. Hãy xem lại từng chữ trên giấy báo.",
                "No bill has this code. Check each letter on your notice.",
            )
    answer = render(
        request, "billing/find.html", code=code, error=error, status=404 if error else 200, billers=billing.billers(),
        biller=biller, customer=customer, found=found,
    )  # fmt: skip
    answer["Cache-Control"] = "private, no-store"
    return answer


def _looked_up(request: HttpRequest, code: str) -> queries.Bill:
    return looking_up.by_code(viewer(request), code, request.META.get("REMOTE_ADDR", ""))


def bill(request: HttpRequest, code: str, problem: Problem | None = None) -> HttpResponse:
    """`/pay/{code}`: how much, to whom, and how to pay it; when it is paid, the receipt's number."""
    found = _looked_up(request, code)
    ways = providers.offered(found.agency) if found.state == "due" else []
    transfer = queries.transfer(found)
    picture = segno.make(transfer.text, error="m").svg_data_uri(scale=6, border=2) if transfer else ""
    answer = render(
        request, "billing/bill.html", status=problem.status if problem else 200, bill=found, agency=public.agency_name(found.agency),
        ways=[way for way in ways if way.speaks != providers.VIETQR], transfer=transfer, picture=picture,
        problem=t(problem.vi, problem.en) if problem else "",
    )  # fmt: skip
    answer["Cache-Control"] = "private, no-store"
    # A form may lead on to the pages of those who take the money, and nowhere else.
    pages = sorted({f"{at.scheme}://{at.netloc}" for way in ways for name in ("page", "api") if (at := urlsplit(way.keys.get(name, ""))).netloc})  # fmt: skip
    answer["Content-Security-Policy"] = HEADERS["Content-Security-Policy"].replace(
        "form-action 'self'", " ".join(["form-action 'self'", *pages])
    )
    return answer


def picture(request: HttpRequest, code: str) -> HttpResponse:
    """`/pay/{code}/qr.png`: the picture to keep and open in a bank app on the same phone."""
    found = _looked_up(request, code)
    transfer = queries.transfer(found)
    if transfer is None:
        raise queries.no_bill()
    out = io.BytesIO()
    segno.make(transfer.text, error="m").save(out, kind="png", scale=12, border=4)
    answer = HttpResponse(out.getvalue(), content_type="image/png")
    answer["Content-Disposition"] = f'inline; filename="vietqr-{found.code}.png"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def state(request: HttpRequest, code: str) -> HttpResponse:
    """`/pay/{code}/state`: what an open page asks again and again."""
    found = _looked_up(request, code)
    answer = JsonResponse({"state": found.state})
    answer["Cache-Control"] = "private, no-store"
    return answer


def begin(request: HttpRequest, code: str, provider_id: str) -> HttpResponse:
    """`POST /pay/{code}/begin/{provider}`: on to the gateway's page."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/pay/{code}")
    address = request.META.get("REMOTE_ADDR", "")
    limits.spend(f"{address}|begin", BEGINS_PER_SECOND, BEGINS_AT_ONCE)
    try:
        return HttpResponseRedirect(attempts.go(viewer(request), code, provider_id, address))
    except Problem as problem:
        if problem.status not in (409, 503):
            raise
        return bill(request, code, problem)


def back(request: HttpRequest, code: str, provider_id: str) -> HttpResponse:
    """`/pay/{code}/back/{provider}`: home from a gateway's page. What its address says settles nothing: the gateway is asked."""
    found = _looked_up(request, code)
    attempts.came_back(found.code, provider_id)
    return HttpResponseRedirect(f"/pay/{found.code}?back=1")


def mine(request: HttpRequest) -> HttpResponse:
    """`/my/bills`: one's own bills, what is due first."""
    who = viewer(request)
    if who.actor_id is None:
        raise Viewer.anonymous().refusal("billing.mine")
    bills = queries.mine(who)
    names = {one.agency: public.agency_name(one.agency) for one in bills}
    return render(request, "billing/mine.html", bills=bills, names=names)


urls = [
    path("pay", find),
    path("pay/<slug:code>", bill),
    path("pay/<slug:code>/qr.png", picture),
    path("pay/<slug:code>/state", state),
    path("pay/<slug:code>/begin/<slug:provider_id>", begin),
    path("pay/<slug:code>/back/<slug:provider_id>", back),
    path("my/bills", mine),
    *receipt.urls,
    *desk.urls,
]
