"""Reads what devices send (MQTT topics, REST, lines held in quarantine) into batches.

Three shapes: a SensorThings Observation for one datastream, a dataArray for one datastream, and the readings of a station
by the names its logger uses. Nothing raises: what cannot be understood comes back as a refusal with its reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
from django.db import connection, transaction

from taydo.engines.streams import ingest, quarantine, registry
from taydo.engines.streams.quarantine import LIMIT, Refusal, readable
from taydo.engines.streams.readings import CALIBRATION, FAULT, Batch, Trace
from taydo.kernel import sql
from taydo.protocols import tt10

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
STATUS = {tt10.MEASURING: 0, tt10.CALIBRATING: CALIBRATION, tt10.FAULTY: FAULT}
Stations = dict[str, dict[str, int]]
Problems = list[tuple[str, str, str | None]]


class Observation(msgspec.Struct):
    """A SensorThings Observation as a device publishes it."""

    result: float
    phenomenonTime: Aware | None = None
    resultTime: str | None = None
    validTime: str | None = None
    resultQuality: Any = None
    parameters: dict[str, Any] | None = None


class Pairs(msgspec.Struct):
    """CreateObservations for one datastream: rows of time and result, in the order of `components`."""

    components: list[str]
    dataArray: list[tuple[Aware, float]]


class Values(msgspec.Struct):
    """The readings of a station at one time, by the symbols of its logger."""

    time: Aware
    values: dict[str, float]
    status: str = tt10.MEASURING


_observation = msgspec.json.Decoder(Observation).decode
_pairs = msgspec.json.Decoder(Pairs).decode
_values = msgspec.json.Decoder(Values).decode
_time = msgspec.json.Decoder(Aware).decode
_EXTRAS = ("resultTime", "validTime", "resultQuality", "parameters")
_COMMA = re.compile(r"^\s*[+-]?\d+,\d+\s*$")
_SUBJECT = re.compile(r"^ingest\.(?:(sta|array)\.Datastreams\((\d{1,9})\)|station\.(.+))$")
_TOPIC = re.compile(r"^(?:/api/v1/streams/)?stations/([^/]+)/readings$")


class Message(NamedTuple):
    """`subject` as mapped by the gateway, `time_ns` when the broker had it, `origin` the same at every delivery."""

    subject: str
    payload: bytes
    time_ns: int
    origin: str | None = None


@dataclass(slots=True)
class Columns:
    """Readings as they are gathered: equal-length lists; `message` is the position of the message they came in."""

    datastream_id: list[int] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
    result: list[float] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    message: list[int] = field(default_factory=list)
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, datastream_id: int, time: float, result: float, flags: int, message: int) -> None:
        """One reading; `time` in seconds since 1970."""
        self.datastream_id.append(datastream_id)
        self.time.append(time)
        self.result.append(result)
        self.flags.append(flags)
        self.message.append(message)


@lru_cache(maxsize=65_536)
def route(subject: str) -> tuple[str, int | str]:
    """What a subject carries: ("sta"|"array", datastream id), ("station", code) or ("", subject)."""
    found = _SUBJECT.match(subject)
    if found is None:
        return "", subject
    return (found[1], int(found[2])) if found[1] else ("station", found[3].replace("//", "."))


def topic_of(subject: str) -> str:
    """The MQTT topic a mapped subject came from."""
    kind, key = route(subject)
    names = {"sta": "Observations", "array": "CreateObservations"}
    if kind in names:
        return f"v1.1/Datastreams({key})/{names[kind]}"
    return f"stations/{key}/readings" if kind == "station" else subject


def read(messages: Sequence[Message], stations: Stations, door: str = "mqtt") -> tuple[Batch, list[Refusal], list[int]]:
    """The readings of all messages as one batch, what was refused, and for each row of the batch its message."""
    columns, refused = Columns(), []
    streams, times, results = columns.datastream_id.append, columns.time.append, columns.result.append
    flags, whence = columns.flags.append, columns.message.append
    for at, message in enumerate(messages):
        kind, key = route(message.subject)
        if kind == "sta" and len(message.payload) <= LIMIT:
            try:
                seen = _observation(message.payload)
            except msgspec.DecodeError:
                seen = None
            if seen is not None:
                time = seen.phenomenonTime
                if seen.resultTime or seen.parameters or seen.validTime or seen.resultQuality is not None:
                    columns.extra[len(columns.time)] = _extras(seen)
                streams(key)  # type: ignore[arg-type]
                times(message.time_ns / 1e9 if time is None else time.timestamp())
                results(seen.result)
                flags(0)
                whence(at)
                continue
        refused += _read_one(message, at, kind, key, columns, stations, door)
    return _batch(columns, messages, door), refused, columns.message


def _extras(seen: Observation) -> dict[str, Any]:
    return {name: value for name in _EXTRAS if (value := getattr(seen, name)) is not None}


def _read_one(
    message: Message, at: int, kind: str, key: int | str, columns: Columns, stations: Stations, door: str
) -> list[Refusal]:
    if (len(message.payload) > LIMIT and kind != "array") or len(message.payload) > 16 * LIMIT:
        problems: Problems = [("too_large", f"{len(message.payload)} bytes", None)]
    elif not kind:
        problems = [("topic", "", None)]
    elif kind == "station":
        problems = _read_station(message, at, str(key), columns, stations)
    elif kind == "array":
        problems = _read_pairs(message, at, int(key), columns)
    else:
        problems = _read_odd(message.payload, at, int(key), columns, message.time_ns)
    return [
        Refusal(
            door, topic_of(message.subject), raw or readable(message.payload), reason, detail,
            datastream_id=int(key) if kind in ("sta", "array") else None, station=str(key) if kind == "station" else "",
            origin=message.origin and (message.origin if raw is None else f"{message.origin}:{number}!"),
            size=len(message.payload), message=at,
        )
        for number, (reason, detail, raw) in enumerate(problems)
    ]  # fmt: skip


def _read_station(message: Message, at: int, code: str, columns: Columns, stations: Stations) -> Problems:
    """A message whose values are partly good gives the good ones; each other one is refused by itself."""
    symbols = stations.get(code)
    if symbols is None:
        return [("unknown_station", code, None)]
    try:
        seen = _values(message.payload)
        values: dict[str, Any] = dict(seen.values)
        time, status = seen.time, seen.status
    except msgspec.DecodeError:
        loose = _loose(message.payload)
        if isinstance(loose, str):
            return [(loose, "", None)]
        values, status = loose.get("values"), str(loose.get("status", tt10.MEASURING))  # type: ignore[assignment]
        when = _moment(loose.get("time"))
        if not isinstance(values, dict):
            return [("shape", "time, values", None)]
        if when is None:
            return [("time", str(loose.get("time"))[:60], None)]
        time = when
    if status not in STATUS:
        return [("shape", f"status {status[:20]}", None)]
    problems: Problems = []
    for symbol, value in values.items():
        stream = symbols.get(registry.spelling(symbol))
        reason = "unknown_stream" if stream is None else _number_problem(value)
        if reason:
            one = {"time": time.isoformat(), "values": {symbol: value}, "status": status}
            problems.append((reason, f"{symbol} = {value}"[:200], msgspec.json.encode(one).decode()))
        else:
            columns.add(int(stream or 0), time.timestamp(), float(value), STATUS[status], at)
    return problems


def _read_pairs(message: Message, at: int, stream: int, columns: Columns) -> Problems:
    try:
        seen = _pairs(message.payload)
        if seen.components == ["phenomenonTime", "result"]:
            size = len(seen.dataArray)
            columns.datastream_id += [stream] * size
            columns.time += [row[0].timestamp() for row in seen.dataArray]
            columns.result += [row[1] for row in seen.dataArray]
            columns.flags += [0] * size
            columns.message += [at] * size
            return []
    except msgspec.DecodeError:
        pass
    loose = _loose(message.payload)
    if isinstance(loose, str):
        return [(loose, "", None)]
    names, rows = loose.get("components"), loose.get("dataArray")
    if not isinstance(names, list) or not isinstance(rows, list) or "result" not in names:
        return [("shape", "components, dataArray", None)]
    problems: Problems = []
    for row in rows:
        if not isinstance(row, list) or len(row) != len(names):
            problems.append(("shape", str(row)[:60], msgspec.json.encode(row).decode()))
            continue
        one = msgspec.json.encode(dict(zip(map(str, names), row, strict=True)))
        problems += [
            (why, detail, raw or one.decode())
            for why, detail, raw in _read_odd(one, at, stream, columns, message.time_ns)
        ]
    return problems


def _read_odd(payload: bytes, at: int, stream: int, columns: Columns, time_ns: int) -> Problems:
    """An Observation that the fast way did not take: an interval as time is fine, all else has a reason."""
    loose = _loose(payload)
    if isinstance(loose, str):
        return [(loose, "", None)]
    if "result" not in loose:
        return [("shape", "result", None)]
    reason = _number_problem(loose["result"])
    if reason:
        return [(reason, str(loose["result"])[:60], None)]
    given = loose.get("phenomenonTime")
    time = time_ns / 1e9
    if given is not None:
        when = _moment(given.split("/")[0] if isinstance(given, str) else given)
        if when is None:
            return [("time", str(given)[:60], None)]
        time = when.timestamp()
        if "/" in given:
            columns.extra[len(columns.time)] = {"phenomenonTime": given}
    columns.add(stream, time, float(loose["result"]), 0, at)
    return []


def _loose(payload: bytes) -> dict[str, Any] | str:
    """The JSON object, or the reason why there is none."""
    try:
        loose = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = payload[:LIMIT].decode("utf-8", "replace")
        if re.search(r"[:\[,]\s*-?(NaN|Infinity)\b", text):
            return "not_finite"
        return "comma" if re.search(r'"result"\s*:\s*-?\d+,\d+\s*[,}]', text) else "not_json"
    return loose if isinstance(loose, dict) else "shape"


def _number_problem(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, str) and _COMMA.match(value):
            return "comma"
        special = isinstance(value, str) and value.strip().lower() in ("nan", "inf", "-inf", "infinity", "-infinity")
        return "not_finite" if special else "type"
    return "" if abs(value) <= 1.7e308 else "not_finite"


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return _time(msgspec.json.encode(text))
    except msgspec.DecodeError:
        return None


def _batch(columns: Columns, messages: Sequence[Message], door: str) -> Batch:
    whence = columns.message

    def trace(index: int) -> Trace:
        message = messages[whence[index]]
        nth = index - bisect_left(whence, whence[index])
        origin = message.origin if message.origin is None or nth == 0 else f"{message.origin}:{nth}"
        if route(message.subject)[0] == "sta":
            return Trace(topic_of(message.subject), readable(message.payload), origin)
        return Trace(f"v1.1/Datastreams({columns.datastream_id[index]})/Observations", None, origin)

    return Batch(
        datastream_id=np.array(columns.datastream_id, np.int32),
        time=np.rint(np.array(columns.time, np.float64) * 1e6).astype(np.int64),
        result=np.array(columns.result, np.float64),
        flags=np.array(columns.flags, np.int16),
        door=door,
        source=topic_of(messages[0].subject) if messages else "",
        extra=columns.extra,
        trace=trace,
    )


def take(messages: Sequence[Message], door: str) -> tuple[int, int, list[Refusal]]:
    """Keeps messages in one transaction on Django's connection: readings taken, duplicates, and every refusal."""
    connection.ensure_connection()
    codes = {str(key) for message in messages for kind, key in (route(message.subject),) if kind == "station"}
    batch, refused, whence = read(messages, registry.stations(connection.connection, codes), door)
    with transaction.atomic():
        quarantine.keep(connection.connection, refused)
        receipt = ingest.take(batch)
    for index, reason in receipt.refused:
        message = messages[whence[index]]
        detail = f"{batch.datastream_id[index]} = {batch.result[index]}"
        refused.append(Refusal(door, topic_of(message.subject), "", reason, detail, message=whence[index]))
    return receipt.taken, receipt.duplicate, refused


def take_again(held: Sequence[dict[str, Any]]) -> list[int]:
    """Hands quarantined rows in again; returns the ids of those that are now kept whole. The others stay as they are."""
    ids = [row["id"] for row in held]
    sql.execute(
        "UPDATE streams_quarantine SET origin = 'row:' || id WHERE id = ANY(%(ids)s) AND origin IS NULL", {"ids": ids}
    )
    spoken = [(row["id"], message) for row in held for message in _messages_of(row)]
    codes = {str(key) for _, message in spoken for kind, key in (route(message.subject),) if kind == "station"}
    batch, refused, whence = read([message for _, message in spoken], registry.stations(connection.connection, codes))
    receipt = ingest.take(batch)
    bad = {spoken[refusal.message][0] for refusal in refused} | {
        spoken[whence[index]][0] for index, _ in receipt.refused
    }
    return sorted({identifier for identifier, _ in spoken} - bad)


def _messages_of(row: dict[str, Any]) -> list[Message]:
    origin = row["origin"] or f"row:{row['id']}"
    time_ns = int(row["received_at"].timestamp() * 1e9)
    if row["door"] == "tt10":
        parsed = tt10.parse(row["raw"].encode(), row["source"])
        return [station_message(parsed.station, line, time_ns, origin) for line in parsed.rows]
    payload = row["raw"].encode()
    named = _TOPIC.match(row["source"])
    if named:
        return [Message(f"ingest.station.{named[1]}", payload, time_ns, origin)]
    if row["source"].endswith("/CreateObservations"):
        return [Message(f"ingest.array.Datastreams({row['datastream_id']})", payload, time_ns, origin)]
    return [Message(f"ingest.sta.Datastreams({row['datastream_id']})", payload, time_ns, origin)]


def station_message(code: str, line: tt10.Row, time_ns: int, origin: str | None = None) -> Message:
    """A line of a station file as the message a logger would send."""
    one = Values(line.time, {line.symbol: line.value}, line.status)
    return Message(f"ingest.station.{code}", msgspec.json.encode(one), time_ns, origin)
