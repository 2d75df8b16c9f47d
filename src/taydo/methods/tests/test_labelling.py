"""Suggestions come from words with or without marks, say how sure they are, and stay silent when they do not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods.labelling import Model, features, folded, from_bytes, softmax, to_bytes
from taydo.methods.labelling_training import (
    NEVER,
    best_temperature,
    best_threshold,
    calibration_error,
    examine,
    parted,
    train,
)

SAID = {
    "lighting": (
        "đèn đường không sáng",
        "đèn chiếu sáng công cộng hư",
        "bóng đèn trụ điện bị cháy",
        "hẻm tối vì đèn hỏng",
    ),
    "roads": ("ổ gà trên mặt đường", "đường bị sụt lún", "mặt đường nứt vỡ nguy hiểm", "nắp cống trồi trên đường"),
    "waste": ("rác thải đổ bừa bãi", "bãi rác bốc mùi hôi", "xe thu gom rác không đến", "đổ xà bần trái phép"),
}
PLACES = ("trước nhà số 12", "ở hẻm 7 Nguyễn Trãi", "gần chợ Cái Răng", "đã ba ngày nay", "đề nghị xử lý sớm")
EXAMPLES = [(f"{said} {place}", label) for label, texts in SAID.items() for said in texts for place in PLACES]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(EXAMPLES)


def test_a_text_without_marks_gets_the_label_of_the_same_text_with_them(model: Model) -> None:
    for text in ("Đèn đường hư, tối quá", "den duong hu, toi qua"):
        found = model.suggest(text)
        assert found[0].label == "lighting" and found[0].sure > 0.6


def test_a_text_the_model_knows_nothing_of_gets_no_suggestion(model: Model) -> None:
    assert model.suggest("жжж") == [] == model.suggest("")


@given(st.text(max_size=300))
def test_what_is_said_is_a_share_in_order_and_never_below_the_threshold(text: str) -> None:
    sure = [item.sure for item in COLD.ranked(text)]

    assert sure == sorted(sure, reverse=True) and sum(sure) <= 1 + 1e-5
    assert all(item.sure >= COLD.threshold for item in COLD.suggest(text)[:1])


@given(st.text(max_size=200))
def test_folding_is_done_once_and_marks_do_not_change_what_is_seen_without_them(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert len(features(text)) <= 10 * len(text) + 10


def test_a_model_survives_its_bytes_and_other_bytes_are_refused(model: Model) -> None:
    again = from_bytes(to_bytes(model))

    assert again.labels == model.labels and again.threshold == model.threshold
    for text, _ in EXAMPLES[::7]:
        assert [item.label for item in again.ranked(text)] == [item.label for item in model.ranked(text)]
        assert again.ranked(text)[0].sure == pytest.approx(model.ranked(text)[0].sure, abs=0.01)
    with pytest.raises(ValueError):
        from_bytes(b"PK\x03\x04 nothing")


COLD = train(
    [], {"lighting": ["đèn đường", "chiếu sáng"], "roads": ["ổ gà", "mặt đường hư"], "waste": ["rác thải", "vệ sinh"]}
)


def test_before_any_example_keywords_suggest_and_say_that_nothing_was_measured() -> None:
    assert not COLD.calibrated
    assert COLD.suggest("rác thải đầy ra hè phố")[0].label == "waste"
    assert COLD.suggest("xin hỏi lịch làm việc") == []


def test_a_label_without_examples_stays_known_by_its_keywords() -> None:
    found = train(EXAMPLES, {"flooding": ["ngập nước", "triều cường ngập đường"]}).ranked(
        "nước ngập sâu do triều cường"
    )

    assert found[0].label == "flooding"


def test_nothing_is_learned_from_nothing() -> None:
    for given_examples in ([], [("đèn", "one")] * 9, [("...", "a"), ("!!!", "b")]):
        with pytest.raises(ValueError):
            train(given_examples)


def test_labels_that_cannot_be_told_apart_are_not_suggested() -> None:
    dice = np.random.default_rng(0)
    noise = [(f"{PLACES[n % 5]} {n % 17}", str(dice.integers(0, 4))) for n in range(200)]

    blind = train(noise)
    assert sum(bool(blind.suggest(text)) for text, _ in noise) < 40


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=80), st.floats(0.1, 1))
def test_a_threshold_keeps_its_promise_where_it_was_chosen(pairs: list[tuple[float, bool]], trust: float) -> None:
    sure, right = np.array([p[0] for p in pairs], np.float32), np.array([p[1] for p in pairs])
    threshold = best_threshold(sure, right, trust)

    out = sure >= threshold
    assert threshold == NEVER or right[out].mean() >= trust - 1e-9


def test_temperature_makes_an_overconfident_model_honest() -> None:
    dice = np.random.default_rng(1)
    truth = dice.integers(0, 3, 4000)
    scores = (dice.normal(0, 1, (4000, 3)) + 1.0 * np.eye(3)[truth]).astype(np.float32) * 8
    heat = best_temperature(scores, truth)
    before, after = softmax(scores, 1.0), softmax(scores, heat)

    gaps = [calibration_error(p.max(axis=1), p.argmax(axis=1) == truth) for p in (before, after)]
    assert heat > 4 and gaps[1] < 0.03 < gaps[0]


def test_parts_share_no_text_and_the_held_out_part_is_measured_against_both_baselines() -> None:
    learned, tested = parted(EXAMPLES + EXAMPLES[:9], 0.25, seed=3)
    assert not {text for text, _ in learned} & {text for text, _ in tested}

    quality = examine(learned, tested)
    assert quality.tested == len(tested) and quality.accuracy > quality.majority
    assert 0 <= quality.calibration_error <= 1 and quality.in_three >= quality.accuracy
