"""Suggests a label (a category, an agency) for a short text in Vietnamese or English, and says how sure it is.

A linear model over words and letters. Telex slips and missing diacritics are common in reports from phones, so every word counts
twice, as written and without its marks; letters in threes and fours catch spelling. Weights: term frequency × inverse document
frequency, sublinear, length one (Salton & Buckley, "Term-weighting approaches in automatic text retrieval", 1988). Scores become
probabilities by one temperature (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), fitted on texts the scores were
not learned from. Below `threshold` nothing is suggested. Training is in `labelling_training`; what is here needs numpy only.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
LONGEST = 1200
"""Characters of a text that are read; what a report is about stands in its beginning."""
_WORD = re.compile(r"[^\W_]+")
_FORMAT = 1


def folded(text: str) -> str:
    """Lower case without diacritics: what stays when `Đường hư` is typed as `duong hu`."""
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).replace("đ", "d")


def words(text: str) -> list[str]:
    """Lower-case words as written (NFC); a number is only known to be one."""
    found = _WORD.findall(unicodedata.normalize("NFC", text[:LONGEST].lower()))
    return ["0" if word.isdecimal() else word for word in found]


def features(text: str) -> list[str]:
    """What the model sees of a text: words, words without marks, pairs of those, and runs of 3 and 4 letters."""
    written = words(text)
    plain = [folded(word) for word in written]
    joined = f" {' '.join(plain)} "
    seen = ["w" + word for word in written]
    seen += ["f" + word for word in plain]
    seen += [f"p{first} {second}" for first, second in itertools.pairwise(plain)]
    for size in (3, 4):
        seen += ["c" + joined[at : at + size] for at in range(len(joined) - size + 1)]
    return seen


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label and the probability (0 to 1) that it is the right one."""

    label: str
    sure: float


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: n features, k labels. `calibrated` is false while it only knows keywords."""

    labels: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    temperature: float
    threshold: float
    calibrated: bool

    def scores(self, text: str) -> Floats | None:
        """The k raw scores; None when the text holds nothing the model knows."""
        known = self.vocabulary
        counts = Counter(known[item] for item in features(text) if item in known)
        if not counts:
            return None
        at = np.fromiter(counts.keys(), np.intp, len(counts))
        heard = np.fromiter((1 + math.log(count) for count in counts.values()), np.float32, len(counts)) * self.idf[at]
        scores: Floats = (heard / np.linalg.norm(heard)) @ self.weights[at] + self.bias
        return scores

    def probabilities(self, text: str) -> Floats | None:
        """The k probabilities, summing to one; None when the text holds nothing the model knows."""
        scores = self.scores(text)
        return None if scores is None else softmax(scores[None, :], self.temperature)[0]

    def ranked(self, text: str, most: int = 3) -> list[Suggestion]:
        """The likeliest labels, however unsure."""
        sure = self.probabilities(text)
        if sure is None:
            return []
        return [Suggestion(self.labels[at], float(sure[at])) for at in np.argsort(-sure, kind="stable")[:most]]

    def suggest(self, text: str, most: int = 3) -> list[Suggestion]:
        """The likeliest labels, or none at all when the first is less sure than the threshold."""
        found = self.ranked(text, most)
        return found if found and found[0].sure >= self.threshold else []


def softmax(scores: npt.NDArray[Any], temperature: float) -> Floats:
    """Probabilities of rows of scores; a higher temperature makes them more doubtful."""
    heat = np.asarray(scores, np.float64) / temperature
    raised = np.exp(heat - heat.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def to_bytes(model: Model) -> bytes:
    """The model as an .npz archive without pickles."""
    about = {"format": _FORMAT, "labels": model.labels, "temperature": model.temperature, "threshold": model.threshold,
             "calibrated": model.calibrated, "vocabulary": sorted(model.vocabulary, key=model.vocabulary.__getitem__)}  # fmt: skip
    said = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, about=said, idf=model.idf, weights=model.weights.astype(np.float16), bias=model.bias)
    return out.getvalue()


def from_bytes(data: bytes) -> Model:
    """A model that `to_bytes` wrote. Raises ValueError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            idf, weights, bias = kept["idf"], kept["weights"].astype(np.float32), kept["bias"]
    except (OSError, KeyError, zipfile.BadZipFile, json.JSONDecodeError) as error:
        raise ValueError("these bytes are no model") from error
    if about.get("format") != _FORMAT or weights.shape != (len(about["vocabulary"]), len(about["labels"])):
        raise ValueError("these bytes are a model of another kind")
    vocabulary = {item: at for at, item in enumerate(about["vocabulary"])}
    return Model(tuple(about["labels"]), vocabulary, idf, weights, bias, about["temperature"], about["threshold"], about["calibrated"])  # fmt: skip
