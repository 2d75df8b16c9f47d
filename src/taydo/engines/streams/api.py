"""Stations and readings over HTTP: what there is, series, sending readings with a receipt, and the quarantine."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import orjson
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.engines.streams import actions, messages, queries, reasons
from taydo.kernel import clock, errors, sql
from taydo.kernel.http import viewer

router = Router(tags=["streams"])
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Identifier = Annotated[int, Field(gt=0, lt=2**31)]
Long = Annotated[int, Field(gt=0, lt=2**63)]
MOST_DAYS = {"raw": 400, "hour": 366 * 5, "day": 366 * 50}


class ReadingsIn(BaseModel):
    """The readings of a station at one time, by the symbols of its logger; a value may be refused by itself."""

    time: Word
    values: dict[Word, Any] = Field(min_length=1, max_length=500)
    status: Literal["00", "01", "02"] = "00"


class IdsIn(BaseModel):
    """Quarantined readings by id."""

    ids: list[Long] = Field(min_length=1, max_length=actions.RERUN_MOST)


@router.get("/streams/stations")
def list_stations(request: HttpRequest, kind: Word | None = None) -> list[dict[str, Any]]:
    """Stations with their latest readings, and how many of their readings wait in quarantine."""
    return queries.stations(viewer(request), kind)


@router.get("/streams/latest")
def list_latest(
    request: HttpRequest, station: Word | None = None, kind: Word | None = None, parameter: Word | None = None
) -> list[dict[str, Any]]:
    """The newest reading of every datastream, one row each."""
    return queries.latest(viewer(request), thing=station, kind=kind, parameter=parameter)


@router.get("/streams/datastreams/{int:datastream_id}")
def one_datastream(request: HttpRequest, datastream_id: Identifier) -> dict[str, Any]:
    """One datastream with its bounds and its station."""
    return queries.datastream(viewer(request), datastream_id)


@router.get("/streams/datastreams/{int:datastream_id}/series")
def one_series(
    request: HttpRequest,
    datastream_id: Identifier,
    start: datetime | None = None,
    end: datetime | None = None,
    step: Literal["raw", "hour", "day"] = "raw",
) -> list[dict[str, Any]]:
    """Readings in [start, end), oldest first; the last 24 hours when nothing is said. Naive times are UTC."""
    until = _aware(end) or clock.now()
    try:
        since = _aware(start) or until - timedelta(hours=24)
        too_long = until - since > timedelta(days=MOST_DAYS[step])
    except OverflowError:
        too_long = True
    if too_long:
        raise errors.invalid("too_long", "Khoảng thời gian quá dài.", "The period is too long.", step=step)
    return queries.series(viewer(request), datastream_id, since, until, step)


@router.post("/streams/stations/{code}/readings")
def send_readings(request: HttpRequest, code: Word, body: list[ReadingsIn] | ReadingsIn) -> dict[str, Any]:
    """Send readings of one station; the receipt says what was taken and what was refused and why.

    Not an audited action: the readings themselves, with their time of arrival and the quarantine, are the record.
    """
    who = viewer(request)
    who.require("streams.write")
    station = sql.row("SELECT agency FROM streams_thing WHERE code = %(code)s", {"code": code})
    if station is None:
        raise errors.missing("no_thing", "Không có trạm này.", "There is no such station.")
    who.require("streams.write", station["agency"], f"thing:{code}")
    parts = body if isinstance(body, list) else [body]
    if len(parts) > 5000:
        raise errors.too_large("too_many", "Tối đa 5.000 lần đo mỗi lần gửi.", "At most 5,000 times in one request.")
    lot = [
        messages.Message(f"ingest.station.{code}", orjson.dumps(part.model_dump()), time.time_ns()) for part in parts
    ]
    taken, duplicate, refused = messages.take(lot, "rest")
    return {
        "taken": taken,
        "duplicate": duplicate,
        "refused": [
            {"index": each.message, "reason": each.reason, "detail": each.detail, **reasons.explain(each.reason)}
            for each in refused
        ],
    }


@router.get("/streams/quarantine")
def list_quarantine(
    request: HttpRequest,
    station: Word | None = None,
    state: Literal["held", "taken", "dismissed"] = "held",
    before: Long | None = None,
    limit: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Refused readings with their reason, newest first; `next` is the `before` of the next page."""
    who = viewer(request)
    who.require("streams.check")
    found = queries.quarantine(who, thing=station, state=state, before=before, limit=limit)
    return {"quarantine": found, "next": found[-1]["id"] if len(found) == limit else None}


@router.post("/streams/quarantine/rerun")
def rerun(request: HttpRequest, body: IdsIn) -> dict[str, int]:
    """Hand held readings in again, after what was wrong was put right."""
    return actions.rerun_quarantine(viewer(request), body.ids)


@router.post("/streams/quarantine/dismiss")
def dismiss(request: HttpRequest, body: IdsIn) -> dict[str, int]:
    """Lay held readings aside for good."""
    return {"dismissed": actions.dismiss_quarantine(viewer(request), body.ids)}


class WithdrawIn(BaseModel):
    """Which readings are declared invalid, and why."""

    start: datetime
    end: datetime
    why: Annotated[str, Field(min_length=3, max_length=2000, pattern=r"^[^\x00]*$")]


@router.post("/streams/datastreams/{int:datastream_id}/withdraw")
def withdraw(request: HttpRequest, datastream_id: Identifier, body: WithdrawIn) -> dict[str, int]:
    """Mark readings of [start, end) as invalid: they stay, but out of series and averages."""
    start, end = _aware(body.start), _aware(body.end)
    assert start is not None and end is not None
    return {"withdrawn": actions.withdraw(viewer(request), datastream_id, start, end, body.why)}


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant
