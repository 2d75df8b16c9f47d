"""One predicate: what one door hides no other shows, also not the doors to files, counts, search and figures."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from taydo.engines.cases import actions, queries
from taydo.engines.cases.queries import Filters
from taydo.engines.files import queries as files
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .sample import official

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")
AGENCIES = ["A", "A.1", "B", "C"]
WHOLE_CITY = frozenset("*")
SCOPES = st.just(WHOLE_CITY) | st.frozensets(st.sampled_from([*AGENCIES, "*", "thing:A"]), max_size=3)
PLAIN: dict[str, Any] = {
    "agency": "A",
    "chain": [],
    "restricted": False,
    "public": False,
    "asker_id": None,
    "owner": None,
    "done": False,
}
KINDS = [PLAIN, PLAIN | {"restricted": True}, PLAIN | {"restricted": True, "owner": 501}, PLAIN | {"chain": ["B"], "restricted": True},
         PLAIN | {"public": True}, PLAIN | {"public": True, "restricted": True}, PLAIN | {"asker_id": 501}]  # fmt: skip
CASES = st.lists(
    st.fixed_dictionaries({
        "agency": st.sampled_from(AGENCIES), "chain": st.lists(st.sampled_from(AGENCIES), max_size=2), "restricted": st.booleans(),
        "public": st.booleans(), "asker_id": st.sampled_from([None, 501, 502]), "owner": st.sampled_from([None, 501, 502]),
        "done": st.booleans(),
    }),
    min_size=1, max_size=6,
)  # fmt: skip


def viewer(agency: str, scopes: frozenset[str], actor: int | None = 501) -> Viewer:
    return Viewer(actor, "v", "V", "official", agency, grants={"cases.see": scopes} if scopes else {})


def plainly(who: Viewer, case: dict[str, Any]) -> bool:
    """The rule in plain words, written a second time."""
    scopes = who.grants.get("cases.see", frozenset())
    if not scopes:
        return False
    named = (scopes - {"*"}) | ({who.agency} if "*" in scopes else set())
    had = {case["agency"], *case["chain"]}
    own = who.actor_id is not None and case["owner"] == who.actor_id
    return bool(had & named) or own or ("*" in scopes and not case["restricted"])


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the block writes is taken back, so that the next example finds an empty house."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def open_one(case: dict[str, Any]) -> int:
    options = {name: case[name] for name in ("agency", "chain", "restricted", "public", "asker_id")}
    made = int(actions.open_case(HOUSE, "sample", "Chuyện riêng", **options)["id"])
    if case["done"]:
        actions.move(HOUSE, made, "close")
    sql.execute("UPDATE cases_case SET owner_id = %(o)s WHERE id = %(id)s", {"o": case["owner"], "id": made})
    return made


def shown(who: Viewer, case_id: int) -> bool:
    """Whether the one case opens; its timeline, its files and every write say the same."""
    answers = set()
    for door in (
        lambda: queries.case(who, case_id),
        lambda: queries.timeline(who, case_id),
        lambda: queries.attachments(who, case_id),
    ):
        try:
            door()
            answers.add(True)
        except Problem as problem:
            assert problem.status == 404
            answers.add(False)
    assert len(answers) == 1
    return answers.pop()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(KINDS, WHOLE_CITY, "")
@example(KINDS, WHOLE_CITY, "B")
@example(KINDS, frozenset(("B",)), "A")
@given(CASES, SCOPES, st.sampled_from([*AGENCIES, ""]))
def test_what_one_door_hides_no_other_shows(
    db: None, cases: list[dict[str, Any]], scopes: frozenset[str], agency: str
) -> None:
    with undone():
        _compare_doors(cases, viewer(agency, scopes), scopes, agency)


def _compare_doors(cases: list[dict[str, Any]], who: Viewer, scopes: frozenset[str], agency: str) -> None:
    ids = {open_one(case): case for case in cases}
    seen = {number for number, case in ids.items() if plainly(who, case)}

    assert {number for number in ids if shown(who, number)} == seen
    everything = {item["id"] for item in queries.inbox(who, Filters(whose="seen", phase="all"), limit=200).cases}
    assert everything == seen
    found = {
        item["id"] for item in queries.inbox(who, Filters(whose="seen", phase="all", q="chuyen rieng"), limit=200).cases
    }
    assert found == seen
    for filters in (
        Filters(),
        Filters(phase="all"),
        Filters(whose="mine"),
        Filters(whose="unowned"),
        Filters(q="chuyen"),
    ):
        assert {item["id"] for item in queries.inbox(who, filters, limit=200).cases} <= seen
    in_hand = {item["id"] for item in queries.inbox(who, Filters(), limit=200).cases}
    assert queries.counts(who)["open"] == len(in_hand)
    assert in_hand == {
        number for number in seen if not ids[number]["done"] and ("*" in scopes or ids[number]["agency"] in scopes)
    }
    for number in ids.keys() - seen:
        with pytest.raises(Problem) as hidden:
            actions.comment(Viewer(501, "v", "V", "official", agency, grants=dict.fromkeys(("cases.see", "cases.comment"), scopes)),
                            number, "Dò thử")  # fmt: skip
        assert hidden.value.status in (401, 403, 404)
        assert scopes == frozenset() or hidden.value.status == 404


FILES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(KINDS, [(n, n > 3) for n in range(7)], WHOLE_CITY, 501)
@example(KINDS, [(n, True) for n in range(7)], frozenset(), None)
@given(CASES, FILES, SCOPES, st.sampled_from([501, 502, None]))
def test_a_file_opens_to_the_chain_and_if_public_to_the_asker_and_with_a_public_case_to_all(
    db: None, cases: list[dict[str, Any]], about: list[tuple[int, bool]], scopes: frozenset[str], actor: int | None
) -> None:
    with undone():
        _compare_files(cases, about, scopes, actor)


def _compare_files(
    cases: list[dict[str, Any]], about: list[tuple[int, bool]], scopes: frozenset[str], actor: int | None
) -> None:
    made = [(open_one(case), case) for case in cases]
    grants = {"cases.see": scopes, "files.see": frozenset("*")} if scopes else {"files.see": frozenset("*")}
    who = Viewer(actor, "v", "V", "official", "B", grants=grants)
    for at, public in about:
        case_id, case = made[at % len(made)]
        kept = actions.attach(HOUSE, case_id, io.BytesIO(b"%PDF-1.7\n"), "a.pdf", public)
        sql.execute("UPDATE files_file SET kept_by = 501")
        asked = actor is not None and case["asker_id"] == actor
        may = plainly(who, case) or (public and (asked or (case["public"] and not case["restricted"])))
        try:
            files.open_file(who, kept.id)
            opens = True
        except Problem as problem:
            assert problem.status == 404
            opens = False
        assert opens == may
        assert (kept.id in {item.id for item in files.files_of(who, "case", str(case_id))}) == opens


def test_everywhere_does_not_open_what_is_restricted_but_a_named_grant_and_the_owner_do(an: Viewer) -> None:
    case = int(actions.open_case(an, "sample", "Tố cáo", agency="A", restricted=True)["id"])
    everywhere = frozenset("*")
    city = Viewer(900, "city", "City", "official", "H", grants={"cases.see": everywhere, "cases.move": everywhere})
    for attempt in (lambda: queries.case(city, case), lambda: actions.move(city, case, "start")):
        with pytest.raises(Problem) as hidden:
            attempt()
        assert hidden.value.status == 404
    assert queries.inbox(city).cases == [] and queries.counts(city)["open"] == 0
    named = Viewer(901, "n", "N", "official", "H", grants={"cases.see": frozenset(("*", "A"))})
    own = Viewer(902, "o", "O", "official", "A", grants={"cases.see": everywhere})
    assert queries.case(named, case)["id"] == queries.case(own, case)["id"] == case
    assert queries.case(Viewer.system("any"), case)["restricted"]


def test_the_cost_does_not_grow_with_types_or_grants(an: Viewer) -> None:
    actions.open_case(an, "sample", "Một", agency="A")
    texts = []
    for scopes in (frozenset(("A",)), frozenset(f"X{n}" for n in range(500)) | {"A"}):
        who = Viewer(an.actor_id, "w", "W", "official", "A", grants={"cases.see": scopes})
        with CaptureQueriesContext(connection) as asked:
            assert len(queries.inbox(who, limit=20).cases) == 1
            queries.counts(who)
        assert len(asked) == 2
        texts.append(queries.may_see(who).text)
    assert texts[0] == texts[1]


def test_who_asked_sees_their_own_cases_and_the_lines_meant_for_them(an: Viewer) -> None:
    asker = official("Người dân", "", "none")
    mine = [
        int(actions.open_case(an, "sample", f"Việc {n}", agency="A", asker_id=asker.actor_id, note="nội bộ")["id"])
        for n in range(3)
    ]
    actions.open_case(an, "sample", "Của người khác", agency="A", asker_id=(asker.actor_id or 0) + 1)
    actions.comment(an, mine[0], "Chỉ nội bộ")
    actions.comment(an, mine[0], "Xin cảm ơn", public=True)
    actions.attach(HOUSE, mine[0], io.BytesIO(b"%PDF-1.7\n"), "tra loi.pdf", public=True)
    actions.attach(HOUSE, mine[0], io.BytesIO(b"%PDF-1.7\n"), "noi bo.pdf")

    first = queries.asked(asker, limit=2)
    assert [item["id"] for item in first.cases] == [mine[2], mine[1]]
    assert [item["id"] for item in queries.asked(asker, first.next, 2).cases] == [mine[0]]
    assert not {"owner_id", "priority", "escalated"} & first.cases[0].keys()
    assert queries.asked(Viewer.anonymous()).cases == []
    lines = queries.public_lines(mine[0])
    assert [(line["kind"], line["text"], line["agency"]) for line in lines] == [
        ("opened", "", "A"),
        ("commented", "Xin cảm ơn", "A"),
        ("attached", "tra loi.pdf", "A"),
    ]
    assert "An" not in str(lines)
    with pytest.raises(Problem):
        queries.case(asker, mine[0])


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_nothing_of_a_case_but_that_it_changed() -> None:
    an = official("An", "A")
    database = connection.get_connection_params()
    with psycopg.connect(**{name: database[name] for name in ("dbname", "user", "password", "host", "port") if name in database},
                         autocommit=True) as ear:  # fmt: skip
        ear.execute("LISTEN live")
        case = actions.open_case(an, "sample", "Tố cáo", agency="A", restricted=True)
        actions.move(an, case["id"], "start")
        actions.comment(an, case["id"], "Chuyện riêng")
        pushed = [json.loads(notice.payload)["data"] for notice in ear.notifies(timeout=2, stop_after=3)]
    assert pushed == [{"id": case["id"]}] * 3
