"""Small promises of the kernel: specs, sealing, words, identifiers, limits, predicates, problems."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from types import MappingProxyType
from typing import Any

import pytest

from taydo.kernel import clock, errors, i18n, ids, limits, sealing
from taydo.kernel.actors import Viewer
from taydo.kernel.permissions import visible
from taydo.kernel.specs import Label, Spec, SpecError, parse


class Pump(Spec):
    """A declaration to test with."""

    title: Label
    speeds: list[int] = []


GOOD = "title: {vi: Bơm, en: Pump}\nspeeds:\n  - 1\n  - 2\n"


def test_a_good_declaration_is_read() -> None:
    assert parse(GOOD, Pump, "pump.yaml").speeds == [1, 2]
    assert parse(GOOD, Pump, "pump.yaml").title["en"] == "Pump"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "colour: red\n", "pump.yaml:5: colour: Extra inputs"),
        (GOOD.replace("- 2", "- fast"), "pump.yaml:4: speeds.1: Input should be a valid integer"),
        (GOOD.replace(", en: Pump", ""), "pump.yaml:1: title.en: Field required"),
        ("speeds: []\n", "pump.yaml:1: title: Field required"),
        ("title: {vi: Bơm\nspeeds: [", "pump.yaml:2: not YAML"),
        ("", "pump.yaml:1: (whole file)"),
    ],
)
def test_a_wrong_declaration_names_file_line_and_key(text: str, said: str) -> None:
    with pytest.raises(SpecError) as wrong:
        parse(text, Pump, "pump.yaml")

    assert said in str(wrong.value)


def test_sealed_text_comes_back_and_looks_different_each_time() -> None:
    sealed = sealing.seal("0901234567")

    assert sealing.unseal(sealed) == "0901234567"
    assert "0901" not in sealed
    assert sealing.seal("0901234567") != sealed
    assert (sealing.seal(""), sealing.unseal("")) == ("", "")
    with pytest.raises(ValueError, match="another key"):
        sealing.unseal(sealed[:-8] + "AAAAAAA=")


def test_a_fingerprint_finds_the_same_person_and_tells_nothing() -> None:
    assert sealing.fingerprint(" An@Example.vn ") == sealing.fingerprint("an@example.vn")
    assert len(sealing.fingerprint("x")) == 64
    assert "example" not in sealing.fingerprint("an@example.vn")


@pytest.mark.parametrize(
    ("value", "digits", "vi", "en"),
    [
        (1234567.5, 1, "1.234.567,5", "1,234,567.5"), (0.25, None, "0,25", "0.25"), (12.34, None, "12,3", "12.3"), (250.4, None, "250", "250"),
        (1500, None, "1.500", "1,500"), (-3.5, 1, "-3,5", "-3.5"), (None, None, "—", "—"), (float("nan"), None, "—", "—"),
        (float("inf"), 2, "—", "—"), (0, None, "0", "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_each_language_reads_them(value: float, digits: int | None, vi: str, en: str) -> None:
    i18n.use("vi")
    assert i18n.number(value, digits) == vi
    i18n.use("en")
    assert i18n.number(value, digits) == en
    i18n.use("xx")
    assert i18n.language() == "vi"


def test_times_are_shown_in_viet_nam() -> None:
    instant = dt.datetime(2026, 11, 22, 18, 5, tzinfo=dt.UTC)
    i18n.use("vi")

    assert i18n.when(instant) == "23/11/2026 01:05"
    assert i18n.day(dt.date(2026, 11, 22)) == "22/11/2026"
    with clock.at(instant):
        assert i18n.ago(instant - dt.timedelta(minutes=5)) == "5 phút trước"
        assert i18n.ago(instant) == "vừa xong"
        assert i18n.working_left(instant - dt.timedelta(hours=3)) == "trễ 3 giờ"


def test_identifiers_sort_by_time_and_codes_can_be_read_aloud() -> None:
    first = ids.uuid7()
    time.sleep(0.002)
    second = ids.uuid7()

    assert first < second
    assert isinstance(first, uuid.UUID)
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert len({ids.uuid7() for _ in range(1000)}) == 1000
    code = ids.code("CB")
    assert code.startswith("CB-")
    assert not set("01OIL") & set(code[3:])


def test_a_bucket_allows_a_burst_then_asks_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    key = str(uuid.uuid4())

    for _ in range(4):
        limits.spend(key, per_second=2, burst=4)
    with pytest.raises(errors.Problem) as stopped:
        limits.spend(key, per_second=2, burst=4)
    now[0] += 0.5
    limits.spend(key, per_second=2, burst=4)
    limits.spend(key + "another", per_second=2, burst=4)

    assert stopped.value.status == 429
    assert stopped.value.fields["retry_after"] == 1


def viewer(**grants: tuple[str, ...]) -> Viewer:
    held = {name.replace("_", "."): frozenset(scopes) for name, scopes in grants.items()}
    return Viewer(1, "an", "An", "official", grants=MappingProxyType(held))


@pytest.mark.parametrize(
    ("who", "public", "text", "params"),
    [
        (Viewer.anonymous(), None, "FALSE", {}),
        (Viewer.anonymous(), "is_public", "(FALSE) OR (is_public)", {}),
        (viewer(a_see=("*",)), "is_public", "TRUE", {}),
        (viewer(a_see=("B", "A")), None, "agency = ANY(%(seen_a_see)s)", {"seen_a_see": ["A", "B"]}),
        (viewer(a_do=("*",)), None, "FALSE", {}),
        (Viewer.system("x"), None, "TRUE", {}),
    ],
)
def test_the_predicate_keeps_what_may_be_seen(
    who: Viewer, public: str | None, text: str, params: dict[str, Any]
) -> None:
    clause = visible(who, "a.see", public=public)

    assert (clause.text, clause.params) == (text, params)


def test_a_permission_is_held_in_scopes() -> None:
    who = viewer(a_see=("A", "thing:T1"))

    assert who.may("a.see") and who.may("a.see", "A") and who.may("a.see", "B", "thing:T1")
    assert not who.may("a.see", "B") and not who.may("a.see", "") and not who.may("a.do")
    assert viewer(a_see=("*",)).may("a.see", "anything")
    with pytest.raises(errors.Problem) as stranger:
        Viewer.anonymous().require("a.see")
    assert stranger.value.status == 401


def test_a_problem_speaks_both_languages_and_may_name_any_field() -> None:
    problem = errors.missing("no_pump", "Không có bơm", "There is no pump", code="P1", vi_note="x")

    body = problem.as_dict("en", "urn:request:1")

    assert (body["status"], body["detail"], body["vi"], body["code"]) == (
        404,
        "There is no pump",
        "Không có bơm",
        "no_pump",
    )
    assert body["fields"] == {"code": "P1", "vi_note": "x"}
    assert body["type"].startswith("urn:")
