"""People who use a running city over HTTP from outside: reporters and officers, patient with a bad line."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from tests.running_city import PASSWORD, RunningCity

LOST = (OSError, http.client.HTTPException, urllib.error.URLError, TimeoutError, ValueError)
"""What a line that broke in the middle looks like from here."""


def ask(city: RunningCity, method: str, path: str, body: object = None, user: str = "") -> tuple[int, Any]:
    """Status and JSON of the answer; raises one of LOST when there was none."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(city.url + path, data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status), json.load(answer)
    except urllib.error.HTTPError as error:
        with contextlib.suppress(ValueError):
            return error.code, json.load(error)
        return error.code, {}


def report_body(text: str, **more: Any) -> dict[str, Any]:
    """A report about a lamp at the quay, with a client's key of its own."""
    where = {"lon": 105.788, "lat": 10.034}
    return {"text": text, "category": "lamp_out", **where, "key": f"client-{uuid.uuid4().hex}", **more}


class Worker(threading.Thread):
    """Does a piece of work again and again until the end of time given; an error of the line is its own business."""

    def __init__(self, until: float, work: Callable[[int], None]) -> None:
        super().__init__()
        self.until, self.work = until, work
        self.failed: list[BaseException] = []

    def run(self) -> None:
        """Work until the end; what is not an error of the line ends it."""
        turn = 0
        while time.monotonic() < self.until:
            try:
                self.work(turn)
            except BaseException as error:
                self.failed.append(error)
                return
            turn += 1


def until_answered(send: Callable[[], tuple[int, Any]], until: float, pause: float = 0.3) -> tuple[int, Any] | None:
    """Send the same again while there is no answer or one that says the city failed; None when time is up."""
    while True:
        with contextlib.suppress(*LOST):
            status, answer = send()
            if status < 500:
                return status, answer
        if time.monotonic() > until:
            return None
        time.sleep(pause)
