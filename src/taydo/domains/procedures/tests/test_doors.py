"""The same dossier over HTTP: filed with files, followed by strangers, worked by officials."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from taydo.kernel import clock, credentials, sql
from taydo.kernel.models import Actor, Grant

from .conftest import ANSWERS, PERSON, WARD, WARD_AGENCY
from .test_handling import PDF

pytestmark = pytest.mark.django_db


def somebody(username, role="citizen", scope="*", kind="official"):
    """A signed-in client of an account with a role of the city."""
    actor = Actor.objects.create(
        username=username, name=username.title(), kind=kind, agency="" if scope == "*" else scope, password="!"
    )
    Grant.objects.create(actor=actor, role=role, scope=scope)
    return Client(headers={"Authorization": f"Bearer {credentials.issue_token(actor.id)}"})


def body(procedure="1.004873", **more):
    return {
        "procedure": procedure,
        "unit_code": WARD,
        "applicant": {"name": PERSON.name, "number": PERSON.number},
        "answers": ANSWERS.get(procedure, {}),
        **more,
    }


def post(client, path, given=None):
    return client.post(f"/api/v1/dossiers{path}", json.dumps(given or {}), content_type="application/json")


def filed(client):
    papers = {"body": json.dumps(body()), "papers": ["divorce", "divorce"],
              "uploads": [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]}  # fmt: skip
    answer = client.post("/api/v1/dossiers/with-files", papers)
    assert answer.status_code == 200, answer.content
    return answer.json()["code"]


def test_from_filing_with_files_to_approval_over_http(town):
    citizen, clerk, head = (
        somebody("an", kind="person"),
        somebody("quay", "clerk", WARD_AGENCY),
        somebody("chu-tich", "head", WARD_AGENCY),
    )
    code = filed(citizen)
    assert len(citizen.get(f"/api/v1/dossiers/{code}/files").json()) == 2

    assert post(clerk, f"/{code}/receive").json()["national"] == 2
    assert post(clerk, f"/{code}/step", {"move": "check"}).status_code == 403
    assert post(head, f"/{code}/step", {"move": "check"}).json()["national"] == 4
    assert post(head, f"/{code}/approve").json()["state"] == "signing"
    form = citizen.get(f"/api/v1/dossiers/{code}").json()["forms"][0]
    assert citizen.get(f"/api/v1/dossiers/{code}/forms/{form['id']}").content.startswith(b"%PDF")
    assert [one["code"] for one in citizen.get("/api/v1/dossiers").json()["dossiers"]] == [code]


def test_a_stranger_learns_how_far_it_is_and_nothing_else(town):
    code = filed(somebody("an", kind="person"))
    nobody, other, away = Client(), somebody("binh", kind="person"), somebody("xa-khac", "head", "H13.31120")

    assert set(nobody.get(f"/api/v1/dossiers/follow/{code}").json()) == {"code", "national", "state_word"}
    for client in (nobody, other, away):
        for path in ("", "/files", "/control-slip"):
            assert client.get(f"/api/v1/dossiers/{code}{path}").status_code in (401, 404), path
        assert post(client, f"/{code}/withdraw").status_code in (401, 403, 404)
    address = sql.value("SELECT '/files/' || id FROM files_file LIMIT 1")
    assert {client.get(address).status_code for client in (nobody, other, away)} == {404}
    assert post(away, f"/{code}/receive").status_code == 404


def test_answers_are_judged_by_the_form_whichever_door_they_come_by(town):
    answer = post(somebody("an", kind="person"), "", body(answers={"status": "divorced"}))

    assert answer.status_code == 422
    assert {"applicant_name", "spouse_name", "purpose"} <= set(answer.json()["fields"])


def test_a_file_that_is_none_is_refused_and_nothing_is_left(town):
    papers = {
        "body": json.dumps(body()),
        "papers": ["divorce"],
        "uploads": [SimpleUploadedFile("a.pdf", b"MZ\x90\x00 not a paper")],
    }

    assert somebody("an", kind="person").post("/api/v1/dossiers/with-files", papers).status_code == 422
    assert sql.value("SELECT (SELECT count(*) FROM procedures_dossier) + (SELECT count(*) FROM files_file)") == 0


def test_lists_cost_the_same_for_one_and_for_many(town):
    citizen, clerk = somebody("an", kind="person"), somebody("quay", "clerk", WARD_AGENCY)
    costs = []
    for number in (1, 6):
        while len(citizen.get("/api/v1/dossiers").json()["dossiers"]) < number:
            filed(citizen)
        with CaptureQueriesContext(connection) as spent:
            assert len(clerk.get("/api/v1/dossiers/work").json()["dossiers"]) == number
            costs.append(len(spent))
    assert costs[0] >= costs[1] > 0


def test_the_register_leaves_as_pdf_and_workbook(town):
    citizen, clerk = somebody("an", kind="person"), somebody("quay", "clerk", WARD_AGENCY)
    code = filed(citizen)
    post(clerk, f"/{code}/receive")
    asked = f"agency={WARD_AGENCY}&since={clock.today()}&until={clock.today()}"

    assert clerk.get(f"/api/v1/dossiers/register.pdf?{asked}").content.startswith(b"%PDF")
    book = b"".join(clerk.get(f"/api/v1/dossiers/register.xlsx?{asked}&names=true&purpose=In sổ cuối ngày"))
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert code in [cell.value for cell in sheet["B"]] and PERSON.name in [cell.value for cell in sheet["D"]]
    assert clerk.get(f"/api/v1/dossiers/register.xlsx?{asked}&names=true").status_code == 422
    assert citizen.get(f"/api/v1/dossiers/register.xlsx?{asked}").status_code == 403
