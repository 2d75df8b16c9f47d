"""Two at once and the same again, over HTTP: one officer wins and the other is told who; a report sent twice is one report."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.faults.people import ask, report_body
from tests.running_city import RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
ROUNDS, REPORTS, AT_ONCE = 60, 12, 8
OFFICERS = {"agent": "Điện thoại viên 1022 (trình diễn)", "admin": "Quản trị hệ thống (trình diễn)"}


def _new(city: RunningCity, text: str) -> dict[str, Any]:
    status, made = ask(city, "POST", "/api/v1/hotline/reports", report_body(text))
    assert status == 200, made
    return dict(made)


def _both(work: Any, first: Any, second: Any) -> list[Any]:
    """Do it for both, as nearly at the same moment as two threads can."""
    gate = threading.Barrier(2)

    def run(one: Any) -> Any:
        gate.wait()
        return work(one)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (first, second)))


def test_of_two_officers_moving_one_case_one_wins_and_the_other_is_told_who(city: RunningCity) -> None:
    winners = []
    for turn in range(ROUNDS):
        case = _new(city, f"Hai cán bộ cùng lúc {turn}")["case_id"]
        body = {"move": "start" if turn % 2 else "reject", "note": "Cùng lúc.", "expected_version": 1}

        said = _both(lambda user: ask(city, "POST", f"/api/v1/cases/{case}/move", body, user), *OFFICERS)  # noqa: B023

        assert sorted(status for status, _ in said) == [200, 409], said
        won = list(OFFICERS)[[status for status, _ in said].index(200)]
        refused = next(answer for status, answer in said if status == 409)
        assert refused["code"] == "case_changed"
        assert refused["fields"]["who"] == OFFICERS[won] and refused["fields"]["version"] == 2
        assert OFFICERS[won] in refused["detail"]
        winners.append(won)
    with city.database() as link:
        torn = link.execute(
            """SELECT count(*) FROM cases_case c WHERE c.title LIKE 'Hai cán bộ%' AND (c.version <> 2
               OR (SELECT count(*) FROM cases_event e WHERE e.case_id = c.id AND e.kind = 'moved') <> 1)"""
        ).fetchone()
    assert torn == (0,)
    assert len(winners) == ROUNDS


def _once(city: RunningCity, text: str) -> int:
    with city.database() as link:
        found = link.execute("SELECT count(*) FROM hotline_report WHERE text = %s", [text]).fetchone()
        files = link.execute(
            "SELECT count(*) FROM cases_event e JOIN hotline_report r ON r.case_id = e.case_id WHERE r.text = %s AND e.kind = 'opened'",
            [text],
        ).fetchone()
    assert found == files
    return int(found[0]) if found else 0


@pytest.mark.parametrize("user", ["", "citizen"])
def test_a_report_sent_many_times_at_once_under_one_key_is_one_report(city: RunningCity, user: str) -> None:
    for turn in range(REPORTS):
        text = f"Gửi lại nhiều lần {turn} {user or 'ẩn danh'}"
        body = report_body(text)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            said = list(pool.map(lambda _: ask(city, "POST", "/api/v1/hotline/reports", body, user), range(AT_ONCE)))  # noqa: B023

        assert {status for status, _ in said} == {200}, said
        assert len({(answer["code"], answer["case_id"]) for _, answer in said}) == 1
        assert _once(city, text) == 1


def _send_and_hang_up(city: RunningCity, body: dict[str, Any], after_s: float, whole: bool) -> None:
    """Send a report and cut the line: in the middle of it, or before its answer is read."""
    raw = json.dumps(body).encode()
    head = (
        f"POST /api/v1/hotline/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", city.port), timeout=5) as line:
        line.sendall(head + (raw if whole else raw[: len(raw) // 2]))
        time.sleep(after_s)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # as a phone that goes out of range


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03])
@pytest.mark.parametrize("whole", [True, False], ids=["answer lost", "cut in the middle"])
def test_a_report_sent_again_after_the_line_was_cut_is_one_report(
    city: RunningCity, after_s: float, whole: bool
) -> None:
    for turn in range(5):
        text = f"Đường truyền kém {turn} {after_s} {whole}"
        body = report_body(text)

        with contextlib.suppress(OSError):
            _send_and_hang_up(city, body, after_s, whole)
        said = [ask(city, "POST", "/api/v1/hotline/reports", body) for _ in range(2)]

        assert {status for status, _ in said} == {200}, said
        assert len({answer["code"] for _, answer in said}) == 1
        assert _once(city, text) == 1


def test_a_form_sent_twice_by_the_browser_is_one_report(city: RunningCity) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(f"{city.url}/report", timeout=20) as page:
        html = page.read().decode()
    key, csrf = (html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in ("key", "csrfmiddlewaretoken"))
    text = f"Bấm gửi hai lần {key}"
    fields = {"text": text, "category": "lamp_out", "key": key, "public": "yes", "csrfmiddlewaretoken": csrf}
    form = urllib.parse.urlencode(fields).encode()

    with ThreadPoolExecutor(4) as pool:
        landed = list(pool.map(lambda _: opener.open(f"{city.url}/report", form, timeout=20).geturl(), range(4)))

    assert len(set(landed)) == 1 and "/report/PA-" in landed[0]
    assert _once(city, text) == 1
