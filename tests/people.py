"""Programs of the demonstration's accounts, for tests that speak to a running city over HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx

from .running_city import PASSWORD, RunningCity


def as_(city: RunningCity, name: str) -> httpx.Client:
    """A program of this account; strangers have no name."""
    return httpx.Client(base_url=city.url, auth=(name, PASSWORD) if name else None, timeout=30)


def post(client: httpx.Client, path: str, expect: int = 200, **body: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


def until(look: Any, wanted: Any, seconds: float = 20) -> None:
    """Wait until what is looked at is as wanted: events are delivered by the worker."""
    for _ in range(int(seconds * 10)):
        if look() == wanted:
            return
        time.sleep(0.1)
    assert look() == wanted
