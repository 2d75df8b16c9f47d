"""Rows to the JSON of SensorThings: which columns are fetched for a level, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from taydo.engines.sensorthings.registry import COLUMNS, LINKS, micros
from taydo.protocols.sensorthings.paths import address
from taydo.protocols.sensorthings.picking import picked
from taydo.protocols.sensorthings.times import format_instant, format_time
from taydo.protocols.sensorthings.tree import Query
from taydo.protocols.sensorthings.vocabulary import TYPES

#: what is left out when there is none, rather than shown as null
_OPTIONAL = {"observedArea", "validTime", "parameters", "resultQuality"}
_OPTIONAL_OF_STREAM = {"phenomenonTime", "resultTime"}


def _raw(value: str | None) -> Any:
    return None if value is None else msgspec.Raw(value.encode())


def _same(value: Any) -> Any:
    return value


def _interval(value: list[int] | None) -> str | None:
    return None if not value or value[0] is None else format_time(value[0], value[1])


def _instant(value: int | None) -> str | None:
    return None if value is None else format_instant(value)


def shown_result(value: float | None) -> float | int | None:
    """A number as JSON shows it: whole numbers without a point."""
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _converter(entity: str, name: str) -> Callable[[Any], Any]:
    column = COLUMNS[entity][name]
    if entity == "Datastream" and name in _OPTIONAL_OF_STREAM:
        return _interval
    if column.kind == "instant" and entity == "HistoricalLocation":
        return _instant
    return _raw if column.kind == "json" else _same


class Shape:
    """What one level fetches and shows: `columns` for SELECT, `entity` for each row."""

    def __init__(self, entity: str, query: Query, root: str) -> None:
        self.type, self.root = entity, root
        select = query.select
        chosen = (
            [one.split("/") for one in select] if select is not None else [[name] for name in TYPES[entity].properties]
        )
        heads = list(dict.fromkeys(one[0] for one in chosen))
        self.names = [name for name in TYPES[entity].properties if name in heads]
        self.inside = {name: [one[1:] for one in chosen if one[0] == name and len(one) > 1] for name in self.names}
        self.with_id = select is None or "@iot.id" in heads
        self.with_self = select is None or "@iot.selfLink" in heads
        self.links = [name for name in TYPES[entity].relations if select is None or name in heads]
        self.keys = [one.relation for one in query.expand]
        shown = {one.relation for one in query.expand if not TYPES[entity].relations[one.relation].many}
        self.links = [name for name in self.links if name not in shown]
        self.columns = ", ".join([*self._identity(), *self._properties(), *self._keys()])
        self.show = [self._shower(name) for name in self.names]

    def _identity(self) -> list[str]:
        return ["e.datastream_id", micros("e.phenomenon_time"), "e.result"] if self.type == "Observation" else ["e.id"]

    def _properties(self) -> list[str]:
        found = [COLUMNS[self.type][name] for name in self.names]
        return [(one.shown or one.sql).format(a="e") for one in found]

    def _keys(self) -> list[str]:
        return [LINKS[self.type, name].key.format(a="e") for name in self.keys]

    def _shower(self, name: str) -> tuple[str, Callable[[Any], Any], bool]:
        paths = self.inside.get(name)
        optional = name in _OPTIONAL or (self.type == "Datastream" and name in _OPTIONAL_OF_STREAM)
        if paths:
            return name, lambda value: None if value is None else picked(msgspec.json.decode(value), paths), optional
        return name, _converter(self.type, name), optional

    def entity(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """One row as an entity; keys beginning with `#` are for this engine only and are taken out by `finished`."""
        if self.type == "Observation":
            return self._observation(row)
        found: dict[str, Any] = {}
        link = f"{self.root}/{address(self.type, row[0])}"
        self._head(found, row[0], link)
        for (name, convert, optional), value in zip(self.show, row[1:], strict=False):
            shown = convert(value)
            if shown is not None or not optional:
                found[name] = shown
        return self._tail(found, link, row[1 + len(self.show) :])

    def _observation(self, row: tuple[Any, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        key = f"{row[0]}-{row[1]}"
        link = f"{self.root}/Observations('{key}')"
        self._head(found, key, link)
        for (name, convert, optional), value in zip(self.show, row[3:], strict=False):
            if name == "result":
                found[name] = shown_result(row[2]) if value is None else _raw(value)
            elif name == "phenomenonTime":
                found[name] = value or format_instant(row[1])
            elif value is not None or not optional:
                found[name] = convert(value)
        found["#stream"] = row[0]
        return self._tail(found, link, row[3 + len(self.show) :])

    def _head(self, found: dict[str, Any], key: int | str, link: str) -> None:
        if self.with_self:
            found["@iot.selfLink"] = link
        if self.with_id:
            found["@iot.id"] = key
        else:
            found["#id"] = key

    def _tail(self, found: dict[str, Any], link: str, keys: tuple[Any, ...]) -> dict[str, Any]:
        for name in self.links:
            found[f"{name}@iot.navigationLink"] = f"{link}/{name}"
        for name, key in zip(self.keys, keys, strict=False):
            found[f"#{name}"] = key
        return found


def finished(value: Any) -> Any:
    """The entity without what is for this engine only, ready to be encoded."""
    if isinstance(value, dict):
        return {
            name: finished(one) if isinstance(one, dict | list) else one
            for name, one in value.items()
            if name[:1] != "#"
        }
    return [finished(one) for one in value] if isinstance(value, list) else value


def render_observation(
    datastream_id: int, phenomenon_time: int, result: float | None, extra: dict[str, Any] | None, root: str = ""
) -> dict[str, Any]:
    """A kept reading as a SensorThings Observation, for publishing. `phenomenon_time`: µs since 1970; `root`: service root."""
    extra = extra or {}
    key = f"{datastream_id}-{phenomenon_time}"
    link = f"{root}/Observations('{key}')"
    found: dict[str, Any] = {
        "@iot.selfLink": link,
        "@iot.id": key,
        "phenomenonTime": extra.get("phenomenonTime") or format_instant(phenomenon_time),
        "result": extra["result"] if "result" in extra else shown_result(None if result != result else result),
        "resultTime": extra.get("resultTime"),
    }
    found.update({name: extra[name] for name in ("resultQuality", "validTime", "parameters") if name in extra})
    found["Datastream@iot.navigationLink"] = f"{link}/Datastream"
    found["FeatureOfInterest@iot.navigationLink"] = f"{link}/FeatureOfInterest"
    return found
