"""Bad lines: a slow phone holds up nobody, a line cut in the middle leaves nothing half, and what is sent again is whole."""

from __future__ import annotations

import http.client
import io
import json
import secrets
import socket
import urllib.request
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.faults.people import ask, report_body
from tests.running_city import RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SLOW = 40
"""More than the web process has threads."""
RESET = b"\x01\0\0\0\0\0\0\0"


def _picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 80).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def _line(city: RunningCity, path: str, kind: str = "", length: int = 0, patience: float = 30) -> socket.socket:
    """A connection on which the head of a request was sent."""
    line = socket.create_connection(("127.0.0.1", city.port), timeout=patience)
    given = f"Content-Type: {kind}\r\nContent-Length: {length}\r\n" if kind else ""
    line.sendall(f"{'POST' if kind else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\n{given}\r\n".encode())
    return line


def _answer(line: socket.socket) -> tuple[int, Any]:
    """Status and JSON of what comes back."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.status, json.load(answer)


def test_many_phones_that_send_slowly_hold_up_nobody_and_are_answered_in_the_end(city: RunningCity) -> None:
    bodies = [json.dumps(report_body(f"Điện thoại chậm {secrets.token_hex(4)}")).encode() for _ in range(SLOW)]
    lines = [_line(city, "/api/v1/hotline/reports", "application/json", len(body)) for body in bodies]
    for line, body in zip(lines, bodies, strict=True):
        line.sendall(body[:20])

    for path in ("/healthz", "/hotline", "/api/v1/hotline/reports"):
        with urllib.request.urlopen(city.url + path, timeout=20) as answer:
            assert answer.status == 200
    for line, body in zip(lines, bodies, strict=True):
        line.sendall(body[20:])
    said = [_answer(line) for line in lines]

    assert {status for status, _ in said} == {200}
    assert len({answer["code"] for _, answer in said}) == SLOW
    for line in lines:
        line.close()


def test_many_phones_that_read_slowly_hold_up_nobody(city: RunningCity) -> None:
    with urllib.request.urlopen(city.url + "/hotline", timeout=20) as page:
        html = page.read().decode()
    script = max(
        (part.split('"', 1)[0] for part in html.split('src="')[1:] if part.startswith("/static/")),
        key=lambda path: len(urllib.request.urlopen(city.url + path, timeout=20).read()),
    )
    lines = []
    for _ in range(SLOW):
        line = _line(city, script)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        lines.append(line)

    for path in ("/healthz", "/hotline"):
        with urllib.request.urlopen(city.url + path, timeout=20) as answer:
            assert answer.status == 200
    for line in lines:
        line.close()


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_a_photo_cut_off_on_its_way_is_whole_when_the_report_is_sent_again(city: RunningCity, share: float) -> None:
    photo, text = _picture(), f"Ảnh đứt giữa đường {secrets.token_hex(4)}"
    form = {name: str(value) for name, value in report_body(text).items()}
    request = httpx.Request(
        "POST",
        f"{city.url}/api/v1/hotline/reports/with-photos",
        data=form,
        files={"photos": ("a.jpg", photo, "image/jpeg")},
    )
    body, kind = request.read(), request.headers["Content-Type"]

    for _ in range(3):
        line = _line(city, "/api/v1/hotline/reports/with-photos", kind, len(body))
        line.sendall(body[: int(len(body) * share)])
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        line.close()
    said = (
        httpx.post(str(request.url), content=body, headers={"Content-Type": kind}, timeout=30).raise_for_status().json()
    )

    status, seen = ask(city, "GET", f"/api/v1/hotline/reports/{said['code']}?token={said['token']}")
    kept = httpx.get(f"{city.url}{seen['photos'][0]['href']}", params={"t": said["token"]}, timeout=30)
    assert status == 200 and len(seen["photos"]) == 1
    assert Image.open(io.BytesIO(kept.content)).size == (640, 480)
    with city.database() as link:
        assert link.execute("SELECT count(*) FROM hotline_report WHERE text = %s", [text]).fetchone() == (1,)


def test_words_cut_off_on_their_way_are_no_report(city: RunningCity) -> None:
    word = f"duttubo{secrets.token_hex(5)}"
    sent = f"service_code=LAMP&lat=10.03&long=105.78&description={word}+phan+dau+cua+mot+phan+anh".encode()

    for _ in range(3):
        line = _line(city, "/open311/v2/requests.json", "application/x-www-form-urlencoded", len(sent) + 200)
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        assert _answer(line) == (400, {"status": 400, "code": "cut_off"})
        line.close()

    assert ask(city, "POST", "/api/v1/hotline/reports", report_body("Đường truyền tốt"))[0] == 200
    with city.database() as link:
        kept = link.execute("SELECT count(*) FROM hotline_report WHERE text LIKE %s", [f"{word}%"]).fetchone()
    assert kept == (0,)
