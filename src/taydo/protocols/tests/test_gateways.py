"""VNPay and MoMo signatures and the bank's notices, checked against texts written by hand and against a second implementation."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.bank import wire

from taydo.protocols import banknotice, momo, vnpay

AT = dt.datetime(2026, 11, 25, 2, 30, tzinfo=dt.UTC)
ORDER = vnpay.Order(
    "TAYDO001",
    "7KQ2MX4P-ABCDE",
    45_000,
    "Nop le phi",
    "https://c.vn/pay?x=1&y=2",
    "1.2.3.4",
    AT,
    AT + dt.timedelta(minutes=15),
)
KEYS = momo.Keys("MOMO", "access", "secret")
texts = st.dictionaries(
    st.from_regex(r"vnp_[A-Z][A-Za-z]{0,12}", fullmatch=True).filter(lambda key: not key.startswith("vnp_SecureHash")),
    st.text(max_size=30),
    max_size=12,
)


def test_the_page_is_signed_over_its_sorted_quoted_parameters() -> None:
    url = vnpay.pay_url("https://pay.example/vpcpay.html", ORDER, "SECRET")

    by_hand = (
        "vnp_Amount=4500000&vnp_Command=pay&vnp_CreateDate=20261125093000&vnp_CurrCode=VND&vnp_ExpireDate=20261125094500&vnp_IpAddr=1.2.3.4"
        "&vnp_Locale=vn&vnp_OrderInfo=Nop+le+phi&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fc.vn%2Fpay%3Fx%3D1%26y%3D2"
        "&vnp_TmnCode=TAYDO001&vnp_TxnRef=7KQ2MX4P-ABCDE&vnp_Version=2.1.0"
    )
    mac = hmac.new(b"SECRET", by_hand.encode(), hashlib.sha512).hexdigest()
    assert url == f"https://pay.example/vpcpay.html?{by_hand}&vnp_SecureHash={mac}"
    vnpay.check(dict(parse_qsl(urlsplit(url).query)), "SECRET")


@given(texts, st.text(min_size=1, max_size=20))
def test_two_writings_of_vnpays_signature_agree(params: dict[str, str], secret: str) -> None:
    params = {key: text.replace("\0", "").encode("utf-8", "ignore").decode() for key, text in params.items()}
    secret = secret.encode("utf-8", "ignore").decode() or "s"
    said = vnpay.signed(params, secret)

    assert said == wire.vnpay_query(params, secret)
    vnpay.check(dict(parse_qsl(said)), secret)


@given(st.integers(0, 200), st.characters(min_codepoint=0x21, max_codepoint=0x7E))
def test_a_changed_notice_of_vnpay_is_not_believed(at: int, other: str) -> None:
    said = dict(
        parse_qsl(vnpay.signed({"vnp_Amount": "4500000", "vnp_TxnRef": "A-1", "vnp_ResponseCode": "00"}, "SECRET"))
    )
    key = sorted(said)[at % len(said)]
    changed = said | {key: other + said[key][1:]}

    if changed[key].lower() != said[key].lower() or (key != "vnp_SecureHash" and changed != said):
        with pytest.raises(vnpay.Unsigned):
            vnpay.check(changed, "SECRET")


@pytest.mark.parametrize(
    ("code", "status", "paid"),
    [("00", "00", True), ("00", "01", False), ("24", "02", False), ("07", "00", False), ("", "", False)],
)
def test_vnpay_has_paid_only_when_both_codes_say_so(code: str, status: str, paid: bool) -> None:
    said = {"vnp_Amount": "4500000", "vnp_TxnRef": "A-1", "vnp_ResponseCode": code, "vnp_TransactionStatus": status}

    assert vnpay.read(said).paid is paid and vnpay.read(said).amount_vnd == 45_000


@pytest.mark.parametrize("amount", ["", "x", "4500001", "-100"])
def test_amounts_that_are_no_whole_dong_are_no_notice(amount: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vnpay.read({"vnp_Amount": amount, "vnp_TxnRef": "A"})


def test_bodies_of_vnpay_are_signed_over_their_values_in_its_order() -> None:
    asked = vnpay.ask("T1", "A-1", AT, AT, "R1", "SECRET")
    back = vnpay.give_back(
        "T1", "A-1", "14", 45_000, True, created_at=AT, now=AT, request_id="R2", by="taydo", secret="SECRET"
    )

    joined = "R1|2.1.0|querydr|T1|A-1|20261125093000|20261125093000|127.0.0.1|Hoi giao dich A-1"
    assert asked["vnp_SecureHash"] == hmac.new(b"SECRET", joined.encode(), hashlib.sha512).hexdigest()
    assert (
        back["vnp_SecureHash"] == wire.piped(back, wire.VNPAY_REFUND, "SECRET") and back["vnp_TransactionType"] == "02"
    )
    with pytest.raises(vnpay.Unsigned):
        vnpay.check_sealed(back | {"vnp_Amount": "1"}, vnpay.REFUND, "SECRET")


def test_momo_signs_the_published_fields_in_the_published_order() -> None:
    body = momo.create(KEYS, "A-1", 45_000, "Nop le phi", "https://c.vn/back", "https://c.vn/ipn")

    by_hand = (
        "accessKey=access&amount=45000&extraData=&ipnUrl=https://c.vn/ipn&orderId=A-1&orderInfo=Nop le phi&partnerCode=MOMO"
        "&redirectUrl=https://c.vn/back&requestId=A-1&requestType=captureWallet"
    )
    assert body["signature"] == hmac.new(b"secret", by_hand.encode(), hashlib.sha256).hexdigest()


@given(
    st.fixed_dictionaries(
        {name: st.one_of(st.integers(0, 10**12), st.text(max_size=20)) for name in momo.IPN if name != "accessKey"}
    )
)
def test_two_writings_of_momos_signature_agree(body: dict[str, object]) -> None:
    body = {
        key: item.encode("utf-8", "ignore").decode() if isinstance(item, str) else item for key, item in body.items()
    }
    assert momo.signature(body, momo.IPN, KEYS) == wire.momo(body, wire.MOMO_IPN, "access", "secret")

    momo.check(momo.signed(body, momo.IPN, KEYS), momo.IPN, KEYS)
    with pytest.raises(momo.Unsigned):
        momo.check(momo.signed(body, momo.IPN, KEYS) | {"amount": "999999"}, momo.IPN, KEYS)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resultCode": "x", "orderId": "A"},
        {"resultCode": 0, "orderId": ""},
        {"resultCode": 0, "orderId": "A", "amount": -1},
    ],
)
def test_what_is_no_notice_of_momo_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        momo.read(body)


def test_a_banks_notice_is_believed_only_signed_and_fresh() -> None:
    body = b'{"id": "FT1", "bin": "970436", "account": "1", "amount": 45000, "content": "TD", "at": "2026-11-25T09:30:00+07:00"}'
    headers = banknotice.sign("s", body, AT)

    banknotice.check("s", headers, body, AT + dt.timedelta(minutes=9))
    assert banknotice.read(body).amount_vnd == 45_000
    for given_headers, given_body, at in (
        (headers, body + b" ", AT), (headers, body, AT + dt.timedelta(minutes=11)), ({}, body, AT),
        (headers | {"X-Timestamp": "1" + headers["X-Timestamp"]}, body, AT), (banknotice.sign("other", body, AT), body, AT),
    ):  # fmt: skip
        with pytest.raises(banknotice.Unsigned):
            banknotice.check("s", given_headers, given_body, at)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": "1", "amount": true, "at": "2026-11-25T00:00:00Z"}', b'{"id": "1", "amount": 5, "at": "2026-11-25T00:00:00"}', b'{"id": "", "amount": 5, "at": "2026-11-25T00:00:00Z"}', b'{"id": "1", "amount": 4.5, "at": "2026-11-25T00:00:00Z"}'])  # fmt: skip
def test_what_is_no_notice_of_a_bank_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        banknotice.read(body)
