"""Reads of workflows: which case type a subject's cases get, drafts, releases."""

from __future__ import annotations

from taydo.engines.cases import casetype
from taydo.kernel.errors import missing

from .keeping import in_force

_standard: dict[str, str] = {}


def standard(kind: str) -> str:
    """The declared case type of a kind: its id, or the last word of it (`standard` → `dossier_standard`); 404 when there is none."""
    if kind not in _standard:
        names = [spec.id for spec in casetype.every()]
        found = [name for name in names if name == kind] or [name for name in names if name.endswith(f"_{kind}")]
        if not found:
            raise missing("no_such_workflow", f"Không có quy trình “{kind}”.", f"There is no workflow “{kind}”.")
        _standard[kind] = found[0]
    return _standard[kind]


def type_for(kind: str, key: str) -> str:
    """The type to open a subject's (a procedure's) new cases with: the released one of `key` in this kind, else the kind's own.

    The name (`dossier_standard/1.004873`) is for `open_case` alone: the case's `type` is the kind's in both (`dossier_standard`).
    No query on the way but one a second in a process. A refined workflow belongs to its kind: when the procedure's kind becomes
    another one, that kind's own workflow holds until it is refined, too.
    """
    own, held = standard(kind), in_force()
    name = f"{own}/{key.strip().lower()}"
    return name if name in held.versions and name not in held.standard else own
