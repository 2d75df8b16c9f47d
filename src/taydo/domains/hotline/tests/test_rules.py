"""What decides about reports: masking, titles, suggestions, denunciations, bursts, the words people are told."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.domains.hotline import rules

WORDS = st.text(
    st.characters(blacklist_categories=("Nd", "Nl", "No", "Cs", "Cf", "Cc"), blacklist_characters="@+"), max_size=30
)
NUMBER = st.from_regex(r"\A(03|05|07|08|09)[0-9]{8}\Z")
GAP = st.sampled_from(["", " ", ".", "-", " - "])


@given(WORDS, NUMBER, GAP, st.booleans(), WORDS)
def test_no_phone_number_gets_through_however_it_is_written(
    before: str, number: str, gap: str, country: bool, after: str
) -> None:
    written = gap.join([number[:4], number[4:7], number[7:]])
    written = "+84" + written[1:] if country else written

    seen = rules.masked(f"{before} {written} {after}")

    assert number[1:] not in re.sub(r"\D", "", seen)
    assert rules.MASK in seen


@given(WORDS, st.from_regex(r"\A[a-z][a-z0-9.]{0,10}[a-z0-9]@[a-z]{2,10}\.(vn|com)\Z"), WORDS)
def test_no_mail_address_gets_through(before: str, address: str, after: str) -> None:
    assert address not in rules.masked(f"{before} {address} {after}")


@given(WORDS, st.from_regex(r"\A[0-9]{12}\Z"), WORDS)
def test_no_identity_number_gets_through(before: str, number: str, after: str) -> None:
    for written in (number, " ".join(number[at : at + 3] for at in range(0, 12, 3))):
        assert number[3:9] not in re.sub(r"\D", "", rules.masked(f"{before} {written} {after}"))


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = rules.masked(text)

    assert rules.masked(once) == once


@pytest.mark.parametrize(
    "text",
    ["Hẻm 51, đường 3 Tháng 2, số nhà 12/34", "Phạt 1.000.000 đồng ngày 22/11/2026 lúc 14:05", "Ngập 40 cm, km 12+300, QL1A",
     "Xin 500.000.000 đồng sửa cầu"],
)  # fmt: skip
def test_addresses_dates_and_money_stay_readable(text: str) -> None:
    assert rules.masked(text) == text


def test_marks_that_cannot_be_seen_do_not_hide_a_number() -> None:
    assert "909" not in rules.masked("gọi 0​909​123​456") and "９" not in rules.masked("０９０９１２３４５６")


def test_a_title_is_the_first_sentence_and_short() -> None:
    assert rules.title_of("Đèn tắt. Đã ba đêm rồi.", "Đèn đường") == "Đèn tắt"
    assert rules.title_of("", "Đèn đường") == "Đèn đường"
    assert len(rules.title_of("chữ " * 60, "x")) <= 90


def test_words_are_found_whole() -> None:
    assert rules.holds("bi lua dao", "lua dao") and not rules.holds("phat hien", "hat")


def test_who_denounces_is_recognised_and_who_only_names_an_office_is_not() -> None:
    words = ["to cao", "nhan hoi lo"]

    assert rules.denounces("toi to cao can bo xa nhan tien", words)
    assert not rules.denounces("can bo phuong den xem o ga", words)


@given(st.text(alphabet="abc xyz", max_size=60))
def test_a_suggestion_is_never_certain(text: str) -> None:
    found = rules.suggested(text, {"a": ["abc", "a b"], "b": ["xyz"], "c": ["z"]})

    assert all(0 < sure < 1 for _, sure in found)
    assert sum(sure for _, sure in found) < 1.001
    assert [sure for _, sure in found] == sorted((sure for _, sure in found), reverse=True)


@pytest.mark.parametrize(
    ("counts", "blocked", "held"),
    [
        ({}, False, ""),
        ({"phone": 5}, False, ""),
        ({"phone": 6}, False, "burst"),
        ({"other": 99}, False, ""),
        ({}, True, "blocked"),
    ],
)
def test_a_burst_or_a_marked_contact_is_held(counts: dict[str, int], blocked: bool, held: str) -> None:
    assert rules.held_for(counts, {"phone": 6}, blocked) == held


@given(st.floats(-179, 179), st.floats(-85, 85), st.floats(1, 5000))
def test_a_box_holds_its_circle(lon: float, lat: float, metres: float) -> None:
    box = rules.box(lon, lat, metres)

    assert box.west < lon < box.east and box.south < lat < box.north
    assert (box.north - lat) * 111_320 >= metres * 0.999


def test_reopening_ends_after_so_many_days() -> None:
    answered = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)

    assert rules.may_reopen("answered", answered, 15, answered + dt.timedelta(days=15))
    assert not rules.may_reopen("answered", answered, 15, answered + dt.timedelta(days=15, seconds=1))
    assert not rules.may_reopen("in_progress", answered, 15, answered)
    assert not rules.may_reopen("answered", None, 15, answered)


@pytest.mark.parametrize("step", sorted(rules.STEPS))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_step_is_told_in_both_languages(step: str, language: str) -> None:
    title, body = rules.told(step, language, {"code": "PA-1", "due": "17:00", "agency": "Sở", "note": "đã {thay} đèn"})

    assert "PA-1" in title and body and "{" not in title


@pytest.mark.parametrize(
    ("rule", "good"),
    [
        ("local", True),
        ("centre", True),
        ("field:traffic", True),
        ("H13.07", True),
        ("field:", False),
        ("everybody", False),
        ("h13", False),
    ],
)
def test_rules_of_responsibility_are_read(rule: str, good: bool) -> None:
    assert rules.is_responsible(rule) is good
