"""A partner that is away, kills, lies or refuses: every message is there once and in order afterwards."""

from __future__ import annotations

import collections
import datetime as dt
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.engines.relay import actions, jobs, partners, queries, sending
from taydo.engines.relay.messages import Message, Outcome
from taydo.engines.relay.rules import FIRST_S, MOST_S, pause
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.jobs import REGULAR

SYSTEM = Viewer.system("test")
MORNING = dt.datetime(2026, 11, 25, 8, 0, tzinfo=clock.LOCAL)


class Outside:
    """A partner as programs outside are: keeps by key, refuses what it is told to, and may die before it answers."""

    def __init__(self) -> None:
        self.kept: dict[str, Message] = {}
        self.order: dict[str, list[int]] = collections.defaultdict(list)
        self.calls = 0
        self.away = self.dies_after_keeping = False
        self.refuses: set[str] = set()

    def send(self, messages: list[Message]) -> Iterator[Outcome]:
        self.calls += 1
        for message in messages:
            if self.away:
                raise ConnectionError("no route to host")
            if message.key in self.refuses:
                yield Outcome("refused", "E17", "trạng thái không hợp lệ")
                continue
            known = message.key in self.kept
            if not known:
                self.kept[message.key] = message
                self.order[message.subject].append(message.body["n"])
            if self.dies_after_keeping:
                raise ConnectionResetError
            yield Outcome("known" if known else "sent")


@pytest.fixture
def outside(db: None) -> Iterator[Outside]:
    made = Outside()
    partners.partner("outside", send=lambda messages: list(made.send(messages)), silent_after_minutes=10)
    yield made
    del partners.PARTNERS["outside"], REGULAR["relay.outside"]


def post(subject: str, n: int) -> int:
    return actions.post(SYSTEM, "outside", subject, {"n": n}, key=f"{subject}/{n}")


def drain() -> int:
    return sending.drain(partners.PARTNERS["outside"])


def test_a_day_away_loses_nothing_doubles_nothing_and_keeps_the_order_of_each_subject(outside: Outside) -> None:
    outside.away = True
    for hour in range(24):
        with clock.at(MORNING + dt.timedelta(hours=hour)):
            for subject in "abc":
                post(subject, hour)
            drain()
            jobs.tell_silence()
    assert not outside.kept
    assert outside.calls <= 25  # one try an hour, and not one a message
    assert sql.value("SELECT count(*) FROM notices_notice WHERE topic = 'relay.silent'") == 1

    outside.away = False
    with clock.at(MORNING + dt.timedelta(hours=25)):
        drain()
        jobs.tell_silence()

    assert outside.order == {subject: list(range(24)) for subject in "abc"}
    assert sql.value("SELECT count(*) FROM notices_notice WHERE topic = 'relay.silent'") == 2


def test_what_the_partner_took_before_our_note_was_written_is_not_doubled(outside: Outside) -> None:
    post("a", 1)
    post("a", 2)
    outside.dies_after_keeping = True
    with clock.at(MORNING):
        drain()
    assert list(outside.kept) == ["a/1"]
    assert sql.value("SELECT count(*) FROM relay_message WHERE state = 'waiting'") == 2

    outside.dies_after_keeping = False
    with clock.at(MORNING + dt.timedelta(minutes=1)):
        drain()

    assert outside.order["a"] == [1, 2]


def test_a_partner_that_can_be_asked_is_asked_before_it_is_told_again(outside: Outside) -> None:
    asked: list[str] = []

    def look_up(messages: list[Message]) -> list[Outcome]:
        asked.extend(message.key for message in messages)
        return [Outcome("known" if message.key in outside.kept else "absent") for message in messages]

    partners.partner("outside", send=lambda messages: list(outside.send(messages)), look_up=look_up)
    post("a", 1)
    outside.dies_after_keeping = True
    with clock.at(MORNING):
        drain()
    outside.dies_after_keeping, calls = False, outside.calls
    post("b", 1)
    with clock.at(MORNING + dt.timedelta(minutes=1)):
        drain()

    assert asked == ["a/1"]
    assert (outside.order, outside.calls) == ({"a": [1], "b": [1]}, calls + 1)


def test_a_refused_message_holds_back_its_own_subject_until_somebody_decides(outside: Outside) -> None:
    outside.refuses = {"a/2"}
    ids = [post("a", n) for n in (1, 2, 3)]
    post("b", 1)
    drain()
    assert outside.order == {"a": [1], "b": [1]}
    stands = queries.standing("outside", ["a", "b", "c"])
    assert [stands[name].word for name in "abc"] == ["refused", "sent", "none"]
    assert stands["a"].reason == "trạng thái không hợp lệ"

    actions.skip(SYSTEM, ids[1], "Đã huỷ ở bên kia")
    drain()
    assert outside.order["a"] == [1, 3]
    with pytest.raises(Problem, match="refused"):
        actions.skip(SYSTEM, ids[2], "nhầm")


def test_a_partner_that_lost_what_it_had_accepted_gets_it_again_in_order_and_once(outside: Outside) -> None:
    ids = [post("a", n) for n in (1, 2, 3)]
    drain()
    del outside.kept["a/2"]
    outside.order["a"].remove(2)
    outside.order["a"].remove(3)
    del outside.kept["a/3"]

    assert actions.replay(SYSTEM, ids[1]) == 2
    drain()

    assert outside.order["a"] == [1, 2, 3]


def test_nothing_goes_to_a_paused_partner_and_the_words_rest_sealed(outside: Outside) -> None:
    actions.pause(SYSTEM, "outside", "Bên kia nâng cấp")
    message = actions.post(SYSTEM, "outside", "a", {"n": 1, "ten": "Nguyễn Văn An"}, key="a/1")
    assert actions.post(SYSTEM, "outside", "a", {"n": 1}, key="a/1") == message
    drain()
    assert not outside.kept
    assert "Nguyễn" not in sql.value("SELECT body FROM relay_message WHERE id = %(id)s", {"id": message})
    with pytest.raises(Problem, match="purpose"):
        queries.words(SYSTEM, message, " ")
    assert queries.words(SYSTEM, message, "đối soát")["ten"] == "Nguyễn Văn An"
    assert "Nguyễn" not in str(sql.rows("SELECT detail FROM kernel_audit"))

    actions.resume(SYSTEM, "outside")
    drain()
    assert outside.order["a"] == [1]


def test_pauses_grow_to_their_limit_and_no_two_senders_come_back_in_step() -> None:
    lengths = [pause(fails, lambda: 1.0).total_seconds() for fails in range(1, 20)]
    assert lengths[0] == FIRST_S and lengths[-1] == MOST_S and lengths == sorted(lengths)
    dice = random.Random(7)
    assert len({pause(5, dice.random) for _ in range(50)}) == 50


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("well", "away", "dies"))), min_size=1, max_size=12))
def test_whatever_happens_between_posts_order_and_number_are_right_in_the_end(
    outside: Outside, walk: list[tuple[str, str]]
) -> None:
    sql.execute("DELETE FROM relay_message")
    sql.execute("DELETE FROM relay_partner")
    outside.kept.clear()
    outside.order.clear()
    for number, (subject, mood) in enumerate(walk):
        outside.away, outside.dies_after_keeping = mood == "away", mood == "dies"
        post(subject, number)
        with clock.at(MORNING + dt.timedelta(hours=number)):
            drain()
    outside.away = outside.dies_after_keeping = False
    with clock.at(MORNING + dt.timedelta(hours=len(walk) + 1)):
        drain()

    meant: dict[str, list[int]] = collections.defaultdict(list)
    for number, (subject, _) in enumerate(walk):
        meant[subject].append(number)
    assert outside.order == meant
