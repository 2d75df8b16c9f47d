"""What is in force, in the memory of each process: read anew when the newest release is another one, asked once a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from taydo.engines.cases import casetype
from taydo.kernel import sql

LOOK_AGAIN_S = 1.0
"""For so long another process may still begin cases by the release before; who releases sees it at once."""


@dataclass(frozen=True)
class InForce:
    """The newest release's id, the newest version by name (`<kind>/<key>`), and the names that went back to their kind's own."""

    mark: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    standard: frozenset[str] = frozenset()


class _Memory:
    held = InForce()
    until = 0.0


def in_force() -> InForce:
    """What is in force, at most LOOK_AGAIN_S old; the table is read only when there is a new release."""
    if time.monotonic() < _Memory.until:
        return _Memory.held
    mark = sql.value("SELECT coalesce(max(id), 0) FROM workflows_release")
    if mark != _Memory.held.mark:
        newest = sql.rows(
            "SELECT DISTINCT ON (kind, key) kind, key, type_version, standard FROM workflows_release ORDER BY kind, key, id DESC"
        )
        versions = {f"{item['kind']}/{item['key']}": item["type_version"] for item in newest}
        standard = frozenset(f"{item['kind']}/{item['key']}" for item in newest if item["standard"])
        _Memory.held = InForce(mark, versions, standard)
    _Memory.until = time.monotonic() + LOOK_AGAIN_S
    return _Memory.held


def forget() -> None:
    """Look at the table again at the next question, also after the running transaction."""
    _Memory.until = 0.0
    transaction.on_commit(lambda: setattr(_Memory, "until", 0.0))


casetype.source(lambda: in_force().versions)
