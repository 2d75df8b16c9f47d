"""MoMo v2 (captureWallet): create, IPN (answered with 204), query, refund. HMAC-SHA256 over `key=value` joined by `&` in published order.

Amounts are whole đồng. `orderId` and `requestId` are ours and unique; the same `requestId` is the same request.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CREATE = (
    "accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl", "requestId", "requestType",
)  # fmt: skip
CREATE_ANSWER = (
    "accessKey", "amount", "orderId", "partnerCode", "payUrl", "requestId", "responseTime", "resultCode",
)  # fmt: skip
IPN = (
    "accessKey", "amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode", "payType", "requestId",
    "responseTime", "resultCode", "transId",
)  # fmt: skip
QUERY = ("accessKey", "orderId", "partnerCode", "requestId")
REFUND = ("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId")
PAID, WAITING, REPEATED = 0, (1000, 7000, 7002, 9000), (40, 41)
"""Result codes: paid; still under way; the request or order id was used before."""


class Unsigned(ValueError):
    """The signature is missing or not right."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a partner has with MoMo."""

    partner: str
    access: str
    secret: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What an IPN or a query says about an order."""

    partner: str
    reference: str
    amount_vnd: int
    number: str
    paid: bool
    waiting: bool
    code: int
    message: str
    at_ms: int


def raw(body: Mapping[str, Any], order: tuple[str, ...], access: str) -> str:
    """The text that is signed; the access key is never sent in an IPN, so it is put in."""
    return "&".join(f"{key}={access if key == 'accessKey' else body.get(key, '')}" for key in order)


def signature(body: Mapping[str, Any], order: tuple[str, ...], keys: Keys) -> str:
    """HMAC-SHA256, hex."""
    return hmac.new(keys.secret.encode(), raw(body, order, keys.access).encode(), hashlib.sha256).hexdigest()


def signed(body: Mapping[str, Any], order: tuple[str, ...], keys: Keys) -> dict[str, Any]:
    """A body with its signature."""
    return {**body, "signature": signature(body, order, keys)}


def check(body: Mapping[str, Any], order: tuple[str, ...], keys: Keys) -> None:
    """Raise Unsigned unless the body bears its signature; compared in constant time."""
    given = str(body.get("signature", "")).lower().encode()
    if not hmac.compare_digest(given, signature(body, order, keys).encode()):
        raise Unsigned("the signature is not right")


def create(
    keys: Keys, reference: str, amount_vnd: int, info: str, redirect_url: str, ipn_url: str, *, language: str = "vi"
) -> dict[str, Any]:
    """The body of `POST /v2/gateway/api/create`."""
    body = {
        "partnerCode": keys.partner, "requestId": reference, "amount": amount_vnd, "orderId": reference, "orderInfo": info,
        "redirectUrl": redirect_url, "ipnUrl": ipn_url, "requestType": "captureWallet", "extraData": "", "lang": language,
    }  # fmt: skip
    return signed(body, CREATE, keys)


def query(keys: Keys, reference: str, request_id: str) -> dict[str, Any]:
    """The body of `POST /v2/gateway/api/query`."""
    body = {"partnerCode": keys.partner, "requestId": request_id, "orderId": reference, "lang": "vi"}
    return signed(body, QUERY, keys)


def refund(keys: Keys, order_id: str, amount_vnd: int, number: str, request_id: str, words: str) -> dict[str, Any]:
    """The body of `POST /v2/gateway/api/refund`: `order_id` is new, `number` is MoMo's transId of the payment."""
    body = {
        "partnerCode": keys.partner, "orderId": order_id, "requestId": request_id, "amount": amount_vnd, "transId": int(number),
        "lang": "vi", "description": words,
    }  # fmt: skip
    return signed(body, REFUND, keys)


def read(body: Mapping[str, Any]) -> Notice:
    """What a checked IPN or an answer to a query says. Raises ValueError when it says nothing sensible."""
    try:
        code, amount = int(body["resultCode"]), int(body.get("amount", 0))
        reference = str(body["orderId"])
        at_ms = int(body.get("responseTime", 0))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a notice: {error}") from error
    if amount < 0 or not reference:
        raise ValueError("not a notice: no amount or no order")
    return Notice(
        str(body.get("partnerCode", "")), reference, amount, str(body.get("transId", "")), code == PAID, code in WAITING, code,
        str(body.get("message", ""))[:300], at_ms,
    )  # fmt: skip
