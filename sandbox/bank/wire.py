"""How the SANDBOX bank signs and reads: written apart from the city's own libraries, so that one checks the other."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus

MOMO_CREATE = "accessKey amount extraData ipnUrl orderId orderInfo partnerCode redirectUrl requestId requestType"
MOMO_IPN = "accessKey amount extraData message orderId orderInfo orderType partnerCode payType requestId responseTime resultCode transId"
MOMO_QUERY = "accessKey orderId partnerCode requestId"
MOMO_REFUND = "accessKey amount description orderId partnerCode requestId transId"
VNPAY_QUERY = "RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo"
VNPAY_QUERY_ANSWER = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus "
    "OrderInfo PromotionCode PromotionAmount"
)
VNPAY_REFUND = "RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo"
VNPAY_REFUND_ANSWER = "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo"


def sha512(secret: str, text: str) -> str:
    """HMAC-SHA512, hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def sha256(secret: str, text: str) -> str:
    """HMAC-SHA256, hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def vnpay_query(params: dict[str, str], secret: str) -> str:
    """VNPay's signed query string."""
    said = "&".join(f"{key}={quote_plus(str(params[key]))}" for key in sorted(params) if str(params[key]) != "")
    return f"{said}&vnp_SecureHash={sha512(secret, said)}"


def vnpay_right(params: dict[str, str], secret: str) -> bool:
    """Whether a query bears VNPay's signature."""
    rest = {key: text for key, text in params.items() if not key.startswith("vnp_SecureHash")}
    return vnpay_query(rest, secret).endswith("=" + params.get("vnp_SecureHash", ""))


def piped(body: dict[str, Any], names: str, secret: str) -> str:
    """VNPay's signature over the values of a body."""
    return sha512(secret, "|".join(str(body.get(f"vnp_{name}", "")) for name in names.split()))


def momo(body: dict[str, Any], names: str, access: str, secret: str) -> str:
    """MoMo's signature over a body."""
    said = "&".join(f"{name}={access if name == 'accessKey' else body.get(name, '')}" for name in names.split())
    return sha256(secret, said)


def tlv(text: str) -> dict[str, str]:
    """Fields of a VietQR string or of one of its templates; empty when it is none."""
    found, at = {}, 0
    try:
        while at < len(text):
            length = int(text[at + 2 : at + 4])
            found[text[at : at + 2]] = text[at + 4 : at + 4 + length]
            at += 4 + length
    except ValueError:
        return {}
    return found


def scan(text: str) -> dict[str, str]:
    """What a bank app shows for a code: bin, account, amount ("" when open), content."""
    root = tlv(text.strip())
    to, added = tlv(tlv(root.get("38", "")).get("01", "")), tlv(root.get("62", ""))
    return {
        "bin": to.get("00", ""), "account": to.get("01", ""), "amount": root.get("54", ""),
        "content": added.get("08") or added.get("05") or added.get("01", ""), "name": root.get("59", ""),
    }  # fmt: skip
