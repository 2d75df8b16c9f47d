"""The SANDBOX portal over HTTP: signs in, takes dossiers and steps, is asked, and misbehaves when told to.

POST /login           {"username", "password"} → {"error_code": "00", "session"}
POST /service         the packet (JSON, or XML with Content-Type application/xml); header Idempotency-Key → {"error_code", "message", "result"}
                      services DongBoHoSoMC CapNhatTienDoHoSoMC TraCuuHoSo LayThuTuc LayDanhSachTTHC LayDanhMucCoQuan LayHoSoTapTrung
GET  /states.json     {code: state}       GET /messages.json?code=   what was taken, in order       GET /dossier.json?code=
POST /central         a dossier of a centrally run service (with HeThongNguon): offered by LayHoSoTapTrung (`sau`: after that number)
POST /trouble         {"down": true} 503 · {"seconds": 2} slow · {"lie": true} says 00 and keeps nothing · {"deaf": true} keeps and hangs
                      up without a word · {"duplicate": true} offers central dossiers twice · {"expire": true} forgets sessions once; {} ends it
GET  /                a page

error_code: 00 taken (or taken before under this key) · 01 login · 401 session · 02 dossier exists · 03 step exists · 04 no dossier ·
10 a field is wrong (named) · 11 this state cannot follow · 12 unknown service
"""

from __future__ import annotations

import html
import json
import secrets
import threading
import time
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.portal.store import Store

PROCEDURES = (
    ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân", "G03-HT", "Hộ tịch"),
    ("1.001193", "Đăng ký khai sinh", "G03-HT", "Hộ tịch"),
    ("3.000125", "Cấp hộ chiếu phổ thông trong nước", "G01-XNC", "Quản lý xuất nhập cảnh"),
)
AGENCIES = (
    ("H13", "UBND thành phố Cần Thơ", ""),
    ("H13.01", "Văn phòng UBND thành phố Cần Thơ", "H13"),
    ("G01", "Bộ Công an", ""),
)
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>SANDBOX DVCQG</title>
<link rel="stylesheet" href="/style.css"><h1>SANDBOX Cổng dịch vụ công quốc gia</h1>
<p>Chương trình giả lập để thử; không có gì tới cổng thật. / Nothing here reaches the real portal.</p><table><tr><th>Mã hồ sơ</th><th>Trạng thái</th></tr>{rows}</table></html>"""
STYLE = """body{font:16px/1.5 sans-serif;max-width:60rem;margin:24px auto;padding:0 16px;background:#fff8e6;color:#17252a}
h1{border-bottom:4px solid #f2a33a}td,th{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid #ccc}"""


class SandboxPortal(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one; `home` holds its SQLite file (none: memory)."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, port: int = 0, home: Path | None = None, user: str = "sandbox", password: str = "sandbox"
    ) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.user, self.password, self.store = user, password, Store(home)
        self.sessions: set[str] = set()
        self.trouble: dict[str, Any] = {}
        self.asked = 0

    @property
    def url(self) -> str:
        """Where it is spoken to."""
        return f"http://127.0.0.1:{self.server_port}"

    def run(self) -> SandboxPortal:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def sign_in(self, given: dict[str, Any]) -> dict[str, Any]:
        """A session for the right account."""
        if (given.get("username"), given.get("password")) != (self.user, self.password):
            return {"error_code": "01", "message": "sai tài khoản hoặc mật khẩu"}
        session = secrets.token_hex(16)
        self.sessions.add(session)
        return {"error_code": "00", "session": session}

    def serve(self, given: dict[str, Any], key: str) -> dict[str, Any]:
        """The answer to a packet."""
        if self.trouble.pop("expire", False):
            self.sessions.clear()
        if given.get("session") not in self.sessions:
            return {"error_code": "401", "message": "phiên làm việc đã hết"}
        service = given.get("service", "")
        if service in ("DongBoHoSoMC", "CapNhatTienDoHoSoMC"):
            return self._take(service, given, key)
        if service == "TraCuuHoSo":
            found = self.store.dossier(str(given.get("mahoso", "")))
            return {"error_code": "00", "result": [found] if found else []}
        if service == "LayHoSoTapTrung":
            changes = self.store.central(int(given.get("sau") or 0))
            return {"error_code": "00", "result": changes * 2 if self.trouble.get("duplicate") else changes}
        if service in ("LayDanhSachTTHC", "LayThuTuc"):
            names, rows = ("MATTHC", "TENTTHC", "MALINHVUC", "TENLINHVUC"), PROCEDURES
            rows = tuple(row for row in rows if given.get("maTTHC") in (None, "", row[0]))
            return {"error_code": "00", "result": [dict(zip(names, row, strict=True)) for row in rows]}
        if service == "LayDanhMucCoQuan":
            names = ("MADONVI", "TENDONVI", "MADONVICHA")  # type: ignore[assignment]
            return {"error_code": "00", "result": [dict(zip(names, row, strict=False)) for row in AGENCIES]}
        return {"error_code": "12", "message": f"không có dịch vụ {service}"}

    def _take(self, service: str, given: dict[str, Any], key: str) -> dict[str, Any]:
        items = given.get("data")
        if not isinstance(items, list) or not items:
            return {"error_code": "10", "message": "data: bắt buộc"}
        if self.trouble.get("lie"):
            return {"error_code": "00", "message": ""}
        for item in items:
            code, words = self.store.take(service, item, given.get("isUpdating") == "True", key)
            if code != "00":
                return {"error_code": code, "message": words}
        return {"error_code": "00", "message": words}


class Door(BaseHTTPRequestHandler):
    """One connection to the portal."""

    server: SandboxPortal
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """What it keeps, as JSON or as a page."""
        asked = urlsplit(self.path)
        code = parse_qs(asked.query).get("code", [""])[0]
        if asked.path == "/states.json":
            self._answer(200, self.server.store.states())
        elif asked.path == "/messages.json":
            self._answer(200, self.server.store.messages(code))
        elif asked.path == "/dossier.json":
            self._answer(200, self.server.store.dossier(code))
        elif asked.path == "/style.css":
            self._answer(200, STYLE, "text/css")
        elif asked.path == "/":
            rows = "".join(
                f"<tr><td>{html.escape(code)}</td><td>{state}</td></tr>"
                for code, state in self.server.store.states().items()
            )
            self._answer(200, PAGE.format(rows=rows), "text/html")
        else:
            self._answer(404, {"error_code": "404"})

    def do_POST(self) -> None:
        """A packet, or an order to misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, trouble = urlsplit(self.path).path, self.server.trouble
        try:
            xml = "xml" in self.headers.get("Content-Type", "")
            given = _of_xml(ET.fromstring(body)) if xml else json.loads(body or b"{}")
        except (ValueError, ET.ParseError):
            return self._answer(400, {"error_code": "10", "message": "không đọc được gói tin"})
        if path == "/trouble":
            self.server.trouble = given
            return self._answer(200, {})
        if path == "/central":
            return self._answer(200, {"SoThuTu": self.server.store.put_central(given)})
        self.server.asked += 1
        time.sleep(float(trouble.get("seconds", 0)))
        if trouble.get("down"):
            return self._answer(503, {"error_code": "503", "message": "bảo trì"})
        said = (
            self.server.sign_in(given)
            if path == "/login"
            else self.server.serve(given, self.headers.get("Idempotency-Key", ""))
        )
        if trouble.get("deaf") and path == "/service":
            self.close_connection = True
            return None
        return self._answer(200, said)

    def _answer(self, status: int, said: Any, kind: str = "application/json") -> None:
        body = (said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Nothing: messages are personal."""


def _of_xml(element: ET.Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element:
        if child.get("list") == "true":
            made[child.tag] = [_of_xml(item) for item in child]
        else:
            made[child.tag] = _of_xml(child) if len(child) else (child.text or "")
    return made
