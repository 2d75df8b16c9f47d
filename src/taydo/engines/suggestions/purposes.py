"""What suggestions are for: each purpose says where its labelled texts and its first keywords come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from taydo.kernel.errors import missing

PURPOSES: dict[str, Purpose] = {}


@dataclass(frozen=True)
class Purpose:
    """A named question with its sources; `examples` gives (text, label) pairs, the newest first, `cold` the keywords of labels."""

    name: str
    examples: Callable[[], Iterable[tuple[str, str]]]
    cold: Callable[[], Mapping[str, Sequence[str]]]
    trust: float


def declare(
    name: str,
    examples: Callable[[], Iterable[tuple[str, str]]],
    cold: Callable[[], Mapping[str, Sequence[str]]] | None = None,
    trust: float = 0.8,
) -> Purpose:
    """Declare a purpose; suggestions come out only where, on held-out texts, at least a share of `trust` of them was right."""
    PURPOSES[name] = Purpose(name, examples, cold or dict, trust)
    return PURPOSES[name]


def purpose(name: str) -> Purpose:
    """A declared purpose; 404 for any other."""
    if name not in PURPOSES:
        raise missing("no_purpose", "Không có loại gợi ý này.", "There are no suggestions for this.", purpose=name)
    return PURPOSES[name]
