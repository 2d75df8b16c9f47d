from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.domains.catalogue import public, rules
from taydo.domains.catalogue.actions import publishing
from taydo.domains.catalogue.models import Procedure
from taydo.engines.search import queries as search
from taydo.kernel import clock, specs
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

HOUSE = Viewer.system("tests")
DAY = dt.date(2026, 6, 1)
NOON = dt.datetime(2026, 7, 1, 5, tzinfo=dt.UTC)


def declared(**changes: object) -> Procedure:
    given = {
        "code": "9.000001", "title": "Thử", "field": "Thử", "level": "commune", "source": "tests", "valid_from": "2026-01-01",
        "channels": [{"id": "online", "deadline": {"working_days": 3}}],
    }  # fmt: skip
    return Procedure.model_validate(given | changes)


@pytest.mark.django_db
def test_a_new_version_ends_the_one_before_and_changes_nothing_of_it() -> None:
    with clock.at(NOON):
        publishing.publish(HOUSE, "city", [declared()])
        first = public.on("9.000001", dt.date(2026, 7, 1))
        publishing.publish(HOUSE, "city", [declared(title="Thử mới", channels=[], valid_from="2026-08-01")])

    before, after = public.on("9.000001", dt.date(2026, 7, 31)), public.on("9.000001", dt.date(2026, 8, 1))
    assert before and after and first and (before.spec.title, after.spec.title) == ("Thử", "Thử mới")
    assert public.version(first.version_id).channels == first.spec.channels
    assert public.version(first.version_id).valid_to == dt.date(2026, 8, 1)
    assert public.on("9.000001", dt.date(2025, 12, 31)) is None


@pytest.mark.django_db
def test_a_change_without_a_later_day_holds_from_today_and_the_past_stays_as_it_was() -> None:
    with clock.at(NOON):
        publishing.publish(HOUSE, "city", [declared()])
        assert publishing.publish(HOUSE, "city", [declared()]) == []
        changed = publishing.publish(HOUSE, "city", [declared(title="Đổi")])

    assert [one["valid_from"] for one in changed] == [dt.date(2026, 7, 1)]
    yesterday = public.on("9.000001", dt.date(2026, 6, 30))
    assert yesterday and yesterday.spec.title == "Thử"


@pytest.mark.django_db
def test_a_list_overrules_neither_the_city_nor_an_official() -> None:
    with clock.at(NOON):
        publishing.publish(HOUSE, "city", [declared()])
        assert publishing.publish(HOUSE, "import", [declared(title="Của danh sách", valid_from="2026-07-01")]) == []
        publishing.publish(HOUSE, "edit", [declared(title="Sửa", valid_from="2026-07-01")])
        assert publishing.publish(HOUSE, "city", [declared()]) == []


@pytest.mark.django_db
def test_what_is_in_force_is_found_without_accents() -> None:
    publishing.publish(HOUSE, "city", [declared(title="Cấp giấy thử nghiệm đặc biệt")])

    assert [hit.id for hit in search.find("giay thu nghiem dac biet", kinds=("procedure",)).hits] == ["9.000001"]


@pytest.mark.django_db
def test_who_decides_and_receives_is_derived(town: None) -> None:
    assert public.decides(declared(), "31135") == public.receives(declared(), "31135") != "H13"
    justice = declared(decides="field:justice", receives="H13.24")
    assert (public.decides(justice, "31135"), public.receives(justice, "31135")) == ("H13.03", "H13.24")
    with pytest.raises(Problem):
        public.decides(declared(decides="H99.99"), "31135")


@pytest.mark.django_db
def test_the_citys_folder_is_loaded_once() -> None:
    assert publishing.load(HOUSE, specs.city()) >= 150
    assert publishing.load(HOUSE, specs.city()) == 0


DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(DAYS, st.sampled_from("ABC"), st.sampled_from(["import", "city", "edit"]), DAYS), max_size=12),
    DAYS,
)
def test_at_most_one_version_holds_on_any_day_and_no_day_gone_by_changes(
    steps: list[tuple[dt.date, str, str, dt.date]], asked: dt.date
) -> None:
    versions: list[rules.Known] = []
    for number, (today, content, origin, declared_from) in enumerate(sorted(steps), 1):
        before = rules.holds(versions, min(asked, today - dt.timedelta(days=1)))
        new = rules.Known(0, "x", origin, content, declared_from)
        begins = rules.begins(new, versions, today)
        if begins is not None:
            had = bool(versions)
            versions = [
                rules.Known(v.id, v.code, v.origin, v.hash, v.valid_from, begins)
                if v.valid_from < begins and (v.valid_to is None or v.valid_to > begins) else v for v in versions
            ]  # fmt: skip
            versions.append(rules.Known(number, "x", origin, content, begins))
            after = rules.holds(versions, min(asked, today - dt.timedelta(days=1)))
            assert not had or (after.id if after else None) == (before.id if before else None)
        assert rules.begins(new, versions, today) is None or origin != versions[-1].origin

    holding = [v for v in versions if v.valid_from <= asked and (v.valid_to is None or v.valid_to > asked)]
    assert len(holding) <= 1
    assert len({v.valid_from for v in versions}) == len(versions)
