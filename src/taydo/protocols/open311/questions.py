"""What `GET requests` asks for: the standard's arguments, and the extensions most servers know (pages, a circle, a box)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from . import times
from .refusals import Refusal, bad

SPAN = dt.timedelta(days=90)
MOST_ON_PAGE = 1000
MOST_NAMED = 1000
RADIUS_M, MOST_RADIUS_M = 1000.0, 50_000.0
STATUSES = ("open", "closed")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Circle:
    """Around a point (WGS 84), in metres."""

    lat: float
    long: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Box:
    """Between two meridians and two parallels (WGS 84)."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Question:
    """What to list, the newest first. `ids` overrides everything else but the format. `before`: the (instant, id) a page ended with."""

    ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = STATUSES
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    circle: Circle | None = None
    box: Box | None = None
    page: int = 1
    page_size: int = MOST_ON_PAGE
    before: tuple[dt.datetime, int] | None = None


def read(pairs: Pairs, now: dt.datetime) -> Question:
    """The question of a query string's pairs; an empty value counts as none. Raises Refusal naming every fault at once."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value := value.replace("\0", "").strip():
            given.setdefault(name, []).append(value)
    faults: list[str] = []
    page, size = _whole(given, "page", 1, faults), _whole(given, "page_size", MOST_ON_PAGE, faults)
    if ids := _listed(given, "service_request_id"):
        if len(ids) > MOST_NAMED:
            raise bad(f"at most {MOST_NAMED} service_request_id at once")
        return Question(ids=ids, page=page, page_size=min(size, MOST_ON_PAGE))
    statuses = tuple(name.lower() for name in _listed(given, "status")) or STATUSES
    if unknown := [name for name in statuses if name not in STATUSES]:
        faults.append(f"status {', '.join(unknown)} is none of: open, closed")
    since, until = _span(given, now, faults)
    question = Question(
        codes=_listed(given, "service_code"), statuses=statuses, since=since, until=until, circle=_circle(given, faults),
        box=_box(given, faults), page=page, page_size=min(size, MOST_ON_PAGE), before=_before(given, faults),
    )  # fmt: skip
    if faults:
        raise bad(*faults)
    return question


def mark(instant: dt.datetime, identifier: int) -> str:
    """The `before` of the page after the one that ends with this request."""
    return f"{round(instant.timestamp() * 1_000_000)}-{identifier}"


def _listed(given: dict[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for text in given.get(name, ()) for part in text.split(",") if part.strip())


def _whole(given: dict[str, list[str]], name: str, usual: int, faults: list[str]) -> int:
    text = given.get(name, [str(usual)])[-1]
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 10**6:
        return int(text)
    faults.append(f"{name} {text!r} is no whole number from 1")
    return usual


def _instant(given: dict[str, list[str]], name: str, faults: list[str]) -> dt.datetime | None:
    if name not in given:
        return None
    try:
        return times.read(given[name][-1])
    except (ValueError, OverflowError) as error:
        faults.append(f"{name}: {error}")
        return None


def _span(
    given: dict[str, list[str]], now: dt.datetime, faults: list[str]
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Both ends: those given, else 90 days from the one given, else the latest 90 days."""
    since, until = _instant(given, "start_date", faults), _instant(given, "end_date", faults)
    try:
        if since is None:
            since = (until or now) - SPAN
        elif until is None:
            until = since + SPAN
        elif since > until:
            faults.append("start_date is later than end_date")
        elif until - since > SPAN:
            faults.append("start_date and end_date may not span more than 90 days")
    except OverflowError:
        faults.append("start_date or end_date is out of range")
    return since, until


def _numbers(text: str, count: int) -> list[float]:
    found = [float(part) for part in text.split(",")]
    if len(found) != count or not all(math.isfinite(number) for number in found):
        raise ValueError(text)
    return found


def _circle(given: dict[str, list[str]], faults: list[str]) -> Circle | None:
    if "lat" not in given and "long" not in given:
        return None
    try:
        lat, long = (_numbers(given[name][-1], 1)[0] for name in ("lat", "long"))
        radius = _numbers(given.get("radius", [str(RADIUS_M)])[-1], 1)[0]
    except (KeyError, ValueError):
        faults.append("lat and long must both be given, as decimal degrees; radius in metres")
        return None
    if abs(lat) > 90 or abs(long) > 180 or not 0 < radius <= MOST_RADIUS_M:
        faults.append(f"lat, long or radius is out of range (radius at most {MOST_RADIUS_M:.0f} metres)")
        return None
    return Circle(lat, long, radius)


def _box(given: dict[str, list[str]], faults: list[str]) -> Box | None:
    if "bbox" not in given:
        return None
    try:
        west, south, east, north = _numbers(given["bbox"][-1], 4)
    except ValueError:
        faults.append("bbox must be four numbers: west,south,east,north")
        return None
    if west > east or south > north:
        faults.append("bbox must be west,south,east,north")
    return Box(west, south, east, north)


def _before(given: dict[str, list[str]], faults: list[str]) -> tuple[dt.datetime, int] | None:
    if "before" not in given:
        return None
    micros, _, identifier = given["before"][-1].partition("-")
    try:
        instant = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(micros))
        number = int(identifier)
        if not 0 <= number < 2**63:
            raise ValueError(identifier)
        return instant, number
    except (ValueError, OverflowError):
        faults.append("before is not what a link of ours said")
        return None


__all__ = ["Box", "Circle", "Question", "Refusal", "mark", "read"]
