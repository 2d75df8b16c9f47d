from __future__ import annotations

import datetime as dt

import pytest

from taydo.domains.catalogue import actions, public
from taydo.kernel import specs
from taydo.kernel.actors import Viewer

HOUSE = Viewer.system("tests")


def declared(**changes):
    return public.Procedure.model_validate(
        {
            "code": "9.000001",
            "title": "Thử",
            "field": "Hộ tịch",
            "level": "commune",
            "source": "ours",
            "valid_from": "2026-01-01",
            **changes,
        }
    )


@pytest.mark.django_db
def test_each_day_has_the_version_that_held_on_it():
    actions.publish(HOUSE, "tests", [declared()])
    actions.publish(HOUSE, "tests", [declared(title="Thử mới", valid_from="2026-07-01")])

    assert public.on("9.000001", dt.date(2025, 12, 31)) is None
    first, second = public.on("9.000001", dt.date(2026, 6, 30)), public.on("9.000001", dt.date(2026, 7, 1))
    assert (first.spec.title, second.spec.title) == ("Thử", "Thử mới")
    assert public.version(first.version_id).title == "Thử"


@pytest.mark.django_db
def test_the_same_declaration_again_changes_nothing():
    assert len(actions.publish(HOUSE, "tests", [declared()])) == 1
    assert actions.publish(HOUSE, "tests", [declared()]) == []


@pytest.mark.django_db
def test_the_citys_own_procedures_load():
    assert actions.load(HOUSE, specs.city()) >= 6
    assert actions.load(HOUSE, specs.city()) == 0
    assert public.on("1.001193", dt.date(2026, 11, 25)).spec.channel("online").deadline.working_days == 0
