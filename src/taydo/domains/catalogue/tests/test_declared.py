"""What Cần Thơ declares itself: enough for a fresh city, and consistent in itself."""

from __future__ import annotations

import pytest

from taydo.domains.catalogue import public
from taydo.domains.catalogue.models import Declared, Procedure
from taydo.kernel import specs


def declared() -> dict[str, Procedure]:
    files = sorted((specs.city() / "procedures").glob("*.yaml"))
    return {one.code: one for path in files for one in specs.load(path, Declared).procedures}


def test_a_fresh_city_knows_150_procedures_of_every_level_by_name_and_source() -> None:
    known = declared()

    assert len(known) >= 150
    assert {one.level for one in known.values()} == {"commune", "city", "central"}
    assert all(one.title and one.title_en and one.source for one in known.values())


def test_papers_that_are_results_point_to_procedures_that_give_them() -> None:
    known = declared()
    wanted = {(code, paper.vault_kind) for one in known.values() for paper in one.papers for code in paper.result_of}

    assert {code for code, _ in wanted} <= set(known)
    assert all(kind for _, kind in wanted)


def test_what_is_not_wholly_online_says_why_and_same_day_has_its_hour() -> None:
    known = declared().values()

    assert all(one.online_reason for one in known if one.online != "whole")
    same_day = [one for one in known if any(way.deadline and way.deadline.working_days == 0 for way in one.channels)]
    assert {"2.000635", "2.000908"} <= {one.code for one in same_day}
    assert all(f"{one.cutoff:%H:%M}" == "15:00" for one in same_day if one.cutoff) and all(
        one.cutoff for one in same_day
    )


@pytest.mark.django_db
def test_everything_declared_has_somebody_who_takes_and_decides_it(town: None) -> None:
    for one in declared().values():
        assert public.receives(one, "31135") and public.decides(one, "31135"), one.code
