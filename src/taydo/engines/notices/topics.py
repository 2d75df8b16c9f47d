"""What one can subscribe to: each part of the house declares its topics; whoever knows the map offers its areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from taydo.kernel.specs import Label


@dataclass(frozen=True)
class Topic:
    """A subject of notices; `warnings.rain` belongs to `warnings`."""

    code: str
    title: Label


@dataclass(frozen=True)
class Area:
    """A part of the city one can choose: its code and its name in both languages."""

    code: str
    title: Label


_topics: dict[str, Topic] = {}
_areas: list[Callable[[], list[Area]]] = []


def declare(code: str, vi: str, en: str) -> Topic:
    """Declare a topic; declaring it again changes its words."""
    _topics[code] = Topic(code, Label(vi=vi, en=en))
    return _topics[code]


def all_topics() -> list[Topic]:
    """Every topic, parents before their parts."""
    return sorted(_topics.values(), key=lambda topic: topic.code)


def topic(code: str) -> Topic | None:
    """The topic of this code."""
    return _topics.get(code)


def offer_areas(provider: Callable[[], list[Area]]) -> None:
    """Say who knows the areas one can choose; the last to say so counts."""
    _areas[:] = [provider]


def areas() -> list[Area]:
    """The areas one can choose, none when nobody knows any."""
    return _areas[0]() if _areas else []
