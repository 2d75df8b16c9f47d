"""What may be asked and sent, and what is refused with which words."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols.open311 import questions, submissions, times
from taydo.protocols.open311.documents import Attribute
from taydo.protocols.open311.refusals import Refusal

NOW = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def ask(query: str) -> questions.Question:
    return questions.read(parse_qsl(query, keep_blank_values=True), NOW)


def send(query: str) -> submissions.Submission:
    return submissions.read(parse_qsl(query, keep_blank_values=True))


def test_without_arguments_the_last_ninety_days_are_asked_a_thousand_at_once() -> None:
    question = ask("jurisdiction_id=city.gov&status=&service_code=")

    assert (question.since, question.until) == (NOW - 90 * DAY, None)
    assert (question.statuses, question.codes, question.page, question.page_size) == (("open", "closed"), (), 1, 1000)


def test_the_standards_own_query_is_read() -> None:
    question = ask(
        "start_date=2010-05-24T00:00:00Z&end_date=2010-06-24T00:00:00Z&status=open&service_code=001,002&service_code=3"
    )

    assert question.since == dt.datetime(2010, 5, 24, tzinfo=dt.UTC)
    assert question.until == dt.datetime(2010, 6, 24, tzinfo=dt.UTC)
    assert (question.statuses, question.codes) == (("open",), ("001", "002", "3"))


def test_one_end_of_the_span_gives_the_other() -> None:
    assert ask("start_date=2026-01-01T00:00:00Z").until == dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    assert ask("end_date=2026-04-01T00:00:00Z").since == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_named_requests_override_all_other_arguments() -> None:
    question = ask("service_request_id=PA-1,+PA-2&service_request_id=PA-3&status=nonsense&start_date=never")

    assert question.ids == ("PA-1", "PA-2", "PA-3")
    assert question.since is None


def test_a_plus_that_the_query_string_ate_is_still_an_offset() -> None:
    assert ask("start_date=2026-11-01T07:00:00+07:00").since == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def test_extensions_are_read() -> None:
    question = ask("page=3&page_size=50&lat=10.03&long=105.78&radius=500&bbox=105,9.5,106,10.5&extensions=true")

    assert (question.page, question.page_size) == (3, 50)
    assert question.circle == questions.Circle(10.03, 105.78, 500)
    assert question.box == questions.Box(105, 9.5, 106, 10.5)
    assert ask("page_size=5000").page_size == 1000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", "may not span more than 90 days"),
        ("start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "later than end_date"),
        ("start_date=2026-02-30T00:00:00Z", "start_date"),
        ("start_date=2026-02-01T00:00:00", "time zone"),
        ("start_date=yesterday", "W3C"),
        ("end_date=0001-01-01T00:00:00Z", "out of range"),
        ("status=reopened", "none of: open, closed"),
        ("page=0", "page"),
        ("page_size=ten", "page_size"),
        ("lat=10", "both"),
        ("lat=91&long=105", "out of range"),
        ("lat=nan&long=105", "decimal"),
        ("bbox=1,2,3", "four numbers"),
        ("bbox=3,2,1,4", "west,south,east,north"),
        ("before=yesterday", "before"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_words(query: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(query)

    assert refused.value.status == 400
    assert words in refused.value.faults[0].description


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Refusal) as refused:
        ask("page=x&status=y&start_date=z")

    assert [fault["code"] for fault in refused.value.document()] == [400, 400, 400]


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1)), st.integers(0, 2**62))
def test_the_mark_of_a_page_is_read_back_to_the_microsecond(instant: dt.datetime, identifier: int) -> None:
    aware = instant.replace(tzinfo=dt.UTC)

    assert ask(f"before={questions.mark(aware, identifier)}").before == (aware, identifier)


@given(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_read_as_it_was_written(instant: dt.datetime, minutes: int) -> None:
    aware = instant.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    written = times.stamp(aware, aware.tzinfo or dt.UTC)

    assert written is not None
    assert times.read(written) == aware


def test_the_standards_own_submission_is_read() -> None:
    body = (
        "api_key=xyz&jurisdiction_id=city.gov&service_code=001&lat=10.03524078&long=105.7812043&address_string=1+Hai+B%C3%A0+Tr%C6%B0ng"
        "&email=an%40example.vn&device_id=tt222111&account_id=123456&first_name=An&last_name=Nguy%E1%BB%85n&phone=0912345678"
        "&description=H%E1%BB%91+s%E1%BB%A5t&media_url=http%3A%2F%2Fexample.vn%2F1.jpg&attribute[WHISPAWN]=123456&attribute[WHISDORN]=COISL001"
    )
    pairs = submissions.pairs_of("application/x-www-form-urlencoded; charset=utf-8", body.encode())
    sent = submissions.read(pairs)

    assert (sent.service_code, sent.lat, sent.long, sent.address_string) == (
        "001",
        10.03524078,
        105.7812043,
        "1 Hai Bà Trưng",
    )
    assert (sent.email, sent.phone, sent.description) == ("an@example.vn", "0912345678", "Hố sụt")
    assert sent.attributes == {"WHISPAWN": ("123456",), "WHISDORN": ("COISL001",)}
    assert sent.api_key == "xyz" and "xyz" not in repr(sent)


def test_a_list_of_values_is_read_in_each_way_it_is_written() -> None:
    wanted = {"A": ("1", "2")}
    place = "service_code=1&address_id=7&"

    assert send(place + "attribute[A][]=1&attribute[A][]=2").attributes == wanted
    assert send(place + "attribute[A][0]=1&attribute[A][1]=2").attributes == wanted
    body = b'{"service_code": "1", "address_id": 7, "attribute": {"A": ["1", 2]}}'
    assert submissions.read(submissions.pairs_of("application/json", body)).attributes == wanted


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lat=10&long=105", "service_code was not provided"),
        ("service_code=1", "a location must be given"),
        ("service_code=1&lat=10", "both"),
        ("service_code=1&lat=10&long=1e9", "out of range"),
        ("service_code=1&address_string=x&description=" + "a" * 4001, "4000"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_words(query: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        send(query)

    assert refused.value.status == 400
    assert words in str(refused.value)


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"service_code": "\\ud800"}', b"[1]", b"{"])
def test_bodies_that_are_no_fields_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        submissions.pairs_of("application/json", body)


def test_attributes_must_fit_the_definition() -> None:
    known = [
        Attribute("KIND", "?", "singlevaluelist", True, values=(("a", "A"), ("b", "B"))), Attribute("N", "?", "number"),
        Attribute("AT", "?", "datetime"), Attribute("NOTE", "call 114", variable=False),
    ]  # fmt: skip
    submissions.check_attributes(known, {"KIND": ("a",), "N": ("1.5",), "AT": ("2026-01-01T00:00:00Z",)})

    with pytest.raises(Refusal) as refused:
        submissions.check_attributes(known, {"N": ("many",), "AT": ("soon",), "NOTE": ("x",), "ELSE": ("y",)})
    assert [fault.description.split(" ")[0] for fault in refused.value.faults] == [
        "attribute[KIND]", "attribute[N]", "attribute[AT]", "attribute[NOTE]", "attribute[ELSE]",
    ]  # fmt: skip
    with pytest.raises(Refusal, match="takes one value"):
        submissions.check_attributes(known, {"KIND": ("a", "b")})
    with pytest.raises(Refusal, match="none of a, b"):
        submissions.check_attributes(known, {"KIND": ("c",)})
