"""Cases over HTTP: who may, what comes back, and a bulk step that answers for each case."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.engines.cases import actions
from taydo.kernel import actors, credentials, sql
from taydo.kernel.actors import Role, Viewer
from taydo.kernel.specs import Label

from .sample import ALL

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(an: Viewer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The header of An, an official of agency A with every verb of cases there."""
    role = Role(title=Label(vi="Thử", en="Test"), permissions=[f"cases.{verb}" for verb in ALL])
    monkeypatch.setattr(actors, "roles", lambda: {"tester": role})
    credentials.forget()
    sql.execute(
        "UPDATE kernel_actor SET password = %(p)s WHERE id = %(id)s",
        {"p": make_password("mat-khau-thu"), "id": an.actor_id},
    )
    sql.execute("INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(id)s, 'tester', 'A')", {"id": an.actor_id})
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"an:mat-khau-thu").decode()}


def post(path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    answer = Client().post(f"/api/v1{path}", json.dumps(body), "application/json", **headers)  # type: ignore[arg-type]
    return answer.status_code, answer.json()


def get(path: str, headers: dict[str, str]) -> tuple[int, Any]:
    answer = Client().get(f"/api/v1{path}", **headers)  # type: ignore[arg-type]
    return answer.status_code, answer.json()


def test_a_case_is_listed_moved_commented_and_handed_over(an: Viewer, signed: dict[str, str]) -> None:
    case = actions.open_case(an, "sample", "Qua HTTP", agency="A")["id"]
    status, listed = get("/cases?whose=unowned&q=qua", signed)
    assert (status, [item["id"] for item in listed["cases"]]) == (200, [case])
    assert post(f"/cases/{case}/assign", {}, signed)[1]["owner_id"] == an.actor_id
    assert post(f"/cases/{case}/move", {"move": "start", "expected_version": 2}, signed)[0] == 200
    status, told = post(f"/cases/{case}/move", {"move": "close", "expected_version": 2}, signed)
    assert (status, told["code"]) == (409, "case_changed")
    assert post(f"/cases/{case}/comment", {"text": "xong"}, signed)[0] == 200
    assert len(get(f"/cases/{case}/timeline", signed)[1]) == 4
    assert post(f"/cases/{case}/hand-over", {"agency": "B", "note": "vì"}, signed)[1]["agency"] == "B"
    assert get("/cases/counts", signed)[1]["open"] == 0


def test_a_bulk_step_answers_for_each_case(an: Viewer, signed: dict[str, str]) -> None:
    first, second = (actions.open_case(an, "sample", "Nhiều", agency="A")["id"] for _ in range(2))
    actions.move(an, second, "close")
    status, answer = post("/cases/bulk/move", {"ids": [first, second, 999999], "move": "start"}, signed)
    assert (status, answer["done"]) == (200, 1)
    assert [item.get("problem", {}).get("status") for item in answer["results"]] == [None, 409, 404]


def test_strangers_and_other_agencies_are_refused(an: Viewer, binh: Viewer, signed: dict[str, str]) -> None:
    elsewhere = actions.open_case(binh, "sample", "Của B", agency="B")["id"]
    assert get("/cases", {})[0] == 401
    assert post(f"/cases/{elsewhere}/move", {"move": "start"}, {})[0] == 401
    assert get(f"/cases/{elsewhere}", signed)[0] == 404
    assert post(f"/cases/{elsewhere}/move", {"move": "start"}, signed)[0] == 404
    assert get("/cases?cursor=zzz", signed)[0] == 400


def test_types_are_public() -> None:
    assert "sample" in [item["id"] for item in get("/case-types", {})[1]]
