"""Speaking with payment gateways over HTTP: their page for an attempt, what became of it, money back. No answer is no answer: ask again."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from taydo.kernel import clock, ids
from taydo.protocols import banknotice, momo, vietqr, vnpay

from .providers import MOMO, VNPAY, Provider

PATIENCE_SECONDS, MOST_BYTES = 10, 1_000_000
PAID, FAILED, WAITING = "paid", "failed", "waiting"


class Silent(Exception):
    """The provider was not reached, or said nothing that can be believed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider says about an order, in a callback or asked: `state` paid, failed or waiting; `number` is the provider's own."""

    reference: str
    number: str
    amount_vnd: int
    state: str
    came_on: dt.date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Went:
    """How a refund went: done, failed (with why, for good) or waiting."""

    state: str
    number: str = ""
    why: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _call(url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    data = json.dumps(body).encode() if body is not None else None
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        try:
            with _opener.open(asked, timeout=PATIENCE_SECONDS) as answer:
                said = json.loads(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            if error.code >= 500 or error.code in (401, 403, 408, 429):
                raise Silent(f"{error.code}") from error
            said = json.loads(error.read(MOST_BYTES))  # gateways say in the body what is wrong
    except (OSError, ValueError) as error:
        raise Silent(f"{type(error).__name__}: {error}"[:200]) from error
    if not isinstance(said, dict):
        raise Silent("not an object")
    return said


def page(provider: Provider, attempt: Mapping[str, Any], back: str, notify: str, address: str, english: bool) -> str:
    """The address on which this attempt is paid. Raises Silent."""
    words = vietqr.plain(f"Nop le phi {attempt['reference']}", 60)
    if provider.speaks == VNPAY:
        order = vnpay.Order(
            provider.account.terminal, attempt["reference"], attempt["amount_vnd"], words, back, address, attempt["begun_at"],
            attempt["expires_at"], "en" if english else "vn",
        )  # fmt: skip
        return vnpay.pay_url(provider.keys.get("page", ""), order, provider.keys["secret"])
    language = "en" if english else "vi"
    body = momo.create(
        momo_keys(provider), attempt["reference"], attempt["amount_vnd"], words, back, notify, language=language
    )
    said = _call(f"{provider.keys['api']}/v2/gateway/api/create", body)
    url = str(said.get("payUrl", ""))
    if said.get("resultCode") != 0 or not url.startswith(("https://", "http://")):
        raise Silent(f"MoMo {said.get('resultCode')}: {said.get('message')}"[:200])
    return url


def momo_keys(provider: Provider) -> momo.Keys:
    """Keys with MoMo for this account."""
    return momo.Keys(provider.account.partner, provider.keys.get("access", ""), provider.keys.get("secret", ""))


def from_vnpay(notice: vnpay.Notice) -> Said:
    """What a notice of VNPay means; status 01 is not finished yet."""
    waiting = notice.code == "00" and notice.status == "01"
    state = PAID if notice.paid else WAITING if waiting else FAILED
    on = (notice.paid_at or clock.now()).astimezone(clock.LOCAL).date()
    return Said(notice.reference, notice.number, notice.amount_vnd, state, on, f"{notice.code}/{notice.status}")


def from_momo(notice: momo.Notice) -> Said:
    """What a notice of MoMo means."""
    at = dt.datetime.fromtimestamp(notice.at_ms / 1000, dt.UTC) if 0 < notice.at_ms < 10**13 else clock.now()
    state = PAID if notice.paid else WAITING if notice.waiting else FAILED
    on = at.astimezone(clock.LOCAL).date()
    return Said(notice.reference, notice.number, notice.amount_vnd, state, on, f"{notice.code} {notice.message}"[:200])


def ask(provider: Provider, attempt: Mapping[str, Any]) -> Said:
    """What became of an attempt, asked. An order the provider does not know has failed. Raises Silent."""
    reference, now = attempt["reference"], clock.now()
    unknown = Said(reference, "", 0, FAILED, clock.today(), "unknown to the provider")
    try:
        if provider.speaks == VNPAY:
            body = vnpay.ask(
                provider.account.terminal, reference, attempt["begun_at"], now, ids.uuid7().hex, provider.keys["secret"]
            )
            answer = _call(provider.keys["api"], body)
            vnpay.check_sealed(answer, vnpay.QUERY_ANSWER, provider.keys["secret"])
            if answer.get("vnp_ResponseCode") == "91":
                return unknown
            if answer.get("vnp_ResponseCode") != "00":
                raise Silent(f"VNPay {answer.get('vnp_ResponseCode')}")
            return from_vnpay(vnpay.read(answer))
        answer = _call(
            f"{provider.keys['api']}/v2/gateway/api/query", momo.query(momo_keys(provider), reference, ids.uuid7().hex)
        )
        if answer.get("resultCode") == 42:
            return unknown
        if answer.get("orderId") != reference or answer.get("partnerCode") != provider.account.partner:
            raise Silent("MoMo answered about something else")
        return from_momo(momo.read(answer))
    except ValueError as error:
        raise Silent(str(error)[:200]) from error


def give_back(provider: Provider, refund: Mapping[str, Any]) -> Went:
    """Ask a gateway to send money back; asked again with the same request it is the same refund. Raises Silent.

    `refund`: request, amount_vnd, reference, number (the provider's), paid_vnd, begun_at.
    """
    if provider.speaks == MOMO:
        return _momo_back(provider, refund)
    body = vnpay.give_back(
        provider.account.terminal, refund["reference"], refund["number"], refund["amount_vnd"], refund["amount_vnd"] == refund["paid_vnd"],
        created_at=refund["begun_at"], now=clock.now(), request_id=refund["request"], by="taydo", secret=provider.keys["secret"],
    )  # fmt: skip
    answer = _call(provider.keys["api"], body)
    try:
        vnpay.check_sealed(answer, vnpay.REFUND_ANSWER, provider.keys["secret"])
    except vnpay.Unsigned as error:
        raise Silent("an answer without its signature") from error
    code, number = str(answer.get("vnp_ResponseCode")), str(answer.get("vnp_TransactionNo") or "")
    if code in ("00", "94"):  # 94: this very request was taken before
        return Went("done", number)
    if code == "99":
        raise Silent("VNPay 99")
    return Went(FAILED, why=f"VNPay {code}: {answer.get('vnp_Message')}"[:200])


def _momo_back(provider: Provider, refund: Mapping[str, Any]) -> Went:
    keys, api, request = momo_keys(provider), provider.keys["api"], refund["request"]
    asked = momo.refund(
        keys, request, refund["amount_vnd"], refund["number"], request, f"Hoan tien {refund['reference']}"
    )
    answer = _call(f"{api}/v2/gateway/api/refund", asked)
    code = answer.get("resultCode")
    if code in momo.REPEATED:  # it was taken before: how did it go?
        answer = _call(f"{api}/v2/gateway/api/refund/query", momo.query(keys, request, ids.uuid7().hex))
        code = answer.get("resultCode")
    if code == momo.PAID:
        return Went("done", str(answer.get("transId", "")))
    if code in momo.WAITING or not isinstance(code, int):
        return Went(WAITING, why=f"MoMo {code}")
    return Went(FAILED, why=f"MoMo {code}: {answer.get('message')}"[:200])


def transfers(provider: Provider, after: str) -> tuple[list[banknotice.Notice], str]:
    """The bank's own list of money that came after a mark, and the next mark; unreadable items are passed over. Raises Silent."""
    query = urlencode({"after": after})
    headers = banknotice.sign(provider.keys["secret"], query.encode(), clock.now())
    answer = _call(f"{provider.keys['api']}/transactions?{query}", None, headers)
    found = []
    for item in answer.get("transactions") or ():
        try:
            found.append(banknotice.read(item))
        except (ValueError, TypeError):
            continue
    return found, str(answer.get("next", after))
