"""What workflows are for: a part of the house says which kinds of case can be refined, for which subjects, and what it relies on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from taydo.kernel.specs import Label


@dataclass(frozen=True, slots=True)
class Subject:
    """Something whose cases can go their own way, such as a procedure: its code, its title, the kind of its cases."""

    key: str
    title: str
    kind: str


@dataclass(frozen=True)
class Family:
    """Kinds of case and their subjects. `needs`: moves that the owner's own code takes by name, so that nobody may remove them."""

    name: str
    title: Label
    kinds: tuple[str, ...]
    find: Callable[[str], Subject | None]
    search: Callable[[str], Sequence[Subject]]
    needs: frozenset[str] = frozenset()
    agencies: Callable[[], Sequence[tuple[str, str]]] = field(default=lambda: ())


FAMILIES: dict[str, Family] = {}


def family(
    name: str, *, title: Label, kinds: Sequence[str], find: Callable[[str], Subject | None], search: Callable[[str], Sequence[Subject]],
    needs: frozenset[str] = frozenset(), agencies: Callable[[], Sequence[tuple[str, str]]] = lambda: (),
) -> None:  # fmt: skip
    """Declare, at import of a part's `jobs.py`, that cases of these kinds (ids of case types) can be refined for each subject."""
    FAMILIES[name] = Family(name, title, tuple(kinds), find, search, needs, agencies)


def of_kind(kind: str) -> Family | None:
    """The family a kind belongs to."""
    return next((found for found in FAMILIES.values() if kind in found.kinds), None)


def named(key: str) -> Subject | None:
    """The subject of a key, in whichever family knows it."""
    return next((subject for each in FAMILIES.values() if (subject := each.find(key))), None)
