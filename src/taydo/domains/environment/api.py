"""REST of the environment domain."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from taydo.kernel.errors import invalid
from taydo.kernel.http import viewer

from . import actions, queries, rules

router = Router(tags=["environment"])


class StationIn(Schema):
    """A station to connect."""

    code: str
    kind: str
    name: str
    name_en: str = ""
    agency: str
    lon: float
    lat: float
    public: bool = True


class CalibrationIn(Schema):
    """A calibration to record."""

    at: dt.datetime
    by_name: str
    result: str
    datastream_id: int | None = None
    drift: float | None = None
    note: str = ""
    next_on: dt.date | None = None


@router.get("/environment/stations")
def stations(request: HttpRequest, kind: str = "", at: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Stations with their last values (or those before an instant), state and index."""
    return [station for station in queries.stations(viewer(request), at) if not kind or station["kind"] == kind]


@router.get("/environment/stations/{code}")
def station(request: HttpRequest, code: str) -> dict[str, Any]:
    """One station with its values, how its readings were taken, its calibrations."""
    found = queries.station(viewer(request), code)
    return {**found, "quality": queries.quality(found["id"]), "calibrations": queries.calibrations(found["id"])}


@router.get("/environment/stations/{code}/series")
def series(request: HttpRequest, code: str, ds: int, days: int = 1) -> dict[str, Any]:
    """Points of one datastream over the last 1, 7, 30 or 365 days."""
    if days not in rules.STEPS:
        raise invalid("wrong_days", "Số ngày phải là 1, 7, 30 hoặc 365.", "Days must be 1, 7, 30 or 365.", days=days)
    return queries.series(viewer(request), code, ds, days)


@router.get("/environment/stations/{code}/index")
def index(request: HttpRequest, code: str, kind: str, since: dt.datetime, until: dt.datetime) -> list[dict[str, Any]]:
    """Index values of a station: kind aqi_h, aqi_d or wqi."""
    found = queries.station(viewer(request), code)
    return queries.index_series(found["id"], kind, since, until)


@router.post("/environment/stations/{code}/calibrations", response={201: dict[str, Any]})
def calibrate(request: HttpRequest, code: str, calibration: CalibrationIn) -> tuple[int, dict[str, Any]]:
    """Record a calibration or check of a device."""
    return 201, {"id": actions.calibrate(viewer(request), code, **calibration.dict())}


@router.post("/environment/stations", response={201: dict[str, Any]})
def connect(request: HttpRequest, station: StationIn) -> tuple[int, dict[str, Any]]:
    """Connect a station: it is registered with its datastreams; the device's user name and password are shown this once."""
    return 201, actions.connect_station(viewer(request), **station.dict())


@router.post("/environment/stations/{code}/credential", response={201: dict[str, Any]})
def credential(request: HttpRequest, code: str) -> tuple[int, dict[str, Any]]:
    """Give the station's device a new password; the old one stops working."""
    return 201, actions.give_credential(viewer(request), code)
