"""VNPay and MoMo as they are published: orders, questions, refunds. Signatures are checked as theirs are."""

from __future__ import annotations

import time
from typing import Any

from sandbox.bank import wire
from sandbox.bank.books import Books

UNSIGNED = {"resultCode": 13, "message": "Merchant authentication failed."}


def open_vnpay(books: Books, params: dict[str, str]) -> str | None:
    """An order from VNPay's page address; its key, or None when the signature is not right."""
    if not wire.vnpay_right(params, books.secret):
        return None
    key = f"vnpay|{params['vnp_TxnRef']}"
    with books.lock:
        books.orders.setdefault(key, {
            "gateway": "vnpay", "reference": params["vnp_TxnRef"], "terminal": params["vnp_TmnCode"], "amount": int(params["vnp_Amount"]) // 100,
            "info": params["vnp_OrderInfo"], "back": params["vnp_ReturnUrl"], "state": "open", "number": "0", "at": books.now(), "refunded": 0,
        })  # fmt: skip
    return key


def vnpay_api(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """querydr and refund; every answer signed."""
    refund = body.get("vnp_Command") == "refund"
    names = wire.VNPAY_REFUND if refund else wire.VNPAY_QUERY
    order = books.orders.get(f"vnpay|{body.get('vnp_TxnRef')}")
    answer: dict[str, Any] = {"vnp_ResponseId": f"{time.time_ns()}", "vnp_Command": body.get("vnp_Command", ""), "vnp_TmnCode": body.get("vnp_TmnCode", ""), "vnp_TxnRef": body.get("vnp_TxnRef", "")}  # fmt: skip
    if body.get("vnp_SecureHash") != wire.piped(body, names, books.secret):
        answer |= {"vnp_ResponseCode": "97", "vnp_Message": "Invalid checksum"}
    elif order is None:
        answer |= {"vnp_ResponseCode": "91", "vnp_Message": "Transaction not found"}
    else:
        said = books.vnpay_params(order)
        answer |= {name: said[name] for name in ("vnp_Amount", "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionStatus", "vnp_OrderInfo")}  # fmt: skip
        answer |= {"vnp_ResponseCode": "00", "vnp_Message": "Success", "vnp_TransactionType": "01"}
        if refund:
            answer |= _vnpay_refund(books, body, order)
    answer["vnp_SecureHash"] = wire.piped(
        answer, wire.VNPAY_REFUND_ANSWER if refund else wire.VNPAY_QUERY_ANSWER, books.secret
    )
    return answer


def _vnpay_refund(books: Books, body: dict[str, Any], order: dict[str, Any]) -> dict[str, str]:
    amount = int(body["vnp_Amount"]) // 100
    with books.lock:
        if f"vnpay|{body['vnp_RequestId']}" in books.refunds:
            return {"vnp_ResponseCode": "94", "vnp_Message": "Duplicate request"}
        if (
            order["state"] != "paid"
            or order["refunded"] + amount > order["amount"]
            or body["vnp_TransactionNo"] != order["number"]
        ):
            return {"vnp_ResponseCode": "95", "vnp_Message": "Refund refused"}
        order["refunded"] += amount
        number = str(next(books.numbers))
        books.refunds[f"vnpay|{body['vnp_RequestId']}"] = {"amount": amount, "number": number, "of": order["reference"]}
    return {"vnp_ResponseCode": "00", "vnp_Message": "Success", "vnp_TransactionNo": number, "vnp_TransactionStatus": "05", "vnp_TransactionType": body["vnp_TransactionType"], "vnp_Amount": body["vnp_Amount"]}  # fmt: skip


def momo_create(books: Books, body: dict[str, Any], here: str) -> dict[str, Any]:
    """`/v2/gateway/api/create`: an order and the page on which it is paid."""
    if body.get("signature") != wire.momo(body, wire.MOMO_CREATE, books.access, books.secret):
        return UNSIGNED
    key = f"momo|{body['orderId']}"
    with books.lock:
        if key in books.orders:
            return {"resultCode": 41, "message": "OrderId exists."}
        books.orders[key] = {
            "gateway": "momo", "reference": body["orderId"], "request": body["requestId"], "partner": body["partnerCode"],
            "amount": int(body["amount"]), "info": body["orderInfo"], "ipn": body["ipnUrl"], "back": body["redirectUrl"], "state": "open",
            "number": "0", "at": books.now(), "refunded": 0,
        }  # fmt: skip
    return {
        "partnerCode": body["partnerCode"], "requestId": body["requestId"], "orderId": body["orderId"], "amount": body["amount"],
        "responseTime": int(time.time() * 1000), "message": "Successful.", "resultCode": 0, "payUrl": f"{here}/momo/pay?order={body['orderId']}",
    }  # fmt: skip


def momo_query(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """`/v2/gateway/api/query`."""
    if body.get("signature") != wire.momo(body, wire.MOMO_QUERY, books.access, books.secret):
        return UNSIGNED
    order = books.orders.get(f"momo|{body['orderId']}")
    if order is None:
        return {"orderId": body["orderId"], "resultCode": 42, "message": "Order not found."}
    return books.momo_notice(order)


def momo_refund(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """`/v2/gateway/api/refund`."""
    if body.get("signature") != wire.momo(body, wire.MOMO_REFUND, books.access, books.secret):
        return UNSIGNED
    with books.lock:
        if f"momo|{body['orderId']}" in books.refunds:
            return {"resultCode": 41, "message": "OrderId exists."}
        order = next((one for one in books.orders.values() if one["gateway"] == "momo" and one["number"] == str(body["transId"])), None)  # fmt: skip
        if order is None or order["state"] != "paid" or order["refunded"] + int(body["amount"]) > order["amount"]:
            return {"resultCode": 1080, "message": "Refund refused."}
        order["refunded"] += int(body["amount"])
        made = {"amount": int(body["amount"]), "number": str(next(books.numbers)), "of": order["reference"]}
        books.refunds[f"momo|{body['orderId']}"] = made
    return {"orderId": body["orderId"], "resultCode": 0, "message": "Successful.", "transId": int(made["number"]), "amount": made["amount"]}  # fmt: skip


def momo_refund_query(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """`/v2/gateway/api/refund/query`."""
    if body.get("signature") != wire.momo(body, wire.MOMO_QUERY, books.access, books.secret):
        return UNSIGNED
    made = books.refunds.get(f"momo|{body['orderId']}")
    if made is None:
        return {"orderId": body["orderId"], "resultCode": 42, "message": "Order not found."}
    return {"orderId": body["orderId"], "resultCode": 0, "message": "Successful.", "transId": int(made["number"])}
