"""What the SANDBOX bank remembers while it runs: transfers, orders at VNPay and MoMo, refunds; and how it tells the city."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from sandbox.bank import wire

LOCAL = dt.timezone(dt.timedelta(hours=7))
TRIES, PAUSE_SECONDS = 60, 1.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


class Books:
    """Orders, transfers and what is still to be told. `trouble`: lie (added to every amount told), forge, silent, times."""

    def __init__(self, city: str, secret: str) -> None:
        self.city, self.secret, self.access = city, secret, "sandbox-access"
        self.transfers: list[dict[str, Any]] = []
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.trouble: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []
        self.lock = threading.RLock()
        self.numbers = itertools.count(int(time.time() * 1000) % 10**10 * 1000)

    def now(self) -> dt.datetime:
        """The time in Việt Nam."""
        return dt.datetime.now(LOCAL)

    def transfer(
        self, bin: str, account: str, amount: int, content: str, number: str = "", tell: bool = True
    ) -> dict[str, Any]:
        """Money comes to an account; the city is told."""
        with self.lock:
            made = {
                "id": number or f"FT{next(self.numbers)}", "bin": bin, "account": account, "amount": amount, "content": content,
                "at": self.now().isoformat(timespec="seconds"),
            }  # fmt: skip
            self.transfers.append(made)
        if tell and not self.trouble.get("silent"):
            self.tell("vietqr", made)
        return made

    def pay(self, key: str, ok: bool) -> dict[str, Any]:
        """Somebody pays (or gives up) an order at VNPay or MoMo; the city is told."""
        with self.lock:
            order = self.orders[key]
            if order["state"] == "open":
                order |= {"state": "paid" if ok else "failed", "number": str(next(self.numbers)), "at": self.now()}
        if not self.trouble.get("silent"):
            self.tell(order["gateway"], order)
        return order

    def tell(self, gateway: str, what: dict[str, Any]) -> None:
        """Notices go out in threads of their own, again and again until they are answered as the gateway wants."""
        for _ in range(int(self.trouble.get("times", 1))):
            notice = {"gateway": gateway, "what": what, "status": 0, "answer": "", "tries": 0}
            self.told.append(notice)
            threading.Thread(target=self._deliver, args=(notice, dict(self.trouble)), daemon=True).start()

    def _deliver(self, notice: dict[str, Any], trouble: dict[str, Any]) -> None:
        for _ in range(TRIES):
            notice["tries"] += 1
            try:
                with _opener.open(self.request(notice["gateway"], notice["what"], trouble), timeout=20) as answer:
                    notice |= {"status": answer.status, "answer": answer.read().decode()}
            except urllib.error.HTTPError as error:
                notice |= {"status": error.code, "answer": error.read().decode(errors="replace")}
            except OSError as error:
                notice |= {"status": 0, "answer": str(error)}
            if notice["status"] in (200, 204, 400, 403) and '"99"' not in notice["answer"]:
                return
            time.sleep(PAUSE_SECONDS)

    def request(self, gateway: str, what: dict[str, Any], trouble: dict[str, Any]) -> urllib.request.Request:
        """The signed request that tells the city of a transfer or an order."""
        secret = "a lie" if trouble.get("forge") else self.secret
        if gateway == "vnpay":
            query = wire.vnpay_query(self.vnpay_params(what, int(trouble.get("lie", 0))), secret)
            return urllib.request.Request(f"{self.city}/payments/callback/vnpay?{query}")
        if gateway == "momo":
            body = self.momo_notice(what, int(trouble.get("lie", 0)))
            body["signature"] = wire.momo(body, wire.MOMO_IPN, self.access, secret)
            return urllib.request.Request(
                what["ipn"], json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
            )
        data = json.dumps({**what, "amount": what["amount"] + int(trouble.get("lie", 0))}, ensure_ascii=False).encode()
        stamp = str(int(time.time() * 1000))
        headers = {"X-Timestamp": stamp, "X-Signature": wire.sha256(secret, f"{stamp}." + data.decode())}
        return urllib.request.Request(f"{self.city}/payments/callback/vietqr", data, headers, method="POST")

    def vnpay_params(self, order: dict[str, Any], lie: int = 0) -> dict[str, str]:
        """What VNPay's IPN and return address say of an order."""
        code = {"paid": "00", "failed": "24", "open": "00"}[order["state"]]
        status = {"paid": "00", "failed": "02", "open": "01"}[order["state"]]
        return {
            "vnp_TmnCode": order["terminal"], "vnp_Amount": str((order["amount"] + lie) * 100), "vnp_BankCode": "NCB",
            "vnp_BankTranNo": f"VNP{order['number']}", "vnp_CardType": "ATM", "vnp_PayDate": order["at"].strftime("%Y%m%d%H%M%S"),
            "vnp_OrderInfo": order["info"], "vnp_TransactionNo": order["number"], "vnp_ResponseCode": code,
            "vnp_TransactionStatus": status, "vnp_TxnRef": order["reference"],
        }  # fmt: skip

    def momo_notice(self, order: dict[str, Any], lie: int = 0) -> dict[str, Any]:
        """What MoMo's IPN says of an order."""
        code = {"paid": 0, "failed": 1006, "open": 1000}[order["state"]]
        return {
            "partnerCode": order["partner"], "orderId": order["reference"], "requestId": order["request"], "amount": order["amount"] + lie,
            "orderInfo": order["info"], "orderType": "momo_wallet", "transId": int(order["number"] or 0), "resultCode": code,
            "message": {"paid": "Successful.", "failed": "Transaction denied by user.", "open": "Waiting."}[order["state"]],
            "payType": "qr", "responseTime": int(order["at"].timestamp() * 1000), "extraData": "",
        }  # fmt: skip

    def back(self, order: dict[str, Any]) -> str:
        """Where the payer is sent after the page of VNPay or MoMo."""
        if order["gateway"] == "vnpay":
            return f"{order['back']}?{wire.vnpay_query(self.vnpay_params(order), self.secret)}"
        said = self.momo_notice(order)
        said["signature"] = wire.momo(said, wire.MOMO_IPN, self.access, self.secret)
        return f"{order['back']}?{urlencode(said)}"

    def statement(self, account: str = "", day: str = "") -> str:
        """A statement as banks give it, CSV: date, number, words, out, in, balance."""
        lines, balance = ["Ngày giao dịch,Số bút toán,Nội dung,Phát sinh nợ,Phát sinh có,Số dư"], 0
        for item in self.transfers:
            if account in ("", item["account"]) and item["at"].startswith(day):
                balance += item["amount"]
                on = dt.datetime.fromisoformat(item["at"]).strftime("%d/%m/%Y")
                words = item["content"].replace('"', "'")
                lines.append(f'{on},{item["id"]},"{words}",,{item["amount"]},{balance}')
        return "\r\n".join(lines) + "\r\n"
