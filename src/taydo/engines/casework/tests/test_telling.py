"""Who works on a case hears of it once, in their own account; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from taydo.engines.cases import actions as cases
from taydo.engines.casework import actions, jobs
from taydo.engines.notices import queries as notices
from taydo.kernel import actors, clock, events, panels, sql
from taydo.kernel.actors import Role, Viewer
from taydo.kernel.specs import Label

from .sample import MONDAY, VERBS, officer, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def em(an: Viewer, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    """A colleague of An; both stand in the tables with their rights."""
    role = Role(title=Label(vi="Thử", en="Test"), permissions=[f"cases.{verb}" for verb in VERBS])
    head = Role(title=Label(vi="Trưởng", en="Head"), permissions=["cases.see", "cases.extend"])
    monkeypatch.setattr(actors, "roles", lambda: {"tester": role, "head": head})
    monkeypatch.setattr("taydo.engines.casework.telling.roles", lambda: {"tester": role, "head": head})
    colleague = officer("Em", "H.1.2")
    for who in (an, colleague):
        grant(who, "tester", "H.1.2")
    return colleague


def grant(who: Viewer, role: str, scope: str) -> None:
    sql.execute(
        "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(a)s, %(r)s, %(s)s)",
        {"a": who.actor_id, "r": role, "s": scope},
    )


def heard(who: Viewer) -> list[str]:
    """Titles of the notices in somebody's account, the oldest first."""
    events.deliver_pending()
    found = sql.rows(
        """SELECT n.title_vi FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice_id
           JOIN notices_contact c ON c.id = d.contact_id WHERE c.actor = %(id)s ORDER BY n.id""",
        {"id": who.actor_id},
    )
    return [row["title_vi"] for row in found]


def test_who_is_given_a_case_hears_of_it_and_who_takes_one_does_not(
    an: Viewer, em: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(panels.PLACES, "case", ["/where/"])
    case = opened(an, "Đèn hỏng")
    cases.take(an, case)
    cases.assign(an, case, em.actor_id or 0)
    assert (heard(an), heard(em)) == ([], ["Bạn được giao một việc"])
    (shown,) = notices.mine(em)
    assert "Đèn hỏng" in str(shown) and shown["href"] == f"/where/{case}"


def test_lateness_and_its_levels_reach_owner_deputy_and_heads_once(an: Viewer, em: Viewer) -> None:
    head, above = officer("Trưởng", "H.1.2"), officer("Trên", "H.1")
    grant(head, "head", "H.1.2")
    grant(above, "head", "H.1")
    everywhere = officer("Khắp nơi", "H.1")
    grant(everywhere, "head", "*")
    with clock.at(MONDAY):
        case = opened(an, deadline="urgent")
        cases.take(an, case)
        cases.be_absent(an, MONDAY.date(), MONDAY.date() + timedelta(days=30), em.actor_id or 0)
    with clock.at(MONDAY + timedelta(days=20)):
        for _ in range(2):
            jobs.tell_late()
            jobs.tell_levels()
        first, second = "Trễ hạn, báo lên mức 1", "Trễ hạn, báo lên mức 2"
        assert heard(an) == heard(em) == ["Vụ việc của bạn đã trễ hạn", first, second]
        assert (heard(head), heard(above), heard(everywhere)) == ([first], [second], [])


def test_who_decides_hears_of_a_request_and_who_asked_of_the_decision(an: Viewer, em: Viewer) -> None:
    head = officer("Trưởng", "H.1.2", "extend")
    grant(head, "head", "H.1.2")
    case = opened(an)
    for granted in (False, True):
        request = actions.ask_more_time(an, case, "Chờ vật tư", working_days=1)
        actions.decide_more_time(head, request, granted, "Vì vậy")
    assert heard(head) == ["An xin gia hạn", "An xin gia hạn"]
    assert heard(an) == ["Không được gia hạn", "Đã được gia hạn"]


def test_the_owner_hears_an_answer_and_a_restricted_case_keeps_its_title_to_itself(
    an: Viewer, em: Viewer, binh: Viewer
) -> None:
    case = opened(an, "Tố cáo ông X", restricted=True)
    cases.take(an, case)
    task = actions.ask_agency(an, case, "H.3", "Hỏi")["id"]
    cases.move(binh, task, "answer", "Có thật")
    assert heard(an) == ["Cơ quan được hỏi đã trả lời"]
    assert (
        sql.value("SELECT count(*) FROM notices_notice WHERE body_vi LIKE '%%ông X%%' OR body_vi LIKE '%%Có thật%%'")
        == 0
    )
