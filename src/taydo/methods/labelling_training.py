"""Trains the models of `labelling` and measures them on texts they were not trained on (scikit-learn; for the worker).

Multinomial logistic regression (l2) on TF-IDF. Temperature and threshold come from scores of texts left out of the fold that gave
them (cross-fitting), and `examine` measures everything on a further part that nothing was fitted on, beside the two things it must
beat: always the commonest label, and naive Bayes on plain words (Manning, Raghavan & Schütze, "Introduction to Information
Retrieval", ch. 13). Calibration error: 10 bins by confidence (Naeini, Cooper & Hauskrecht, AAAI 2015).
"""

from __future__ import annotations

import base64
import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, StratifiedGroupKFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import normalize

from .labelling import Floats, Model, Suggestion, features, folded, softmax, to_bytes, words

Example = tuple[str, str]
"""A text and its label."""
STRENGTH = 30.0
"""Inverse of the l2 penalty."""
LETTERS = 0.5
"""What a run of letters weighs beside a word."""
MOST_FEATURES = 40_000
FOLDS = 3
FEWEST = 3
"""Examples of a label below which it is not learned."""
TRUST = 0.8
"""How often a suggestion must be right on held-out texts for the threshold to let it out."""
MEASURABLE = 60
"""Examples below which nothing can be measured."""
COLD_TEMPERATURE, COLD_THRESHOLD, COLD_MOST = 1.0, 0.35, 0.6
NEVER = 1.01
"""A threshold no probability reaches."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Measured on `tested` held-out texts after learning from `learned`: shares from 0 to 1.

    `coverage` is the share of texts for which something is suggested, `precision` how often the first suggestion is then right,
    `in_three` how often the right label is among the first three; `calibration_error` the mean gap between said and true shares.
    """

    learned: int
    tested: int
    labels: int
    accuracy: float
    majority: float
    naive_bayes: float
    macro_f1: float
    in_three: float
    threshold: float
    coverage: float
    precision: float
    calibration_error: float


def learnable(examples: Iterable[Example]) -> list[Example]:
    """Examples with words, of labels that have enough of them."""
    kept = [(text, label) for text, label in examples if label and words(text)]
    counts = Counter(label for _, label in kept)
    kept = [item for item in kept if counts[item[1]] >= FEWEST]
    return kept if len({label for _, label in kept}) > 1 else []


def train(examples: Iterable[Example], cold: Mapping[str, Sequence[str]] | None = None, trust: float = TRUST) -> Model:
    """Learn from examples; `cold` are keywords of each label, which count as texts of it and are all there is in the beginning.

    The threshold is the lowest at which suggestions on left-out texts are right with a share of `trust`; when there is none, the
    model always abstains. Raises ValueError when there are neither examples of two labels nor keywords of two.
    """
    known, keywords = learnable(examples), [(text, label) for label, texts in (cold or {}).items() for text in texts]
    if not known:
        return _cold(keywords)
    fitted = _fit(known + keywords)
    scores, truth = _left_out(sorted(set(known)), keywords, fitted.labels)
    temperature = best_temperature(scores, truth)
    sure = softmax(scores, temperature)
    threshold = best_threshold(sure.max(axis=1), sure.argmax(axis=1) == truth, trust)
    return dataclasses.replace(fitted, temperature=temperature, threshold=threshold, calibrated=True)


def _cold(keywords: list[Example]) -> Model:
    if len({label for _, label in keywords}) < 2:
        raise ValueError("neither examples nor keywords of two labels")
    fitted = _fit(keywords)
    # Nothing is known about how often keywords are right, so nothing is said with more than a modest probability.
    return dataclasses.replace(fitted, temperature=COLD_TEMPERATURE, threshold=COLD_THRESHOLD, calibrated=False)


def _fit(examples: Sequence[Example]) -> Model:
    """Logistic regression on distinct examples; what was said n times counts 1 + ln n times."""
    often = Counter(examples)
    vectors = TfidfVectorizer(
        analyzer=features, sublinear_tf=True, norm=None, max_features=MOST_FEATURES, min_df=1 if len(often) < 500 else 2
    )
    seen = vectors.fit_transform([text for text, _ in often])
    vocabulary = {item: int(at) for item, at in vectors.vocabulary_.items()}
    weigh = np.ones(len(vocabulary), np.float32)
    weigh[[at for item, at in vocabulary.items() if item[0] == "c"]] = LETTERS
    seen.data *= weigh[seen.indices]
    learner = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3).fit(
        normalize(seen), [label for _, label in often], sample_weight=1 + np.log(list(often.values()))
    )
    weights, bias = learner.coef_.T, learner.intercept_
    if len(learner.classes_) == 2:  # scikit-learn keeps one row for two labels
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return Model(
        tuple(str(label) for label in learner.classes_), vocabulary, (vectors.idf_ * weigh).astype(np.float32),
        weights.astype(np.float32), bias.astype(np.float32), 1.0, 0.0, False,
    )  # fmt: skip


def _left_out(
    known: list[Example], keywords: list[Example], labels: tuple[str, ...]
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Scores of every example by a model that did not see it, and the position of its true label."""
    place = {label: at for at, label in enumerate(labels)}
    truth = np.array([place[label] for _, label in known])
    scores = np.zeros((len(known), len(labels)), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for kept, out in folds.split(truth, truth, [text for text, _ in known]):
        model = _fit([known[at] for at in kept] + keywords)
        columns = [place[label] for label in model.labels]
        for at in out:
            if (found := model.scores(known[at][0])) is not None:
                scores[at, columns] = found
    return scores, truth


def best_temperature(scores: Floats, truth: npt.NDArray[np.intp]) -> float:
    """The temperature with the smallest mean negative log likelihood, by search on a logarithmic grid."""
    grid = np.geomspace(0.05, 20, 120)
    rows = np.arange(len(truth))
    losses = [-np.log(np.maximum(softmax(scores, heat)[rows, truth], 1e-9)).mean() for heat in grid]
    return float(grid[int(np.argmin(losses))])


def best_threshold(sure: Floats, right: npt.NDArray[np.bool_], trust: float) -> float:
    """The lowest confidence from which on at least `trust` of the first suggestions are right; NEVER when there is none."""
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(sure[order][1:] != sure[order][:-1], True)  # a threshold does not split equals
    good = np.flatnonzero((share >= trust) & last)
    return float(sure[order][good[-1]]) if good.size else NEVER


def examine(learned: Sequence[Example], tested: Sequence[Example], cold: Mapping[str, Sequence[str]] | None = None, trust: float = TRUST) -> Quality:  # fmt: skip
    """Train on one part and measure on another that shares no example with it."""
    model = train(learned, cold, trust)
    guesses = [model.ranked(text) for text, _ in tested]
    truth = [label for _, label in tested]
    first = [found[0] if found else Suggestion("", 0.0) for found in guesses]
    right = np.array([item.label == label for item, label in zip(first, truth, strict=True)])
    sure = np.array([item.sure for item in first])
    out = sure >= model.threshold
    commonest = Counter(label for _, label in learned).most_common(1)[0][0]
    return Quality(
        learned=len(learned), tested=len(tested), labels=len(model.labels), accuracy=float(right.mean()),
        majority=sum(label == commonest for label in truth) / len(truth), naive_bayes=_naive_bayes(learned, tested),
        macro_f1=float(f1_score(truth, [item.label for item in first], average="macro", labels=sorted(set(truth)), zero_division=0)),
        in_three=sum(label in [item.label for item in found] for found, label in zip(guesses, truth, strict=True)) / len(truth),
        threshold=model.threshold, coverage=float(out.mean()), precision=float(right[out].mean()) if out.any() else 0.0,
        calibration_error=calibration_error(sure, right),
    )  # fmt: skip


def _naive_bayes(learned: Sequence[Example], tested: Sequence[Example]) -> float:
    """Accuracy of the plain baseline: multinomial naive Bayes, add-one, on folded words."""
    counter = CountVectorizer(analyzer=lambda text: [folded(word) for word in words(text)])
    seen = counter.fit_transform([text for text, _ in learned])
    guesser = MultinomialNB().fit(seen, [label for _, label in learned])
    guesses: Any = guesser.predict(counter.transform([text for text, _ in tested]))
    return float(np.mean(guesses == np.array([label for _, label in tested])))


def calibration_error(sure: npt.NDArray[Any], right: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error: the gap between mean confidence and share of right ones, weighted by bin size."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(float(sure[place == at].mean() - right[place == at].mean())) * int((place == at).sum())
        for at in set(place.tolist())
    ]
    return sum(gaps) / len(sure)


def parted(examples: Sequence[Example], share: float = 0.2, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Two parts of the examples, the second with about `share` of them; the same text is never in both."""
    texts = sorted({text for text, _ in examples})
    folds = max(2, round(1 / share))
    _, out = next(KFold(folds, shuffle=True, random_state=seed).split(texts))
    held = {texts[at] for at in out}
    return [item for item in examples if item[0] not in held], [item for item in examples if item[0] in held]


def learn(
    examples: Sequence[Example], cold: Mapping[str, Sequence[str]], trust: float
) -> tuple[bytes, Quality | None] | None:
    """A model's bytes, learned from all examples, and its quality, measured by learning from four fifths of them and testing on the
    rest (None: too few). None when there is nothing to learn from."""
    try:
        model = train(examples, cold, trust)
    except ValueError:
        return None
    quality = None
    if model.calibrated and len(known := learnable(examples)) >= MEASURABLE:
        quality = examine(*parted(known), cold, trust)
    return to_bytes(model), quality


def main() -> None:
    """Learn in a process of its own: examples, keywords and trust come in as JSON, model (base 64) and quality go out."""
    given = json.load(sys.stdin)
    found = learn([(text, label) for text, label in given["examples"]], given["cold"], given["trust"])
    answer = (
        {"model": base64.b64encode(found[0]).decode(), "quality": found[1] and dataclasses.asdict(found[1])}
        if found
        else None
    )
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
