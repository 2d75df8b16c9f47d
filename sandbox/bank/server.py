"""The SANDBOX bank over HTTP.

GET  /                      page: scan a VietQR string (or photograph's text), transfers so far; POST /scan → confirm → POST /transfer
POST /transfer              JSON or form {"bin", "account", "amount", "content", "id"?} → money comes, the city is told
GET  /transactions?after=   the account's list, signed as notices are; GET /statement.csv?account=&day=2026-11-25
GET  /vnpay/pay?vnp_…       VNPay's page; POST /vnpay/api (querydr, refund)
POST /momo/v2/gateway/api/{create,query,refund,refund/query}; GET /momo/pay?order=
POST /pay                   form {"key", "choice": "pay" | "leave"} → notice, then back to the city
POST /trouble               {"seconds": 3, "status": 503, "times": 2, "lie": 1000, "forge": true, "silent": true}; {} ends it
GET  /told.json             notices sent: status, answer, tries; GET /orders.json  orders and refunds
"""

from __future__ import annotations

import html
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.bank import gateways, wire
from sandbox.bank.books import Books

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>SANDBOX {title}</title>
<link rel="stylesheet" href="/style.css"><h1>SANDBOX {title}</h1><p>Không có tiền thật ở đây. / There is no money here.</p>{body}</html>"""
STYLE = """body{font:16px/1.5 sans-serif;max-width:30rem;margin:24px auto;padding:0 16px;background:#fff8e6;color:#17252a}
h1{border-bottom:4px solid #f2a33a;font-size:1.4rem}label,input,button,textarea{display:block;font:inherit;width:100%;box-sizing:border-box;margin:8px 0}
input,textarea{padding:8px}button{padding:12px;background:#0b5563;color:#fff;border:0;border-radius:8px}button.plain{background:#fff;color:#0b5563;border:1px solid}
dt{color:#55666c}dd{margin:0 0 8px;font-weight:600;overflow-wrap:anywhere}li{overflow-wrap:anywhere}"""


class Bank(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int = 0, city: str = "", secret: str = "sandbox") -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.books = Books(city, secret)

    @property
    def url(self) -> str:
        """Where this bank is."""
        return f"http://127.0.0.1:{self.server_port}"

    def settings(self) -> dict[str, str]:
        """What the city must be told to work with this bank."""
        return settings(self.url, self.books.secret, self.books.access)

    def run(self) -> Bank:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self


def settings(url: str, secret: str = "sandbox", access: str = "sandbox-access") -> dict[str, str]:
    """The city's environment for a bank at this address."""
    return {
        "TAYDO_PAY_VIETQR": f"secret={secret};api={url}",
        "TAYDO_PAY_VNPAY": f"secret={secret};page={url}/vnpay/pay;api={url}/vnpay/api",
        "TAYDO_PAY_MOMO": f"secret={secret};access={access};api={url}/momo",
    }


def _facts(items: dict[str, Any]) -> str:
    return (
        "<dl>" + "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd>" for k, v in items.items()) + "</dl>"
    )


def _hidden(items: dict[str, Any]) -> str:
    return "".join(
        f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(str(v))}">' for k, v in items.items()
    )


class Door(BaseHTTPRequestHandler):
    """One request to the bank."""

    server: Bank

    def do_GET(self) -> None:
        """Pages and lists."""
        asked = urlsplit(self.path)
        given, books = dict(parse_qsl(asked.query, keep_blank_values=True)), self.server.books
        if asked.path == "/style.css":
            return self._answer(200, STYLE.encode(), "text/css")
        if asked.path == "/told.json":
            told = [{k: item[k] for k in ("gateway", "status", "answer", "tries")} for item in books.told]
            return self._json(told)
        if asked.path == "/orders.json":
            return self._json({"orders": books.orders, "refunds": books.refunds, "transfers": books.transfers})
        if self._down():
            return None
        if asked.path == "/statement.csv":
            text = books.statement(given.get("account", ""), given.get("day", ""))
            return self._answer(200, ("\ufeff" + text).encode(), "text/csv; charset=utf-8")
        if asked.path == "/transactions":
            return self._transactions(asked.query, given)
        if asked.path == "/vnpay/pay":
            key = gateways.open_vnpay(books, given)
            return (
                self._order("VNPay", key) if key else self._answer(400, b"Sai chu ky / wrong signature", "text/plain")
            )
        if asked.path == "/momo/pay" and f"momo|{given.get('order')}" in books.orders:
            return self._order("MoMo", f"momo|{given['order']}")
        if asked.path == "/":
            return self._home(given.get("qr", ""))
        return self._answer(404, b"{}", "application/json")

    def do_POST(self) -> None:
        """Orders, money, trouble."""
        given, books, path = self._given(), self.server.books, urlsplit(self.path).path
        if path == "/trouble":
            books.trouble = given
            return self._json({})
        if path == "/pay":
            order = books.pay(str(given["key"]), given.get("choice") == "pay")
            return self._answer(303, b"", "text/plain", {"Location": books.back(order)})
        if path == "/scan":
            return self._confirm(wire.scan(str(given.get("text", ""))))
        if path == "/transfer":
            made = books.transfer(str(given["bin"]), str(given["account"]), int(given["amount"]), str(given["content"]), str(given.get("id") or ""))  # fmt: skip
            return self._done(made) if "form" in (self.headers.get("Content-Type") or "") else self._json(made)
        if self._down():
            return None
        api = {
            "/vnpay/api": gateways.vnpay_api, "/momo/v2/gateway/api/query": gateways.momo_query,
            "/momo/v2/gateway/api/refund": gateways.momo_refund, "/momo/v2/gateway/api/refund/query": gateways.momo_refund_query,
        }  # fmt: skip
        if path == "/momo/v2/gateway/api/create":
            return self._json(gateways.momo_create(books, given, self.server.url))
        if path in api:
            answer = api[path](books, given)
            if books.trouble.get("deaf"):  # it was done, and its answer is lost
                return self._answer(503, b"{}", "application/json")
            return self._json(answer)
        return self._answer(404, b"{}", "application/json")

    def _down(self) -> bool:
        trouble = self.server.books.trouble
        time.sleep(float(trouble.get("seconds", 0)))
        if trouble.get("status"):
            self._answer(int(trouble["status"]), b'{"error":"told to fail"}', "application/json")
        return bool(trouble.get("status"))

    def _home(self, text: str) -> None:
        rows = "".join(
            f"<li>{html.escape(item['at'][11:19])} · {item['amount']:,} đ · {html.escape(item['content'])}</li>"
            for item in reversed(self.server.books.transfers[-30:])
        )
        body = (
            f'<form method="post" action="/scan"><label>Chuỗi VietQR / VietQR string<textarea name="text" rows="4" required>{html.escape(text)}'
            f"</textarea></label><button>Quét / scan</button></form><h2>Đã chuyển / transfers</h2><ul>{rows or '<li>—</li>'}</ul>"
        )
        self._page("ngân hàng / bank", body)

    def _confirm(self, code: dict[str, str]) -> None:
        body = _facts({"Tài khoản / account": f"{code['bin']} {code['account']}", "Tên / name": code["name"]})
        fields = _hidden({"bin": code["bin"], "account": code["account"]})
        body += f"""<form method="post" action="/transfer">{fields}<label>Số tiền / amount<input name="amount" value="{html.escape(code["amount"])}"></label>
<label>Nội dung / words<input name="content" value="{html.escape(code["content"])}"></label><button>Chuyển tiền / transfer</button></form>"""
        self._page("ngân hàng / bank", body)

    def _done(self, made: dict[str, Any]) -> None:
        self._page("đã chuyển / done", _facts({"Số / number": made["id"], "Số tiền / amount": f"{made['amount']:,} đ", "Nội dung / words": made["content"]}))  # fmt: skip

    def _order(self, name: str, key: str) -> None:
        order = self.server.books.orders[key]
        facts = _facts(
            {"Đơn / order": order["reference"], "Số tiền / amount": f"{order['amount']:,} đ", "Nội dung": order["info"]}
        )
        body = f"""{facts}<form method="post" action="/pay">{_hidden({"key": key})}<button name="choice" value="pay">Thanh toán / pay</button>
<button class="plain" name="choice" value="leave">Huỷ / cancel</button></form>"""
        self._page(name, body)

    def _transactions(self, query: str, given: dict[str, str]) -> None:
        stamp, books = self.headers.get("X-Timestamp", ""), self.server.books
        if self.headers.get("X-Signature") != wire.sha256(books.secret, f"{stamp}.{query}"):
            return self._answer(403, b"{}", "application/json")
        start = int(given.get("after") or 0)
        found = books.transfers[start : start + 200]
        self._json({"transactions": found, "next": str(start + len(found))})

    def _given(self) -> dict[str, Any]:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if "form" in (self.headers.get("Content-Type") or ""):
            return dict(parse_qsl(text, keep_blank_values=True))
        given = json.loads(text or "{}")
        return given if isinstance(given, dict) else {}

    def _page(self, title: str, body: str) -> None:
        self._answer(200, PAGE.format(title=title, body=body).encode(), "text/html; charset=utf-8")

    def _json(self, given: Any) -> None:
        self._answer(
            200, json.dumps(given, ensure_ascii=False, default=str).encode(), "application/json; charset=utf-8"
        )

    def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
