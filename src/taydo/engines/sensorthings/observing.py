"""Readings through this face: checked, authorised for each datastream, handed to `take` like those of every other door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from django.db import connection

from taydo.engines.sensorthings.bodies import checked, reference, wrong
from taydo.engines.sensorthings.creating import Creation, existing
from taydo.engines.streams import quarantine, reasons
from taydo.engines.streams.ingest import Batch, take
from taydo.engines.streams.quarantine import Refusal
from taydo.engines.streams.queries import seen
from taydo.engines.streams.readings import Trace, microseconds
from taydo.kernel import clock, errors, sql
from taydo.kernel.actors import Viewer
from taydo.protocols.sensorthings.dataarray import Block, parse_blocks
from taydo.protocols.sensorthings.times import parse_time

DOOR = "sensorthings"
_NUMERIC = ("OM_Measurement", "OM_CountObservation")
_KEPT = ("resultTime", "resultQuality", "validTime", "parameters")


@dataclass(frozen=True)
class Stream:
    """What writing to a datastream needs to know: whether its results must be numbers."""

    numeric: bool


def streams(viewer: Viewer, keys: list[Any]) -> dict[int, Stream]:
    """The datastreams the viewer may write to, one query. Raises 404 for one they may not know of, 403 for one they may not write."""
    numbers = sorted({key for key in keys if isinstance(key, int) and abs(key) < 2**31})
    test = seen(viewer)
    rows = {row["id"]: row for row in sql.rows(
        f"""SELECT d.id, d.observation_type, t.agency, t.code, ({test.text}) AS seen
            FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id WHERE d.id = ANY(%(ids)s)""",
        {**test.params, "ids": numbers},
    )}  # fmt: skip
    if not viewer.may("streams.write"):
        raise viewer.refusal("streams.write")
    found = {}
    for key in dict.fromkeys(keys):
        row = rows.get(key)
        allowed = row is not None and viewer.may("streams.write", row["agency"], f"thing:{row['code']}")
        if row is None or not (allowed or row["seen"]):
            raise errors.missing(
                "no_datastream", f"Không có Datastream {key!r}.", f"There is no Datastream {key!r}.", datastream=key
            )
        if not allowed:
            raise viewer.refusal("streams.write")
        found[key] = Stream(row["observation_type"].endswith(_NUMERIC))
    return found


def observe(viewer: Viewer, items: list[tuple[int | None, Any]]) -> list[tuple[str, str]]:
    """Takes observations in: (datastream id or None when the body names it, body). Returns (identifier, reason or "") of each."""
    bodies = []
    for given, body in items:
        properties, relations = checked("Observation", body)
        key = given if given is not None else reference(relations.get("Datastream"))
        if key is None:
            raise wrong("Datastream", 'cần {"@iot.id": …}.', 'needs {"@iot.id": …}.')
        bodies.append((key, properties, relations.get("FeatureOfInterest"), body))
    known = streams(viewer, [one[0] for one in bodies])
    features = _features(viewer, [one[2] for one in bodies])
    now = microseconds(clock.now())
    blocks = [_alone(key, properties, feature, now)
              for (key, properties, _, _), feature in zip(bodies, features, strict=True)]  # fmt: skip
    raw = {index: msgspec.json.encode(one[3]).decode() for index, one in enumerate(bodies)}
    found = _take(viewer, blocks, known, raw)
    _remember([(key, feature) for (key, *_), feature in zip(bodies, features, strict=True) if feature is not None])
    return found


def _alone(key: int | str, properties: dict[str, Any], feature: int | None, now: int) -> Block:
    """One observation as a block of one row."""
    extra = {name: properties[name] for name in _KEPT if properties.get(name) is not None}
    time = now
    if properties.get("phenomenonTime"):
        time, end = parse_time(properties["phenomenonTime"])
        if end is not None:
            extra["phenomenonTime"] = properties["phenomenonTime"]
    if feature is not None:
        extra["FeatureOfInterest"] = feature
    value = properties["result"]
    number = type(value) is float or (type(value) is int and abs(value) < 2**1000)
    if not number:
        extra["result"] = value
    return Block(
        key,
        np.array([time], np.int64),
        np.array([value if number else np.nan], np.float64),
        extra={0: extra} if extra else {},
    )


def _features(viewer: Viewer, given: list[Any]) -> list[int | None]:
    """The features of interest named, or made inline, by each observation."""
    named = list(dict.fromkeys(key for key in map(reference, given) if key is not None))
    known = dict(zip(named, existing(viewer, "FeatureOfInterest", named), strict=True)) if named else {}
    found: list[int | None] = []
    for one in given:
        key = reference(one)
        found.append(
            known[key]
            if key is not None
            else None
            if one is None
            else Creation(viewer).create("FeatureOfInterest", one)
        )
    return found


def _remember(pairs: list[tuple[Any, int]]) -> None:
    """Notes which datastreams have readings of a named feature, so that the feature finds them."""
    if pairs:
        unique = sorted(set(pairs))
        sql.execute(
            """INSERT INTO sensorthings_named (datastream_id, feature_id)
               SELECT * FROM unnest(%(d)s::integer[], %(f)s::integer[]) ON CONFLICT DO NOTHING""",
            {"d": [one[0] for one in unique], "f": [one[1] for one in unique]},
        )


def create_observations(viewer: Viewer, body: bytes) -> list[tuple[str, str]]:
    """`CreateObservations` (18-088, 12.2): (identifier, reason or "") of every row of every block in order."""
    blocks = parse_blocks(body)
    known = streams(viewer, [one.datastream for one in blocks])
    now = microseconds(clock.now())
    pairs = []
    for block in blocks:
        if block.missing_time:
            block.time = now + np.arange(len(block), dtype=np.int64)
        for extra in block.extra.values():
            if "FeatureOfInterest" in extra:
                pairs.append((block.datastream, extra["FeatureOfInterest"]))
    existing(viewer, "FeatureOfInterest", sorted({one[1] for one in pairs}, key=str))
    found = _take(viewer, blocks, known, {})
    _remember(pairs)
    return found


def _take(viewer: Viewer, blocks: list[Block], known: dict[int, Stream], raw: dict[int, str]) -> list[tuple[str, str]]:
    """Hands columns to the one way in; what the face itself refuses goes to the same quarantine."""
    starts = np.cumsum([0, *(len(one) for one in blocks)])
    why: dict[int, str] = {}
    extra: dict[int, dict[str, Any]] = {}
    for block, start in zip(blocks, starts.tolist(), strict=False):
        why.update({start + row: reason for row, reason in block.bad.items()})
        numeric = known[int(block.datastream)].numeric
        for row, one in block.extra.items():
            extra[start + row] = one
            if numeric and one.get("result") is not None and row not in block.bad:
                why[start + row] = "comma" if _comma(one["result"]) else "type"
    ids = np.repeat(np.array([int(one.datastream) for one in blocks], np.int32), [len(one) for one in blocks])
    time = np.concatenate([one.time for one in blocks]) if blocks else np.zeros(0, np.int64)
    result = np.concatenate([one.result for one in blocks]) if blocks else np.zeros(0)
    good = np.ones(len(ids), bool)
    good[list(why)] = False
    rows = np.flatnonzero(good)
    place = {int(row): index for index, row in enumerate(rows)} if extra else {}
    batch = Batch(
        datastream_id=ids[rows], time=time[rows], result=result[rows], flags=np.zeros(len(rows), np.int16), door=DOOR,
        source=viewer.username, extra={place[row]: one for row, one in extra.items() if row in place},
        trace=lambda index: Trace(viewer.username, raw.get(int(rows[index]))),
    )  # fmt: skip
    receipt = take(batch)
    _quarantine(viewer, blocks, starts.tolist(), why, raw)
    why.update({int(rows[index]): reason for index, reason in receipt.refused})
    return [
        (f"{stream}-{at}", why.get(row, ""))
        for row, (stream, at) in enumerate(zip(ids.tolist(), time.tolist(), strict=True))
    ]


def _comma(value: Any) -> bool:
    return isinstance(value, str) and value.replace(",", "", 1).lstrip("+-").isdigit() and "," in value


def _quarantine(
    viewer: Viewer, blocks: list[Block], starts: list[int], why: dict[int, str], raw: dict[int, str]
) -> None:
    """Keeps the rows this face refused, with the datastream they were meant for."""
    found = []
    for block, start in zip(blocks, starts, strict=False):
        stream = int(block.datastream)
        for row in range(len(block)) if why else ():
            if start + row in why:
                text = (
                    raw.get(start + row)
                    or msgspec.json.encode(
                        {"phenomenonTime": int(block.time[row]), **block.extra.get(row, {})}
                    ).decode()
                )
                found.append(Refusal(DOOR, viewer.username, text, why[start + row], datastream_id=stream))
    quarantine.keep(connection.connection, found)


def refused(reason: str) -> errors.Problem:
    """The problem that tells why a reading was not taken in."""
    words = reasons.explain(reason)
    return errors.bad(
        f"reading_{reason}", f"Không nhận số liệu: {words['vi']}.", f"The reading was not taken: {words['en']}."
    )
