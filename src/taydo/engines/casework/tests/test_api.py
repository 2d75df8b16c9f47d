"""The work on cases over HTTP, by people with roles; strangers and other agencies find no door."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from taydo.kernel import actors, credentials, sql
from taydo.kernel.actors import Role, Viewer
from taydo.kernel.specs import Label

from .sample import VERBS, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(an: Viewer, binh: Viewer, chi: Viewer, monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, Any]:
    """Headers of An of H.1.2, of Bình of H.3, and of Chi who decides for H.1."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    permissions = [f"cases.{verb}" for verb in VERBS] + ["files.keep"]
    made = {"tester": Role(title=Label(vi="Thử", en="Test"), permissions=permissions)}
    made["head"] = Role(title=Label(vi="Trưởng", en="Head"), permissions=["cases.see", "cases.extend"])
    monkeypatch.setattr(actors, "roles", lambda: made)
    credentials.forget()
    sql.execute("UPDATE kernel_actor SET password = %(p)s", {"p": make_password("mat-khau-thu")})
    for who, role, scope in ((an, "tester", "H.1.2"), (binh, "tester", "H.3"), (chi, "head", "H.1.2")):
        sql.execute(
            "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(a)s, %(r)s, %(s)s)",
            {"a": who.actor_id, "r": role, "s": scope},
        )

    def header(name: str) -> dict[str, str]:
        return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{name}:mat-khau-thu".encode()).decode()}

    return {name: header(name) for name in ("an", "bình", "chi")} | {"nobody": {}}


def call(headers: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    text = json.dumps(body) if body is not None else ""
    answer = Client().generic(method, f"/api/v1/cases{path}", text, content_type="application/json", **headers)
    return answer.status_code, answer.json()


def test_a_question_more_time_a_merge_and_a_split_over_http(an: Viewer, signed: dict[str, Any]) -> None:
    me, other, head = signed["an"], signed["bình"], signed["chi"]
    case, twin = opened(an), opened(an)
    status, task = call(me, "POST", f"/{case}/tasks", {"agency": "H.3", "note": "Hỏi", "working_days": 2})
    assert status == 200
    assert [item["id"] for item in call(other, "GET", "")[1]["cases"]] == [task["id"]]
    assert call(me, "POST", f"/{case}/move", {"move": "close"})[1]["code"] == "tasks_open"
    assert call(other, "POST", f"/{task['id']}/move", {"move": "answer", "note": "Đáp"})[0] == 200
    assert call(me, "GET", f"/{case}/tasks")[1][0]["answer"] == "Đáp"

    status, asked = call(me, "POST", f"/{case}/extensions", {"reason": "Chờ", "working_days": 2})
    assert status == 200 and call(me, "GET", "/extensions")[0] == 403
    assert [item["id"] for item in call(head, "GET", "/extensions")[1]] == [asked["id"]]
    assert call(me, "POST", f"/extensions/{asked['id']}", {"granted": True})[0] == 403
    assert call(head, "POST", f"/extensions/{asked['id']}", {"granted": True})[0] == 200
    assert call(me, "GET", f"/{case}/extensions")[1][0]["state"] == "granted"

    assert call(me, "POST", f"/{case}/deadline-class", {"name": "urgent"})[0] == 200
    assert call(me, "GET", f"/{case}")[1]["deadline_word"] == "Khẩn"
    status, parts = call(me, "POST", f"/{case}/split", {"titles": ["Một", "Hai"], "note": "Khác nhau"})
    assert (status, len(parts)) == (200, 2)
    assert call(me, "POST", f"/{twin}/merge", {"into": case, "note": "Trùng"})[1]["merged_into"] == case
    assert {item["kind"] for item in call(me, "GET", f"/{case}/links")[1]} == {"split_into", "merged_from"}
    second = call(me, "POST", f"/{case}/tasks", {"agency": "H.3", "note": "Hỏi nữa"})[1]
    assert call(me, "POST", f"/{second['id']}/withdraw", {})[1]["state"] == "withdrawn"


def test_views_absences_and_figures_over_http(an: Viewer, binh: Viewer, signed: dict[str, Any]) -> None:
    me = signed["an"]
    opened(an)
    status, kept = call(me, "POST", "/filters", {"name": "Trễ", "filters": {"due": "late"}})
    assert status == 200 and call(me, "GET", "/filters")[1][0]["filters"]["due"] == "late"
    assert call(me, "DELETE", f"/filters/{kept['id']}")[1] == {"dropped": True}
    assert call(me, "POST", "/absences", {"since": "2026-01-01", "until": "2026-01-02", "deputy_id": 1})[0] == 422
    far = {"since": "2030-01-01", "until": "2030-01-02"}
    assert call(me, "POST", "/absences", {**far, "deputy_id": binh.actor_id})[1]["code"] == "cannot_stand_in"
    assert call(me, "GET", "/absences")[1] == [] and call(me, "DELETE", "/absences")[1] == {"ended": 0}
    assert [item["opened"] for item in call(me, "GET", "/figures?by=month&since=2020-01-01")[1]] == [1]
    assert call(me, "GET", "/figures?by=colour")[0] == 422


def test_a_file_is_attached_listed_and_served_to_who_sees_the_case(an: Viewer, signed: dict[str, Any]) -> None:
    case = opened(an)
    file = SimpleUploadedFile("quyet dinh.pdf", b"%PDF-1.7\n", "application/pdf")
    answer = Client().post(f"/api/v1/cases/{case}/attachments", {"file": file, "public": "true"}, **signed["an"])
    assert answer.status_code == 200, answer.content
    kept = answer.json()
    assert [item["id"] for item in call(signed["an"], "GET", f"/{case}/attachments")[1]] == [kept["id"]]
    for who, status in (("an", 200), ("bình", 404), ("nobody", 404)):
        served = Client().get(kept["address"], **signed[who])
        assert served.status_code == status
        assert "public" not in served.headers.get("Cache-Control", "")
    assert call(signed["bình"], "GET", f"/{case}/attachments")[0] == 404
    file = SimpleUploadedFile("x.pdf", b"%PDF-1.7\n", "application/pdf")
    around = Client().post(
        "/api/v1/files", {"file": file, "object_kind": "case", "object_id": str(case)}, **signed["an"]
    )
    assert (around.status_code, around.json()["code"]) == (422, "attach_there")


def test_strangers_and_other_agencies_find_no_door(an: Viewer, signed: dict[str, Any]) -> None:
    case = opened(an)
    bodies = {
        "tasks": {"agency": "H.4", "note": "Hỏi"}, "extensions": {"reason": "Chờ", "working_days": 1}, "merge": {"into": 1},
        "split": {"titles": ["Một"], "note": "Vì"}, "withdraw": {}, "deadline-class": {"name": "urgent"},
    }  # fmt: skip
    for path, body in bodies.items():
        assert call(signed["nobody"], "POST", f"/{case}/{path}", body)[0] == 401, path
        assert call(signed["bình"], "POST", f"/{case}/{path}", body)[0] in (404, 422), path
    for path in ("tasks", "extensions", "links"):
        assert call(signed["bình"], "GET", f"/{case}/{path}") == (200, [])
    assert sql.value("SELECT count(*) FROM cases_event") == 1


def test_types_leave_as_bpmn() -> None:
    answer = Client().get("/api/v1/case-types/sample.bpmn")
    assert answer.status_code == 200 and b"BPMNDiagram" in answer.content
    assert Client().get("/api/v1/case-types/none.bpmn").status_code == 422
