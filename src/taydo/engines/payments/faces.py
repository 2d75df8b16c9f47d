"""`/payments/callback/{provider}`: where those who take money tell of it. The signature first; nothing is looked at before.

VNPay: GET (IPN), answered `{RspCode, Message}`. MoMo: POST, answered 204. VietQR: POST of the bank, answered `{"taken": …}`.
"""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from taydo.kernel import clock, limits
from taydo.kernel.errors import Problem, bad, refused, too_large
from taydo.kernel.logs import log
from taydo.protocols import banknotice, momo, vnpay

from . import callbacks, gateways, providers
from .callbacks import HOUSE
from .providers import MOMO, VNPAY, Provider

MOST_BODY = 65_536
FORGED_PER_SECOND, FORGED_AT_ONCE = 0.5, 100.0


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """One provider's word. 404 for a provider the city has no keys with."""
    provider = providers.provider(provider_id)
    if provider is None or not provider.keys.get("secret"):
        raise Http404
    if len(request.body) > MOST_BODY or len(request.META.get("QUERY_STRING", "")) > MOST_BODY:
        raise too_large("callback_too_large", "Thông báo quá lớn.", "The notice is too large.")
    if provider.speaks == VNPAY:
        return _vnpay(request, provider)
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng POST.", "Send this with POST.")
    return _momo(request, provider) if provider.speaks == MOMO else _bank(request, provider)


def _forged(request: HttpRequest, provider: Provider, raw: bytes, reply: str, reason: str) -> None:
    """Kept, as long as it is no flood: then it is turned away unkept."""
    limits.spend(f"{request.META.get('REMOTE_ADDR', '')}|forged", FORGED_PER_SECOND, FORGED_AT_ONCE)
    callbacks.keep_refused(HOUSE, provider.id, raw, reply, reason)


def _vnpay(request: HttpRequest, provider: Provider) -> HttpResponse:
    params, raw = request.GET.dict(), request.META.get("QUERY_STRING", "").encode()
    if request.method == "POST":
        params, raw = request.POST.dict(), request.body
    try:
        vnpay.check(params, provider.keys["secret"])
        said = gateways.from_vnpay(vnpay.read(params))
    except vnpay.Unsigned as error:
        _forged(request, provider, raw, callbacks.FORGED, str(error))
        return JsonResponse(vnpay.reply(callbacks.FORGED))
    except ValueError as error:
        callbacks.keep_refused(HOUSE, provider.id, raw, callbacks.UNREADABLE, str(error))
        return JsonResponse(vnpay.reply(callbacks.UNREADABLE))
    try:
        return JsonResponse(vnpay.reply(callbacks.take(HOUSE, provider.id, raw, said)))
    except Exception as error:  # VNPay sends again what was answered 99
        log.error("callback_failed", exc_info=error)
        return JsonResponse(vnpay.reply(callbacks.UNREADABLE))


def _momo(request: HttpRequest, provider: Provider) -> HttpResponse:
    try:
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("not an object")
        momo.check(body, momo.IPN, gateways.momo_keys(provider))
        said = gateways.from_momo(momo.read(body))
    except momo.Unsigned as error:
        _forged(request, provider, request.body, callbacks.FORGED, str(error))
        raise _unsigned() from None
    except (ValueError, RecursionError) as error:
        _forged(request, provider, request.body, callbacks.UNREADABLE, str(error))
        raise bad("callback_unreadable", "Không đọc được thông báo.", "The notice cannot be read.") from None
    callbacks.take(HOUSE, provider.id, request.body, said)
    return HttpResponse(status=204)


def _bank(request: HttpRequest, provider: Provider) -> HttpResponse:
    try:
        banknotice.check(provider.keys["secret"], request.headers, request.body, clock.now())
        notice = banknotice.read(request.body)
    except banknotice.Unsigned as error:
        _forged(request, provider, request.body, callbacks.FORGED, str(error))
        raise _unsigned() from None
    except (ValueError, RecursionError) as error:
        callbacks.keep_refused(HOUSE, provider.id, request.body, callbacks.UNREADABLE, str(error))
        raise bad("callback_unreadable", "Không đọc được thông báo.", "The notice cannot be read.") from None
    return JsonResponse({"taken": callbacks.take_transfer(HOUSE, provider.id, request.body, notice)})


def _unsigned() -> Problem:
    return refused("not_signed", "Chữ ký không đúng.", "The signature is not right.")


urls = [path("payments/callback/<slug:provider_id>", callback)]
