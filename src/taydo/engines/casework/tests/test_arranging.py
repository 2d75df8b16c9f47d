"""Views of the inbox are kept under names, each person's own."""

from __future__ import annotations

import pytest

from taydo.engines.cases.queries import Filters
from taydo.engines.cases.tests.test_verbs import problem
from taydo.engines.casework import actions, arranging, queries
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db


def test_a_view_is_kept_replaced_and_dropped_by_its_owner(an: Viewer, binh: Viewer) -> None:
    kept = actions.save_filter(an, "Trễ của tôi", Filters(whose="mine", due="late", subject=("old", "1")))
    assert actions.save_filter(an, "Trễ của tôi", {"whose": "mine", "due": "soon"}) == kept
    (view,) = queries.saved_filters(an)
    assert arranging.filters_of(view["filters"]) == Filters(whose="mine", due="soon")
    assert queries.saved_filters(binh) == []
    assert not actions.drop_filter(binh, kept)
    assert actions.drop_filter(an, kept)
    assert queries.saved_filters(an) == []


@pytest.mark.parametrize("wrong", [{"whose": "everybody"}, {"colour": "red"}, {"q": 1}, {"subject": ["a"]}])
def test_what_is_no_filter_is_refused(an: Viewer, wrong: dict[str, object]) -> None:
    with problem("not_a_filter"):
        actions.save_filter(an, "Sai", wrong)


def test_a_view_needs_a_name_and_somebody_who_sees_cases(an: Viewer) -> None:
    with problem("name_missing"):
        actions.save_filter(an, " ", {})
    with problem("sign_in_first"):
        actions.save_filter(Viewer.anonymous(), "Tên", {})
    for number in range(arranging.MOST):
        actions.save_filter(an, f"Bộ lọc {number}", {})
    with problem("too_many_filters"):
        actions.save_filter(an, "Thêm", {})
    assert actions.save_filter(an, "Bộ lọc 3", {"q": "đèn"})
