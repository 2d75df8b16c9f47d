"""One inbox over all types: order, pages, words without accents, and a cost that does not grow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from taydo.engines.cases import actions, queries, search
from taydo.engines.cases.casetype import Deadline
from taydo.engines.cases.queries import Filters
from taydo.engines.cases.tests.sample import official
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db


def many(viewer: Viewer, number: int) -> list[int]:
    """Cases whose deadlines come in an order that is not the order of opening; every fifth has none."""
    made = []
    for at in range(number):
        hours = Deadline(hours=24 + (at * 37) % number)
        made.append(actions.open_case(viewer, "sample", f"Việc {at}", agency=viewer.agency, deadline=hours)["id"])
    return made


def walk(viewer: Viewer, filters: Filters, size: int) -> list[int]:
    found, cursor = [], ""
    while True:
        page = queries.inbox(viewer, filters, cursor, size)
        found += [case["id"] for case in page.cases]
        if not (cursor := page.next):
            return found


@pytest.mark.parametrize("phase", ["open", "all"])
def test_pages_give_every_case_once_in_one_order(an: Viewer, phase: str) -> None:
    many(an, 23)
    whole = [case["id"] for case in queries.inbox(an, Filters(phase=phase), limit=100).cases]  # type: ignore[arg-type]
    assert walk(an, Filters(phase=phase), 5) == whole  # type: ignore[arg-type]
    assert len(set(whole)) == 23
    due = [case["due"] for case in queries.inbox(an, limit=100).cases]
    assert due == sorted(due)


def test_whole_city_and_several_agencies_see_the_same_order(an: Viewer, binh: Viewer) -> None:
    many(an, 7)
    many(binh, 6)
    city = Viewer.system("city")
    both = Viewer(an.actor_id, "both", "Cả hai", "official", "A", grants={"cases.see": frozenset(("A", "B"))})
    assert walk(both, Filters(), 4) == walk(city, Filters(), 4)
    assert len(walk(an, Filters(), 4)) == 7
    assert walk(both, Filters(agency="B"), 4) == walk(binh, Filters(), 4)


@pytest.mark.parametrize("phase", ["open", "all"])
def test_more_agencies_than_rows_on_a_page_still_give_the_first_of_all(phase: str) -> None:
    names = [f"M{number:02}" for number in range(40)]
    people = [official(name, name) for name in names]
    for at in range(120):
        agency = at * at % 7 if at % 3 else at % 40  # some have many, some few, and not in the order of their deadlines
        hours = Deadline(hours=24 + at * 37 % 113)
        actions.open_case(people[agency], "sample", f"Việc {at}", agency=names[agency], deadline=hours)
    everywhere = Viewer(1, "many", "Nhiều", "official", "M00", grants={"cases.see": frozenset(names)})

    found = walk(everywhere, Filters(phase=phase), 5)  # type: ignore[arg-type]

    assert found == walk(Viewer.system("city"), Filters(phase=phase), 5)  # type: ignore[arg-type]
    assert len(found) == 120


@pytest.mark.parametrize("near", [3, 8, 100])
@pytest.mark.parametrize("phase", ["open", "all"])
def test_search_finds_the_same_near_the_top_and_far_below(
    an: Viewer, phase: str, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(an, 18)
    lamps = [actions.open_case(an, "sample", f"Đèn đường hỏng {at}", agency="A", deadline=Deadline(hours=20 + at * 7 % 11))
             for at in range(12)]  # fmt: skip
    wanted = {lamp["id"] for lamp in lamps}
    monkeypatch.setattr(search, "NEAR", near)

    pages = walk(an, Filters(phase=phase, q="hong den duong"), 4)  # type: ignore[arg-type]

    in_order = [number for number in walk(an, Filters(phase=phase), 50) if number in wanted]  # type: ignore[arg-type]
    assert pages == in_order
    assert walk(Viewer.system("city"), Filters(phase=phase, q="ĐƯỜNG"), 4) == in_order  # type: ignore[arg-type]


def test_thirty_rows_cost_the_queries_of_one(an: Viewer) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            queries.inbox(an, limit=50)
            queries.counts(an)
        return len(captured)

    many(an, 1)
    one = cost()
    many(an, 29)
    assert cost() == one == 2


def test_words_are_found_with_and_without_accents(an: Viewer) -> None:
    titles = ["Độ mặn tại Vàm Cống vượt ngưỡng", "Đèn đường hỏng ở Cái Răng", "PM2.5 tức thời rất cao"]
    for title in titles:
        actions.open_case(an, "sample", title, agency="A")

    def hits(q: str) -> list[str]:
        return [case["title"] for case in queries.inbox(an, Filters(q=q)).cases]

    assert hits("do man vam") == hits("ĐỘ MẶN") == [titles[0]]
    assert hits("den cai rang") == [titles[1]]
    assert hits("100%") == [] and hits("pm2.5") == [titles[2]]
    code = queries.inbox(an).cases[0]["code"]
    assert len(hits(code.lower())) == 1


def test_mine_unowned_late_and_done_are_what_they_say(an: Viewer) -> None:
    first, second, third = many(an, 3)
    actions.take(an, first)
    actions.move(an, third, "close")
    assert [case["id"] for case in queries.tasks(an)] == [first]
    assert walk(an, Filters(whose="unowned"), 9) == [second]
    assert walk(an, Filters(phase="done"), 9) == [third]
    counts = queries.counts(an)
    assert (counts["open"], counts["mine"], counts["unowned"], counts["done"]) == (2, 1, 1, 1)
    with clock.at(datetime(2036, 1, 1, tzinfo=UTC)):
        assert len(walk(an, Filters(due="late"), 9)) == 2


@pytest.mark.parametrize("cursor", ["x", "W10=", "WzEsMl0=", "bnVsbA=="])
def test_a_cursor_that_is_not_ours_is_refused(an: Viewer, cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        queries.inbox(an, cursor=cursor)
    assert refused.value.status == 400
