from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client

from taydo.engines.prechecks import actions, declared, queries, rules
from taydo.kernel import specs
from taydo.kernel.actors import Viewer

HOUSE = Viewer.system("tests")
GOOD = {
    "business_name": "Hộ kinh doanh Bánh Cống Cô Út", "commune": "31135", "citizen_number": "092090000123", "born_on": "1990-05-01",
    "sex": "male", "business_lines": [{"code": "5610"}], "capital_vnd": 50_000_000,
}  # fmt: skip
DECLARED = """
id: trial
title: {vi: Thử, en: Trial}
procedures: ["9.000001"]
source: ours
checks:
  - {check: business_name, field: business_name, options: {kind: household}}
  - {check: name_not_taken, field: business_name, options: {kind: household, register: household, place_field: commune}}
  - {check: holds_none_yet, field: citizen_number, options: {register: household}}
  - {check: adult, field: born_on}
  - {check: number_agrees, field: citizen_number, severity: note, options: {born_field: born_on, sex_field: sex}}
  - {check: business_lines, field: business_lines, severity: missing}
  - {check: least, field: capital_vnd, options: {amount: 1}}
"""


@pytest.fixture
def trial(monkeypatch):
    one = specs.parse(DECLARED, declared.Precheck, "trial.yaml")
    monkeypatch.setattr(queries, "declared", lambda: {"9.000001": (one,)})


@pytest.mark.django_db
def test_a_good_request_hears_nothing(trial):
    assert queries.run("9.000001", GOOD) == []
    assert queries.run("9.999999", {}) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broken", "field", "severity"),
    [
        ({"business_name": "Bánh Cống Cô Út"}, "business_name", "wrong"),
        ({"business_name": "Hộ kinh doanh Công ty Cô Út"}, "business_name", "wrong"),
        ({"business_name": "Hộ kinh doanh Hải quan Cô Út"}, "business_name", "wrong"),
        ({"born_on": "2015-05-01", "citizen_number": "092215000123"}, "born_on", "wrong"),
        ({"born_on": "hôm qua"}, "born_on", "wrong"),
        ({"sex": "female"}, "citizen_number", "note"),
        ({"business_lines": []}, "business_lines", "missing"),
        ({"business_lines": [{"code": "0410"}]}, "business_lines", "missing"),
        ({"business_lines": ["5610", "5610"]}, "business_lines", "missing"),
        ({"capital_vnd": 0}, "capital_vnd", "wrong"),
    ],
)
def test_each_fault_is_told_at_its_field(trial, broken, field, severity):
    found = queries.run("9.000001", GOOD | broken)

    assert (field, severity) in {(one.field, one.severity) for one in found}
    assert queries.stops(found) == (severity != "note")
    assert all(one.vi and one.en for one in found)


@pytest.mark.django_db
def test_a_name_taken_in_the_commune_is_refused_there_and_free_elsewhere(trial):
    row = {"name": "Hộ kinh doanh Bánh Cống Cô Út", "place": "31135", "holder": "092080000001", "source": "H13-1"}
    assert actions.keep(HOUSE, "household", "household", [row]) == 1
    assert actions.keep(HOUSE, "household", "household", [row]) == 0

    confusable = queries.run("9.000001", GOOD | {"business_name": "Hộ kinh doanh Bánh Cống Cô Út 2"})
    elsewhere = queries.run("9.000001", GOOD | {"commune": "31120"})
    same_holder = queries.run("9.000001", GOOD | {"commune": "31120", "citizen_number": "092080000001", "born_on": ""})

    assert [one.check for one in confusable] == ["name_not_taken"] and "Cô Út" in confusable[0].vi
    assert elsewhere == []
    assert [one.check for one in same_holder] == ["holds_none_yet"]


@pytest.mark.django_db
def test_integrators_ask_over_http_and_nothing_is_kept(trial):
    answer = Client().post(
        "/api/v1/prechecks/9.000001",
        json.dumps({"answers": GOOD | {"capital_vnd": -5}}),
        content_type="application/json",
    )

    assert answer.status_code == 200
    assert answer.json()["may_file"] is False
    assert [one["field"] for one in answer.json()["remarks"]] == ["capital_vnd"]


def test_a_declaration_names_a_check_that_exists():
    with pytest.raises(specs.SpecError, match=r"x.yaml:\d+: .*no check named weather"):
        specs.parse(DECLARED.replace("check: adult", "check: weather"), declared.Precheck, "x.yaml")


def test_every_declaration_of_the_city_is_read():
    assert all(one.checks for group in declared.declared().values() for one in group)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0100047516", True),
        ("0100047517", False),
        ("0100047516-001", True),
        ("0100047516-000", False),
        ("092190000123", True),
        ("x", False),
    ],
)
def test_tax_codes_are_checked_by_their_last_digit(text, right):
    assert (rules.tax_code(text) is None) is right


def test_age_turns_on_the_birthday():
    assert rules.at_least_years("2008-11-25", 18, dt.date(2026, 11, 25)) is None
    assert rules.at_least_years("2008-11-26", 18, dt.date(2026, 11, 25)) is not None
