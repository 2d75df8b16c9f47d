"""Training: when there is enough that is new, learn, measure on texts left out, keep both."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.methods import labelling

from .purposes import purpose
from .queries import newest

MOST = 20_000
"""Examples learned from: the newest."""
GROWTH, FEWEST_NEW = 1.1, 25
"""Training again needs a tenth more examples, and at least so many."""
LONGEST_S = 3600
VERSIONS = 5


def train(viewer: Viewer, name: str, force: bool = False) -> int | None:
    """Train the purpose when enough is new (or `force`); returns the version, None when nothing was done.

    The work is done before the transaction that keeps it. Measured by learning from four fifths and testing on the rest; what
    is kept has learned from all.
    """
    viewer.require("suggestions.train")
    source = purpose(name)
    examples = list(itertools.islice(source.examples(), MOST))
    cold = {label: list(texts) for label, texts in source.cold().items()}
    mark = hashlib.sha256(json.dumps(cold, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    if not (examples or cold) or (not force and not _due(newest(name), len(examples), mark)):
        return None
    found = _apart({"examples": examples, "cold": cold, "trust": source.trust})
    if found is None:  # neither examples nor keywords of two labels: nothing to suggest yet
        return None
    return keep(viewer, name, len(examples), mark, base64.b64decode(found["model"]), found["quality"])


def _apart(given: dict[str, Any]) -> dict[str, Any] | None:
    """Learn in a process of its own, politely: half a gigabyte for twenty thousand texts is given back, the worker goes on meanwhile."""
    source = Path(labelling.__file__).resolve().parents[2]
    done = subprocess.run(
        ["nice", sys.executable, "-W", "ignore", "-m", "taydo.methods.labelling_training"], input=json.dumps(given).encode(),
        capture_output=True, check=False, timeout=LONGEST_S,
        env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"training failed: {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    answer: dict[str, Any] | None = json.loads(done.stdout)
    return answer


def _due(last: dict[str, Any] | None, examples: int, mark: str) -> bool:
    if last is None or last["cold_mark"] != mark:
        return True
    return examples >= int(max(last["examples"] * GROWTH, last["examples"] + FEWEST_NEW))


@action("suggestions.train", secret=("data",))
def keep(viewer: Viewer, name: str, examples: int, cold_mark: str, data: bytes, quality: dict[str, Any] | None) -> int:
    """Keep a trained model as the purpose's newest; older versions beyond a few go. Returns the version."""
    about("suggestions", name)
    version = sql.value(
        """INSERT INTO suggestions_model (purpose, examples, cold_mark, data, quality)
           VALUES (%(p)s, %(n)s, %(mark)s, %(data)s, %(quality)s::jsonb) RETURNING id""",
        {
            "p": name,
            "n": examples,
            "mark": cold_mark,
            "data": data,
            "quality": json.dumps(quality) if quality else None,
        },
    )
    sql.execute(
        """DELETE FROM suggestions_model WHERE purpose = %(p)s AND id NOT IN
             (SELECT id FROM suggestions_model WHERE purpose = %(p)s ORDER BY id DESC LIMIT %(n)s)""",
        {"p": name, "n": VERSIONS},
    )
    return int(version)
