"""Every read: what a model suggests for a text, and how good the models are."""

from __future__ import annotations

import json
from typing import Any

from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.methods.labelling import Model, from_bytes

from .purposes import PURPOSES, purpose

_models: dict[str, tuple[int, Model]] = {}


def suggest(name: str, text: str, n: int = 3) -> list[tuple[str, float]]:
    """The likeliest labels with how sure each is (0 to 1), at most `n`; none when the model is unsure or there is none yet."""
    model = _newest(purpose(name).name)
    return [] if model is None else [(item.label, item.sure) for item in model.suggest(text, n)]


def learned(name: str) -> bool:
    """Whether what is suggested was learned from finished work and measured; false while it rests on keywords."""
    model = _newest(purpose(name).name)
    return model is not None and model.calibrated


def _newest(name: str) -> Model | None:
    """The purpose's newest model; its bytes are read once in a process."""
    version = sql.value("SELECT max(id) FROM suggestions_model WHERE purpose = %(p)s", {"p": name})
    if version is None:
        return None
    kept = _models.get(name)
    if kept is None or kept[0] != version:
        data = sql.value("SELECT data FROM suggestions_model WHERE id = %(id)s", {"id": version})
        kept = _models[name] = (version, from_bytes(bytes(data)))
    return kept[1]


def newest(name: str) -> dict[str, Any] | None:
    """What is known of the purpose's newest model: version, trained_at, examples, cold_mark, quality (None: only keywords)."""
    return next(iter(_versions(name, 1)), None)


def quality(viewer: Viewer, name: str) -> dict[str, Any]:
    """How good the purpose's suggestions are, measured on held-out texts, for each version kept; the newest first."""
    viewer.require("suggestions.see")
    asked = purpose(name)
    return {"purpose": name, "trust": asked.trust, "versions": _versions(name, 100)}


def _versions(name: str, most: int) -> list[dict[str, Any]]:
    found = sql.rows(
        """SELECT id AS version, trained_at, examples, cold_mark, quality::text AS quality FROM suggestions_model
           WHERE purpose = %(p)s ORDER BY id DESC LIMIT %(most)s""",
        {"p": name, "most": most},
    )
    return [{**item, "quality": json.loads(item["quality"] or "null")} for item in found]


def purposes(viewer: Viewer) -> list[str]:
    """Names of all purposes."""
    viewer.require("suggestions.see")
    return sorted(PURPOSES)
