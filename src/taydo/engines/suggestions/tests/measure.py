"""Measures suggestions on real texts: `TAYDO_SHARED=… python -m taydo.engines.suggestions.tests.measure` prints the table of
docs/measured/category-suggestion.md. Every set says how it is parted, so that nothing of the answer stands in the question."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from taydo.methods.labelling_training import Example, Quality, examine, parted

SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data"
SEEDS = range(5)
Parts = tuple[list[Example], list[Example]]


@dataclass(frozen=True)
class Setup:
    """A set of texts with its name in the table and the pairs of parts (learned, tested) it is measured on."""

    name: str
    parts: Callable[[], list[Parts]]


def _rows(*path: str) -> list[dict[str, str]]:
    with SHARED.joinpath(*path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _feedback() -> list[Parts]:
    """UIT-VSFC as its authors parted it: students' sentences, four topics."""

    def part(name: str) -> list[Example]:
        said = json.loads(SHARED.joinpath("text", "uit-vsfc", f"UIT-VSFC-{name}.json").read_text(encoding="utf-8"))
        return [(item["sentence"], item["topic"]) for item in said]

    return [(part("train") + part("dev"), part("test"))]


def _health() -> list[Parts]:
    """Questions to the Ministry of Health, 23 fields; each question once."""
    asked = ((re.sub(r"^.*?Câu hỏi \d+ ?:", "", row["question"]).strip(), row["main_topic"]) for row in _rows("text", "pubhealthqa", "raw_QAPair.csv"))  # fmt: skip
    return _parted(pair for pair in asked if pair[0])


def _new_york(label: str) -> list[Parts]:
    """Descriptor and kind of place; each wording once, so that a tested wording was never learned."""
    return _parted(_described(row, label) for row in _rows("complaints", "nyc311", "junelus_nyc311_sample.csv"))


def _new_york_in_time() -> list[Parts]:
    """The same as requests arrive: the earlier four fifths are learned; most wordings come again."""
    rows = sorted(_rows("complaints", "nyc311", "junelus_nyc311_sample.csv"), key=lambda row: row["created_date"])
    said = [_described(row, "complaint_type") for row in rows]
    return [(said[: len(said) * 4 // 5], said[len(said) * 4 // 5 :])]


def _described(row: dict[str, str], label: str) -> Example:
    kind = f"{row['complaint_type']} " if label == "agency" else ""
    return (f"{kind}{row['descriptor']}. {row['location_type']}".strip(" ."), row[label])


def _baltimore() -> list[Parts]:
    """The service's name without the prefix that tells the agency; each name once: agencies of services never learned."""
    return _parted((row["SRType"].split("-", 1)[-1], row["Agency"]) for row in _rows("complaints", "baltimore311", "311_sample.csv"))  # fmt: skip


def _parted(examples: Iterable[Example]) -> list[Parts]:
    distinct = sorted(set(examples))
    return [parted(distinct, 0.2, seed) for seed in SEEDS]


SETUPS = {
    "feedback": Setup("UIT-VSFC: topic of a student's sentence (Vietnamese)", _feedback),
    "health": Setup("PubHealthQA: field of a question (Vietnamese, few)", _health),
    "kind": Setup("NYC 311: complaint type of an unseen wording", lambda: _new_york("complaint_type")),
    "agency": Setup("NYC 311: agency of an unseen wording", lambda: _new_york("agency")),
    "service": Setup("Baltimore 311: agency of an unseen service name", _baltimore),
    "in_time": Setup("NYC 311: complaint type, later requests", _new_york_in_time),
}


def measured(name: str) -> Quality:
    """The quality of one set, its figures averaged over the ways it was parted (counts rounded)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [examine(learned, tested) for learned, tested in SETUPS[name].parts()]
    mean = {item.name: fmean(getattr(quality, item.name) for quality in found) for item in fields(Quality)}
    return Quality(**{key: round(mean[key]) if key in ("learned", "tested", "labels") else mean[key] for key in mean})  # type: ignore[arg-type]


def line(name: str, quality: Quality) -> str:
    """One line of the table."""
    shares = (quality.majority, quality.naive_bayes, quality.accuracy, quality.macro_f1, quality.in_three, quality.coverage,
              quality.precision, quality.calibration_error)  # fmt: skip
    counts = f"{quality.learned} / {quality.tested} / {quality.labels}"
    return f"| {SETUPS[name].name} | {counts} | " + " | ".join(f"{share:.3f}" for share in shares) + " |"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line(name, measured(name))}\n" for name in SETUPS)
