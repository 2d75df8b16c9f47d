"""Likeness is fair: the same from both sides, never above one, never more for what is farther; photos are known again."""

import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from taydo.methods.likeness import Report, Scales, distance_m, hamming, likeness, photo_hash, text_likeness

NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)
LAMP = Report("Đèn đường hư trước số 12 Nguyễn Trãi", NOON, 105.785, 10.035, "lighting")
whole = st.integers(-(2**63), 2**63 - 1)
reports = st.builds(
    Report,
    text=st.text(max_size=60),
    at=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC)),
    lon=st.none() | st.floats(105, 106),
    lat=st.none() | st.floats(9, 11),
    category=st.sampled_from(["", "lighting", "roads"]),
    photos=st.lists(whole, max_size=2),
)


@given(reports, reports)
def test_likeness_is_the_same_from_both_sides_and_between_zero_and_one(one: Report, other: Report) -> None:
    there, back = likeness(one, other), likeness(other, one)

    assert there.score == pytest.approx(back.score)
    assert 0 <= there.score <= 1
    assert all(reason.vi and reason.en and 0 <= reason.alike <= 1 for reason in there.reasons)


@given(st.text(alphabet="aáàđêô bcd", min_size=1).filter(str.strip), whole)
def test_a_report_is_wholly_like_itself(text: str, photo: int) -> None:
    assert likeness(replace(LAMP, text=text), replace(LAMP, text=text)).score == 1
    assert likeness(replace(LAMP, photos=[photo]), replace(LAMP, photos=[photo])).score == 1


@given(st.floats(0, 0.2), st.floats(0, 0.2))
def test_what_is_farther_is_never_more_alike(near: float, far: float) -> None:
    near, far = sorted((near, far))

    assert (
        likeness(LAMP, replace(LAMP, lon=105.785 + far)).score
        <= likeness(LAMP, replace(LAMP, lon=105.785 + near)).score
    )


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_what_is_later_is_never_more_alike(soon: int, late: int) -> None:
    soon, late = sorted((soon, late))
    scores = [likeness(LAMP, replace(LAMP, at=NOON + dt.timedelta(hours=hours))).score for hours in (soon, late)]

    assert scores[1] <= scores[0]


def test_the_same_lamp_without_marks_is_found_and_the_same_words_two_kilometres_away_are_not() -> None:
    again = replace(
        LAMP, text="den duong truoc so 12 nguyen trai bi hu", lon=105.7852, at=NOON + dt.timedelta(hours=20)
    )
    elsewhere = replace(LAMP, lon=105.803)
    another = replace(LAMP, text="Rác thải đổ bừa bãi ở hẻm 7", category="waste")

    assert likeness(LAMP, again).score > 0.6
    assert likeness(LAMP, elsewhere).score < 0.1
    assert likeness(LAMP, another).score < 0.45


def test_unknown_places_neither_help_nor_rule_out() -> None:
    nowhere = replace(LAMP, lon=None, lat=None)

    assert likeness(LAMP, nowhere).score == pytest.approx(Scales().unknown)


def test_texts_without_words_are_not_compared() -> None:
    assert text_likeness("...", "đèn hư") is None
    assert text_likeness("hư đèn", "Den hu") == 1


@given(whole, whole, whole)
def test_hamming_is_a_distance_on_64_bits(one: int, two: int, three: int) -> None:
    assert hamming(one, one) == 0
    assert hamming(one, two) == hamming(two, one) <= 64
    assert hamming(one, three) <= hamming(one, two) + hamming(two, three)


def scene(seed: int) -> Image.Image:
    """A picture with large shapes, as scenes have."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((800, 600), Image.Resampling.BICUBIC)


def pressed(picture: Image.Image, width: int, quality: int) -> Image.Image:
    out = io.BytesIO()
    picture.resize((width, width * 3 // 4)).save(out, "JPEG", quality=quality)
    return Image.open(out)


@pytest.mark.parametrize("seed", range(8))
def test_a_photo_sent_again_smaller_is_known_and_other_photos_are_not(seed: int) -> None:
    first, small, other = (photo_hash(p) for p in (scene(seed), pressed(scene(seed), 320, 60), scene(seed + 100)))
    assert first is not None and small is not None and other is not None

    assert hamming(first, small) <= Scales().photo_bits < hamming(first, other)
    assert -(2**63) <= first < 2**63
    same = likeness(replace(LAMP, photos=[first], lon=None, lat=None), replace(LAMP, photos=[small], text="?"))
    assert same.score > 0.7 and "photo" in {reason.sign for reason in same.reasons}


def test_pictures_of_nothing_are_not_compared() -> None:
    assert photo_hash(Image.new("RGB", (64, 64), (9, 9, 9))) is None


def test_distance_agrees_with_a_degree_of_the_meridian() -> None:
    assert distance_m(105, 10, 105, 11) == pytest.approx(111_195, abs=1)
