from __future__ import annotations

import io
import json
import uuid

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.engines.forms import actions, editing, prefill, queries, rules
from taydo.engines.forms.declared import Form
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

FORMS = sorted(queries.declared())
GOOD = {
    "text": "Nguyễn Thị Sông Hậu", "long": "Xin xác nhận", "number": 2, "money": 1_000_000, "date": "1990-05-01", "yes_no": True, "citizen_number": "092090000123",
    "tax_code": "0100047516", "phone": "0912345678", "email": "a@b.vn", "commune": "31135", "files": [str(uuid.UUID(int=7))],
}  # fmt: skip
BAD = {
    "text": "x" * 5000, "long": "x" * 5000, "number": "hai", "money": -1, "date": "31/02/2020", "choice": "khác hẳn", "yes_no": "có lẽ", "citizen_number": "12",
    "tax_code": "1", "phone": "gọi", "email": "a", "commune": "?", "rows": [{}],
}  # fmt: skip


def citizen(number: int = 101) -> Viewer:
    return Viewer(number, f"citizen{number}", "Sông Hậu", "person")


def good(field, schema):
    if field.widget == "rows":
        return [{one.name: good(one, schema["items"]["properties"][one.name]) for one in field.rows}]
    if field.widget in ("choice", "choices"):
        return field.choices[0].value if field.widget == "choice" else [field.choices[0].value]
    if field.widget in ("number", "money"):
        return max(GOOD[field.widget], schema.get("minimum", 0))
    return "5610" if schema.get("pattern") == "^[0-9]{4}$" else GOOD[field.widget]


def least(form: Form) -> dict:
    """The smallest set of answers that should do: what is required and asked."""
    answers: dict = {}
    for field in form.fields():
        asked = {one.name for one in rules.shown(form, answers)} | ({field.name} if field.show_when is None else set())
        if field.name in form.schema_["required"] and (field.name in asked or field.show_when.holds(answers)):
            answers[field.name] = good(field, form.schema_["properties"][field.name])
    return answers


@pytest.mark.parametrize("name", FORMS)
def test_every_form_takes_its_least_answer(name):
    form = queries.declared()[name]

    assert rules.faults(form, least(form)) == []
    assert rules.readable(form, least(form))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_refuses_each_broken_or_missing_field_and_names_it(name):
    form = queries.declared()[name]
    full = least(form)

    for field in rules.shown(form, full):
        if field.name in form.schema_["required"]:
            found = rules.faults(form, full | {field.name: ""})
            assert field.name in {fault.path for fault in found}, field.name
        if field.widget in BAD:
            found = rules.faults(form, full | {field.name: BAD[field.widget]})
            assert any(fault.path.split(".")[0] == field.name for fault in found), field.name
            assert all(fault.vi and fault.en and "'" not in fault.vi for fault in found)


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_answer_however_strange_breaks_a_form(name, data):
    form = queries.declared()[name]
    value = st.one_of(
        st.none(),
        st.text(max_size=20),
        st.integers(),
        st.booleans(),
        st.lists(st.dictionaries(st.text(max_size=4), st.integers()), max_size=2),
    )

    answers = {field.name: data.draw(value) for field in form.fields()}

    assert all(fault.path for fault in rules.faults(form, answers))
    assert set(rules.kept(form, answers)) <= set(answers)


def test_a_question_that_fell_away_is_neither_asked_nor_kept():
    form = queries.declared()["birth_registration"]
    answers = least(form) | {"father_named": False, "father_name": "Trần Văn A", "father_number": "không phải số"}

    assert rules.faults(form, answers) == []
    assert "father_name" not in rules.kept(form, answers)


@pytest.mark.django_db
def test_a_draft_is_prefilled_kept_sealed_and_only_its_owners(monkeypatch):
    monkeypatch.setitem(
        prefill.SOURCES,
        "identity",
        lambda viewer: {"name": prefill.Filled(viewer.name, "Lấy từ tài khoản", "From your account")},
    )
    draft = actions.begin(citizen(), "birth_registration", about_what=("procedure", "1.001193"), done_href="/done")
    actions.save(citizen(), draft, {"child_name": "  Trần Lúa Vàng ", "copies": "2"})

    found = queries.draft(citizen(), draft)
    assert (found.answers["applicant_name"], found.answers["child_name"], found.answers["copies"]) == (
        "Sông Hậu",
        "Trần Lúa Vàng",
        2,
    )
    assert found.sources["applicant_name"]["vi"] == "Lấy từ tài khoản"
    assert (
        actions.begin(citizen(), "birth_registration", about_what=("procedure", "1.001193"), done_href="/done") == draft
    )
    with pytest.raises(Problem):
        queries.draft(citizen(202), draft)
    assert "Lúa Vàng" not in str(sql.row("SELECT * FROM forms_draft"))
    actions.save(citizen(), draft, {"applicant_name": "Sông Hậu Hai"})
    assert "applicant_name" not in queries.draft(citizen(), draft).sources


@pytest.mark.django_db
def test_finishing_names_every_fault_and_then_gives_the_answers():
    draft = actions.begin(citizen(), "general", about_what=("procedure", "x"), done_href="/done")
    with pytest.raises(Problem) as wrong:
        actions.complete(citizen(), draft)
    assert {"commune", "request", "applicant_number"} <= set(wrong.value.fields)

    actions.save(citizen(), draft, least(queries.current("general")))
    assert actions.complete(citizen(), draft)["request"] == "Xin xác nhận"
    with pytest.raises(Problem):
        actions.save(citizen(), draft, {"request": "muộn rồi"})


@pytest.mark.django_db
def test_a_file_goes_into_its_field_and_a_hostile_one_does_not(settings, tmp_path):
    settings.TAYDO_HOME = str(tmp_path)
    draft = actions.begin(citizen(), "general", about_what=("procedure", "x"), done_href="/done")
    kept = actions.send_file(citizen(), draft, "papers", io.BytesIO(b"xin chao"), "don.txt")

    assert queries.draft(citizen(), draft).answers["papers"] == [str(kept.id)]
    for hostile in (b"<script>alert(1)</script>", b"MZ" + b"\0" * 60, b"#!/bin/sh\n"):
        with pytest.raises(Problem):
            actions.send_file(citizen(), draft, "papers", io.BytesIO(hostile), "anh.jpg")
    actions.take_file_out(citizen(), draft, "papers", str(kept.id))
    assert queries.draft(citizen(), draft).answers["papers"] == []


@pytest.mark.django_db
def test_a_version_saved_on_screen_holds_from_its_day_and_drafts_keep_theirs():
    form = queries.current("general")
    draft = actions.begin(citizen(), "general", about_what=("procedure", "x"), done_href="/done")
    lines = [
        *editing.rows_of(form),
        dict.fromkeys(editing.CELLS, "")
        | {"name": "deadline_wish", "page": "what", "vi": "Cần trước ngày", "en": "Needed by", "widget": "date"},
    ]
    changed = editing.built(form, lines)
    assert editing.changes(form, changed) == [("deadline_wish", "new")]

    actions.save_version(Viewer.system("tests"), json.loads(changed.text), clock.today(), "thêm ngày cần")
    assert queries.current("general").field("deadline_wish") is not None
    assert queries.draft(citizen(), draft).form.field("deadline_wish") is None
    queries.forget()


def test_the_table_of_a_form_gives_the_same_form_back():
    for form in queries.declared().values():
        assert editing.changes(form, editing.built(form, editing.rows_of(form))) == []


def test_a_condition_must_look_back():
    form = queries.declared()["birth_registration"]
    lines = editing.rows_of(form)
    lines[0]["when_field"], lines[0]["when_is"] = "copies", "2"
    with pytest.raises(Problem) as wrong:
        editing.built(form, lines)
    assert "does not come before" in wrong.value.en


@pytest.mark.django_db
def test_the_schema_is_given_to_integrators_as_json_schema():
    shown = Client().get("/api/v1/forms/marital_status").json()

    assert shown["schema"]["$schema"].endswith("2020-12/schema")
    assert (
        Client()
        .post("/api/v1/forms/general/check", json.dumps({"answers": {}}), content_type="application/json")
        .json()["good"]
        is False
    )
