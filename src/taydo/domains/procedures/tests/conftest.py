from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from taydo.domains.procedures.actions.filing import Applicant, Given
from taydo.engines.signing.tests.conftest import authority, clockwork, stamped  # noqa: F401
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import LOADS
from taydo.kernel.specs import city

WARD = "31135"
WARD_AGENCY = f"H13.{WARD}"
PERSON = Applicant("Nguyễn Thị Sông Hậu", "092190000123", "0912345678", "", "12 Hai Bà Trưng")
MONDAY = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)  # 09:00 in Cần Thơ; Tuesday is a holiday
_WHO = {
    "commune": WARD,
    "applicant_name": PERSON.name,
    "applicant_number": PERSON.number,
    "applicant_address": PERSON.address,
}
ANSWERS = {
    "1.004873": {**_WHO, "status": "single", "purpose": "house"},
    "1.001193": {**_WHO, "relation": "mother", "child_name": "Nguyễn Văn Cá", "child_born_on": "2026-11-01", "child_sex": "male",
                 "birthplace": "Bệnh viện Phụ sản", "mother_name": PERSON.name, "father_named": False},
    "1.013225": {**_WHO, "address": "12 Hai Bà Trưng", "plot": "12", "sheet": "3", "plot_area_m2": 80, "kind": "house", "floors": 2,
                 "floor_area_m2": 120, "near_river": False, "designer": "Cty Thiết kế"},
}  # fmt: skip
PAPERS = {
    "1.001193": [Given("birth_note", "Giấy chứng sinh")],
    "1.004873": [],
    "1.013225": [Given("land", "GCN"), Given("drawings", "Bản vẽ")],
}


@pytest.fixture(scope="session")
def _city_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        for name in ("places", "directory", "catalogue"):
            LOADS[name].run(city())
        sql.execute("DELETE FROM kernel_outbox")  # other tests count what they themselves tell


@pytest.fixture
def town(_city_once, db):
    """The city's communes, agencies and procedures, loaded once."""


@pytest.fixture
def at_monday():
    with clock.at(MONDAY):
        yield


def official(username="clerk", agency=WARD_AGENCY, *permissions, actor_id=7):
    every = permissions or (
        "cases.see", "cases.move", "cases.take", "cases.ask_agency", "procedures.take_in", "procedures.receive", "procedures.refuse", "procedures.check",
        "procedures.approve", "procedures.ask_supplement", "procedures.take_supplement", "procedures.apologise", "procedures.stop", "procedures.finish",
        "procedures.return_result", "procedures.assign", "procedures.transfer", "procedures.accept", "procedures.consult", "procedures.ask_payment",
        "procedures.reveal", "procedures.see_register", "procedures.sign", "signing.sign",
    )  # fmt: skip
    grants = {name: frozenset({agency}) for name in every}
    return Viewer(actor_id, username, f"Cán bộ {username}", "official", agency, grants=grants)


def citizen(actor_id=101):
    return Viewer(actor_id, f"citizen{actor_id}", "Nguyễn Thị Sông Hậu", "person")


def head():
    one = official("head", actor_id=8)
    more = {name: frozenset({WARD_AGENCY}) for name in ("procedures.ask_again", "cases.extend")}
    return dataclasses.replace(one, grants={**one.grants, **more})
