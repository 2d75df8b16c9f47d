"""VNPay 2.1.0: the payment page's address, the IPN (the one that settles), the return address (which never does), querydr and refund.

Amounts go over the wire ×100, times as yyyyMMddHHmmss in Việt Nam (GMT+7). Parameters of the page are signed together (HMAC-SHA512 over the
sorted `key=quote_plus(value)`); bodies of querydr and refund over their values joined by `|` in the order that VNPay publishes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

VERSION = "2.1.0"
LOCAL = dt.timezone(dt.timedelta(hours=7))
REPLIES = {
    "00": "Confirm Success", "01": "Order not found", "02": "Order already confirmed", "04": "Invalid amount",
    "97": "Invalid signature", "99": "Unknown error",
}  # fmt: skip
FULL, PART = "02", "03"
QUERY = ("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr", "OrderInfo")
QUERY_ANSWER = (
    "ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode", "PayDate", "TransactionNo",
    "TransactionType", "TransactionStatus", "OrderInfo", "PromotionCode", "PromotionAmount",
)  # fmt: skip
REFUND = (
    "RequestId", "Version", "Command", "TmnCode", "TransactionType", "TxnRef", "Amount", "TransactionNo", "TransactionDate",
    "CreateBy", "CreateDate", "IpAddr", "OrderInfo",
)  # fmt: skip
REFUND_ANSWER = QUERY_ANSWER[:-2]


class Unsigned(ValueError):
    """The signature is missing or not right."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: `reference` is ours (vnp_TxnRef), unique for the terminal and the day; `info` goes without diacritics."""

    terminal: str
    reference: str
    amount_vnd: int
    info: str
    return_url: str
    address: str
    created_at: dt.datetime
    expires_at: dt.datetime
    locale: str = "vn"
    kind: str = "other"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an IPN, a return address or a query says about an order. `paid` only when both codes are 00."""

    terminal: str
    reference: str
    amount_vnd: int
    number: str
    paid: bool
    code: str
    status: str
    paid_at: dt.datetime | None
    bank: str


def stamp(instant: dt.datetime) -> str:
    """An instant as VNPay writes it: yyyyMMddHHmmss, GMT+7."""
    return instant.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")


def moment(text: str) -> dt.datetime | None:
    """The aware instant of a stamp; None when it is none."""
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LOCAL)
    except ValueError:
        return None


def query_string(params: Mapping[str, str]) -> str:
    """The parameters that are not empty, sorted, quoted: what is signed and what is sent."""
    return "&".join(f"{key}={quote_plus(params[key])}" for key in sorted(params) if params[key] != "")


def signature(secret: str, text: str) -> str:
    """HMAC-SHA512, hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def signed(params: Mapping[str, str], secret: str) -> str:
    """A query string with its signature."""
    text = query_string(params)
    return f"{text}&vnp_SecureHash={signature(secret, text)}"


def pay_url(page: str, order: Order, secret: str) -> str:
    """The address of VNPay's page on which this order is paid."""
    params = {
        "vnp_Version": VERSION, "vnp_Command": "pay", "vnp_TmnCode": order.terminal, "vnp_Amount": str(order.amount_vnd * 100),
        "vnp_CurrCode": "VND", "vnp_TxnRef": order.reference, "vnp_OrderInfo": order.info, "vnp_OrderType": order.kind,
        "vnp_Locale": order.locale, "vnp_ReturnUrl": order.return_url, "vnp_IpAddr": order.address,
        "vnp_CreateDate": stamp(order.created_at), "vnp_ExpireDate": stamp(order.expires_at),
    }  # fmt: skip
    return f"{page}?{signed(params, secret)}"


def check(params: Mapping[str, str], secret: str) -> None:
    """Raise Unsigned unless the parameters bear their signature; compared in constant time."""
    given = params.get("vnp_SecureHash", "")
    rest = {key: text for key, text in params.items() if key not in ("vnp_SecureHash", "vnp_SecureHashType")}
    expected = signature(secret, query_string(rest))
    if not hmac.compare_digest(given.lower().encode(), expected.encode()):
        raise Unsigned("the signature is not right")


def read(params: Mapping[str, str]) -> Notice:
    """What checked parameters say. Raises ValueError when a number is none."""
    hundredths = int(params.get("vnp_Amount", ""))
    code, status = params.get("vnp_ResponseCode", ""), params.get("vnp_TransactionStatus", "")
    if hundredths % 100 or hundredths < 0 or not params.get("vnp_TxnRef"):
        raise ValueError("no amount of whole đồng, or no reference")
    return Notice(
        params.get("vnp_TmnCode", ""), params["vnp_TxnRef"], hundredths // 100, params.get("vnp_TransactionNo", ""),
        code == "00" and status == "00", code, status, moment(params.get("vnp_PayDate", "")), params.get("vnp_BankCode", ""),
    )  # fmt: skip


def reply(code: str) -> dict[str, str]:
    """What an IPN is answered with."""
    return {"RspCode": code, "Message": REPLIES[code]}


def sealed(body: Mapping[str, str], order: tuple[str, ...], secret: str) -> dict[str, str]:
    """A body of querydr or refund (or its answer) with its signature over the values in this order."""
    return {**body, "vnp_SecureHash": signature(secret, _joined(body, order))}


def check_sealed(body: Mapping[str, str], order: tuple[str, ...], secret: str) -> None:
    """Raise Unsigned unless the body bears its signature over the values in this order."""
    given = str(body.get("vnp_SecureHash", ""))
    if not hmac.compare_digest(given.lower().encode(), signature(secret, _joined(body, order)).encode()):
        raise Unsigned("the signature is not right")


def _joined(body: Mapping[str, str], order: tuple[str, ...]) -> str:
    return "|".join(str(body.get(f"vnp_{name}") or "") for name in order)


def ask(
    terminal: str, reference: str, created_at: dt.datetime, now: dt.datetime, request_id: str, secret: str
) -> dict[str, str]:
    """The body of a querydr about an order begun at `created_at`."""
    body = {
        "vnp_RequestId": request_id, "vnp_Version": VERSION, "vnp_Command": "querydr", "vnp_TmnCode": terminal, "vnp_TxnRef": reference,
        "vnp_TransactionDate": stamp(created_at), "vnp_CreateDate": stamp(now), "vnp_IpAddr": "127.0.0.1",
        "vnp_OrderInfo": f"Hoi giao dich {reference}",
    }  # fmt: skip
    return sealed(body, QUERY, secret)


def give_back(
    terminal: str, reference: str, number: str, amount_vnd: int, whole: bool, *, created_at: dt.datetime, now: dt.datetime,
    request_id: str, by: str, secret: str,
) -> dict[str, str]:  # fmt: skip
    """The body of a refund; the same request id is the same refund."""
    body = {
        "vnp_RequestId": request_id, "vnp_Version": VERSION, "vnp_Command": "refund", "vnp_TmnCode": terminal,
        "vnp_TransactionType": FULL if whole else PART, "vnp_TxnRef": reference, "vnp_Amount": str(amount_vnd * 100),
        "vnp_TransactionNo": number, "vnp_TransactionDate": stamp(created_at), "vnp_CreateBy": by, "vnp_CreateDate": stamp(now),
        "vnp_IpAddr": "127.0.0.1", "vnp_OrderInfo": f"Hoan tien {reference}",
    }  # fmt: skip
    return sealed(body, REFUND, secret)
