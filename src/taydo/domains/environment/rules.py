"""What readings mean, in plain words: indices by station kind, salinity and rain for people and crops, tide against alarms."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from taydo.methods import aqi, floodlevel, rain, salinity, wqi

AIR = {"pm25": "PM2.5", "pm10": "PM10", "o3": "O3", "no2": "NO2", "so2": "SO2", "co": "CO"}
WATER = {
    "ph": "pH", "do": "DO", "bod5": "BOD5", "cod": "COD", "toc": "TOC", "nh4": "N-NH4", "no3": "N-NO3", "po4": "P-PO4",
    "coliform": "Coliform",
}  # fmt: skip
STATES = ("exceed", "broken", "preparing", "tendency", "stale", "ok")
HEADS = {"level": "water_level", "salinity": "salinity", "rain": "rain"}
FIRST = {**HEADS, "air": "pm25", "water": "do"}
HOUR = dt.timedelta(hours=1)
STEPS = {1: ("10 phút", "10 minutes", 600), 7: ("1 giờ", "1 hour", 3600), 30: ("1 giờ", "1 hour", 3600), 365: ("1 ngày", "1 day", 86400)}  # fmt: skip
"""Days a chart can show: its step in words and in seconds."""


@dataclass(frozen=True)
class Hourly:
    """An index of one hour: value (None: too little data), what decides it, and the parts."""

    at: dt.datetime
    value: int | None
    dominant: str
    parts: dict[str, int]


def air_hours(hours: list[dt.datetime], means: dict[str, dict[dt.datetime, float]]) -> list[Hourly]:
    """VN_AQI of each hour (QĐ 1459/QĐ-TCMT, nowcast). `hours` gapless, oldest first; `means`: parameter → hour → µg/m³."""
    series = {
        AIR[name]: np.array([values.get(hour, np.nan) for hour in hours], dtype=float)
        for name, values in means.items()
        if name in AIR
    }
    if not series or not hours:
        return []
    top, parts = aqi.hourlies(series)
    found = []
    for position, hour in enumerate(hours):
        if np.isnan(top[position]):
            continue
        own = {name: int(values[position]) for name, values in parts.items() if not np.isnan(values[position])}
        found.append(Hourly(hour, int(top[position]), max(own, key=lambda name: own[name]), own))
    return found


def air_day(values: dict[str, list[float | None]]) -> aqi.Index | None:
    """VN_AQI of a day from its 24 hourly means by parameter (µg/m³; None for a missing hour)."""
    return aqi.daily({AIR[name]: hours for name, hours in values.items() if name in AIR})


def water_index(sample: dict[str, float]) -> Hourly | None:
    """VN_WQI (QĐ 1460/QĐ-TCMT) of an automatic station's means; None when there is too little data. `at` is filled by the caller."""
    named = {WATER[name]: value for name, value in sample.items() if name in WATER}
    found = wqi.index(named, celsius=sample.get("water_temperature"), minimum=wqi.AUTOMATIC_STATION)
    if isinstance(found, wqi.TooLittle):
        return None
    parts = {name: round(value) for name, value in found.parts.items()}
    return Hourly(dt.datetime.min, found.value, min(parts, key=lambda name: parts[name]), parts)


def index_words(kind: str, value: int, language: str) -> dict[str, Any]:
    """Band, legal colour, word and advice of an index value."""
    english = language == "en"
    if kind == "wqi":
        water = wqi.band(value)
        word, meaning = (water.en, water.use_en) if english else (water.vi, water.use_vi)
        return {
            "kind": "wqi",
            "value": value,
            "band": water.code,
            "colour": water.colour,
            "word": word,
            "meaning": meaning,
        }
    air = aqi.band(value)
    word, meaning = (air.en, air.advice_en) if english else (air.vi, air.advice_vi)
    return {"kind": "aqi", "value": value, "band": air.code, "colour": air.colour, "word": word, "meaning": meaning}


def salinity_words(value: float, language: str) -> tuple[str, str]:
    """The class of a salinity (g/l) and what the water can be used for, in plain words."""
    water = salinity.meaning(max(value, 0.0)).water
    return (water.en, water.advice_en) if language == "en" else (water.vi, water.advice_vi)


def rain_words(mm_24h: float, language: str) -> tuple[str, str]:
    """The class of a 24-hour rain (mm) and what it means."""
    found = rain.rain_class(max(mm_24h, 0.0))
    return (found.en, found.advice_en) if language == "en" else (found.vi, found.advice_vi)


def tide_words(station: str, metres: float, on: dt.date, language: str) -> tuple[str, str, int]:
    """The alarm a stage stands at (0 to III) at a named gauge: word, meaning, alarm; empty words where no levels hold."""
    stage = floodlevel.judge(station, metres, on)
    if stage is None:
        return "", "", 0
    word = (
        ("Under alarm I", "Alarm I", "Alarm II", "Alarm III")
        if language == "en"
        else ("Dưới báo động I", "Báo động I", "Báo động II", "Báo động III")
    )
    return word[stage.alarm], stage.en if language == "en" else stage.vi, stage.alarm


def worst(states: list[str]) -> str:
    """The worst of the states of a station's datastreams: fixed words, `stale` when there is none at all."""
    return next((state for state in STATES if state in states), "stale")


def trend(now: float | None, before: float | None, step: float) -> str:
    """`up`, `down` or `flat`: a change under `step` is flat."""
    if now is None or before is None or abs(now - before) < step:
        return "flat"
    return "up" if now > before else "down"


def gapless(first: dt.datetime, last: dt.datetime) -> list[dt.datetime]:
    """Every whole hour from `first` to `last`, both included."""
    return [first + HOUR * n for n in range(int((last - first) / HOUR) + 1)]


def distance_km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Great-circle distance in kilometres (haversine, radius 6371 km)."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def severity(state: str) -> int:
    """How bad a state is: 0 for ok."""
    return ("ok", "stale", "tendency", "preparing", "broken", "exceed").index(state)


def index_state(index: dict[str, Any]) -> str:
    """The state word of an index: past the limit from VN_AQI 151 and VN_WQI 25, close to it a band before."""
    value = index["value"]
    if index["kind"] == "wqi":
        return "exceed" if value <= 25 else "preparing" if value <= 50 else "ok"
    return "exceed" if value > 150 else "preparing" if value > 100 else "ok"


KIND_WORDS = {
    "air": ("Không khí", "Air"), "water": ("Nước mặt", "Surface water"), "level": ("Mực nước, triều", "Water level, tide"),
    "salinity": ("Độ mặn", "Salinity"), "rain": ("Mưa", "Rain"),
}  # fmt: skip


def with_gaps(points: list[tuple[dt.datetime, float | None]], step: float) -> list[list[Any]]:
    """Points as [epoch ms, value]; where more than two steps (seconds) are missing, a None marks the gap."""
    found: list[list[Any]] = []
    last: dt.datetime | None = None
    for at, value in points:
        if last is not None and (at - last).total_seconds() > 2.5 * step:
            found.append([int(last.timestamp() * 1000 + step * 1000), None])
        found.append([int(at.timestamp() * 1000), None if value is None else round(float(value), 4)])
        last = at
    return found


def station_faults(
    code: str, kind: str, name: str, lon: float, lat: float, kinds: tuple[str, ...], t: Callable[[str, str], str]
) -> dict[str, str]:
    """What is wrong with a new station, by field, in the language `t` chooses."""
    faults = {}
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}", code):
        faults["code"] = t("2–40 chữ không dấu, số, - hoặc _.", "2–40 letters, digits, - or _.")
    if kind not in kinds:
        faults["kind"] = t("Chọn loại trạm có trong danh sách.", "Choose a kind from the list.")
    if not 3 <= len(name.strip()) <= 200:
        faults["name"] = t("Tên từ 3 đến 200 chữ.", "A name of 3 to 200 letters.")
    if not (102 <= lon <= 110 and 8 <= lat <= 24):
        faults["lon"] = t("Kinh độ, vĩ độ phải nằm trong Việt Nam.", "Longitude and latitude must lie in Việt Nam.")
    return faults


TIERS = ("tendency", "preparing", "exceed")


def shown_station(item: dict[str, Any], language: str) -> dict[str, Any]:
    """A station as screens and APIs show it, from a row of readings; `values` is still empty."""
    return {
        "id": item["thing_id"], "code": item["code"], "name": item["name"], "name_en": item["name_en"],
        "shown_name": item["name_en"] if language == "en" else item["name"], "kind": item["kind"], "agency": item["agency"],
        "lon": item["lon"], "lat": item["lat"], "unit": item["unit_code"], "simulated": item["simulated"],
        "description": item["description"], "gauge": item["gauge"], "values": [],
    }  # fmt: skip


def shown_value(item: dict[str, Any], language: str) -> dict[str, Any]:
    """One value of a station as screens and APIs show it, from a row of readings."""
    return {
        "ds": item["ds"], "parameter": item["parameter"], "symbol": item["symbol"] or item["parameter"],
        "name": item["parameter_name_en"] if language == "en" else item["parameter_name"], "unit": item["unit"],
        "value": item["value"], "digits": item["digits"], "at": item["at"], "state": item["state"],
        "tier": item["state"] if item["state"] in TIERS else None, "limit": item["limit"],
        "trend": trend(item["value"], item["previous"], item["step"]),
    }  # fmt: skip


def card(station: dict[str, Any], today: dt.date, language: str) -> dict[str, Any]:
    """One value of a station in plain words, for people: value, unit, state, word, colour, meaning, since when."""
    kind, english = station["kind"], language == "en"
    made: dict[str, Any] = {
        "kind": {"air": "aqi", "water": "wqi", "level": "tide"}.get(kind, kind), "title": kind_word(kind, language),
        "value": None, "digits": 0, "unit": "", "state": "stale", "word": "No data yet" if english else "Chưa có số liệu", "colour": "",
        "meaning": "", "since": station["since"], "limit": None, "href": f"/stations/{station['code']}", "simulated": station["simulated"],
        "station": {"code": station["code"], "name": station["shown_name"], "distance_km": station.get("distance_km")},
    }  # fmt: skip
    if kind in ("air", "water"):
        return made | (_index_card(station["index"], kind) if station["index"] else {})
    head = next((v for v in station["values"] if v["parameter"] == HEADS.get(kind)), None)
    if head is None or head["value"] is None:
        return made
    value = station["rain_24h"] if kind == "rain" else head["value"]
    if kind == "level":
        word, meaning, _ = tide_words(station["gauge"], value, today, language)
    else:
        word, meaning = (rain_words if kind == "rain" else salinity_words)(value, language)
    # The rain shown is of 24 hours; the standing limit may be one of 1 or 12 hours and would mislead beside it.
    no_word = "No alarm levels for this gauge" if english else "Chưa có mức báo động cho trạm này"
    return made | {
        "value": value, "unit": "mm/24h" if kind == "rain" else head["unit"], "digits": head["digits"], "state": head["state"],
        "limit": None if kind == "rain" else head["limit"], "since": head["at"], "word": word or no_word, "meaning": meaning,
    }  # fmt: skip


def _index_card(index: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "value": index["value"], "unit": "VN_AQI" if kind == "air" else "VN_WQI", "state": index_state(index),
        "word": index["word"], "colour": index["colour"], "meaning": index["meaning"], "since": index["at"],
    }  # fmt: skip


def surroundings(
    item: dict[str, Any], around: list[dict[str, Any]], points: list[dict[str, Any]], language: str
) -> dict[str, Any]:
    """What surrounds a case about a datastream, for the desk: station, reading, its last day, the stations nearby."""
    own, shown = shown_station(item, language), shown_value(item, language)
    neighbours = []
    for other in around:
        value = next((v for v in other["values"] if v["parameter"] == item["parameter"]), None)
        if value:
            neighbours.append({
                "code": other["code"], "name": other["shown_name"], "state": other["state"], "value": value["value"], "unit": value["unit"],
                "symbol": value["symbol"], "distance_km": other["distance_km"],
            })  # fmt: skip
    return {
        "thing": {"code": own["code"], "name": own["shown_name"], "lon": own["lon"], "lat": own["lat"], "kind": own["kind"]},
        "reading": {key: shown[key] for key in ("name", "value", "unit", "limit", "at")},
        "history": {"points": [p["value"] for p in points], "limit": shown["limit"], "label": f"{shown['name']}, {shown['unit']}",
                    "since": points[0]["at"] if points else None},
        "neighbours": neighbours,
    }  # fmt: skip


def kind_word(kind: str, language: str) -> str:
    """What people call a kind of station."""
    return KIND_WORDS.get(kind, (kind, kind))[language == "en"]
