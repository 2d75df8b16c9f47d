"""Pages of the environment domain: the list of stations, one station, its readings as CSV."""

from __future__ import annotations

import csv
import io

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.places import queries as places
from taydo.engines.streams import actions as streams_actions
from taydo.engines.streams import queries as streams
from taydo.kernel import clock, i18n, specs
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, queries, rules

DAYS = (1, 7, 30, 365)


def _row(station: dict, quality: dict[int, tuple[int, int]], unit: places.Unit | None) -> dict:
    shown = queries.card(station)
    taken, refused = quality.get(station["id"], (0, 0))
    head = {"symbol": shown["title"], "value": shown["value"], "digits": shown["digits"], "unit": shown["unit"]}
    return {
        **station, "name": station["shown_name"], "kind_word": rules.kind_word(station["kind"], i18n.language()), "agency": directory.name(station["agency"]),
        "unit_name": _unit_name(unit), "taken": taken, "refused": refused,
        "head": head if shown["value"] is not None and not station["index"] else None,
    }  # fmt: skip


def _unit_name(unit: places.Unit | None) -> str:
    return "" if unit is None else unit.name_en if i18n.language() == "en" else unit.name


def stations(request: HttpRequest) -> HttpResponse:
    """`/stations`: every station, the worst first, with a map; filtered by kind and words."""
    who, kind, q = viewer(request), request.GET.get("kind", ""), request.GET.get("q", "").strip()
    everything = queries.stations(who)
    quality = queries.taken_and_refused()
    wanted = places.fold(q).split()
    found = [
        station
        for station in everything
        if (not kind or station["kind"] == kind)
        and all(word in places.fold(f"{station['shown_name']} {station['code']}") for word in wanted)
    ]
    communes = {unit.code: unit for unit in places.units("commune", clock.today())}
    rows = sorted(
        (_row(s, quality, communes.get(s["unit"])) for s in found),
        key=lambda s: (-rules.severity(s["state"]), s["name"]),
    )
    kinds = [
        {"id": k, "title": rules.kind_word(k, i18n.language()), "count": sum(s["kind"] == k for s in everything)}
        for k in rules.KIND_WORDS
    ]
    dots = [
        {key: s[key] for key in ("code", "name", "kind", "lon", "lat", "state")}
        | {"colour": s["index"]["colour"] if s["index"] else ""}
        for s in rows
    ]
    notice = (
        t("Ranh giới gần đúng, sông vẽ sơ đồ.", "Approximate areas, schematic river.")
        if places.approximate(clock.today())
        else ""
    )
    bounds = places.extent() or (105.2, 9.2, 106.4, 10.4)
    return render(
        request, "environment/stations.html", kind=kind, kinds=kinds, stations=rows, q=q,
        map_json={"stations": dots, "bounds": list(bounds), "notice": notice},
    )  # fmt: skip


def station(request: HttpRequest, code: str) -> HttpResponse:
    """`/stations/{code}`: what it measures now, the chart of one quantity, how its readings were taken, calibrations."""
    who = viewer(request)
    found = queries.station(who, code)
    values = queries.values_with_sparks(found)
    shown = _chosen(request, values)
    days = int(request.GET.get("days", "1")) if request.GET.get("days", "1") in map(str, DAYS) else 1
    unit = places.unit(found["unit"], clock.today()) if found["unit"] else None
    head = _row(found, queries.taken_and_refused(found["id"]), unit)
    head |= {
        "agency_name": head["agency"],
        "source": t("Trạm tự động, số liệu chưa kiểm định", "Automatic station, readings not yet verified"),
    }
    return render(
        request, "environment/station.html", station=head, values=values, shown=shown, days=days,
        series=queries.series(who, code, shown, days) if shown else None, quality=queries.quality(found["id"]),
        calibrations=queries.calibrations(found["id"]), may_rerun=who.may("streams.check", found["agency"]),
    )  # fmt: skip


def _chosen(request: HttpRequest, values: list[dict]) -> int | None:
    asked = request.GET.get("ds", "")
    owned = [value["ds"] for value in values]
    return int(asked) if asked.isdigit() and int(asked) in owned else (owned[0] if owned else None)


def readings_csv(request: HttpRequest, code: str, ds: int) -> HttpResponse:
    """`/stations/{code}/{ds}.csv`: exactly what the chart shows, with flags; ?days=."""
    who: Viewer = viewer(request)
    days = int(request.GET.get("days", "7")) if request.GET.get("days", "7") in map(str, DAYS) else 7
    found = queries.raw(who, code, ds, days)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["time", "value", "unit", "flags"])
    writer.writerows(
        (item["at"].astimezone(clock.LOCAL).isoformat(), item["value"], item["unit"], item["flags"]) for item in found
    )
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-{ds}.csv"'
    return response


@needs("environment.connect")
def connect(request: HttpRequest) -> HttpResponse:
    """`/stations/connect`: register a station and see how its device signs in and sends."""
    who = viewer(request)
    given, errors, made = request.POST.dict(), {}, None
    if request.method == "POST":
        try:
            made = actions.connect_station(
                who, given.get("code", "").strip(), given.get("kind", ""), given.get("name", "").strip(), given.get("agency", ""),
                _number(given.get("lon", "")), _number(given.get("lat", "")), name_en=given.get("name_en", "").strip(),
            )  # fmt: skip
        except Problem as problem:
            if problem.status not in (409, 422):
                raise
            errors = {key: str(text) for key, text in problem.fields.items()} or {"": t(problem.vi, problem.en)}
            if problem.status == 409:
                errors = {"code": t(problem.vi, problem.en)}
    held = who.agencies("environment.connect")
    agencies = [a for a in directory.agencies() if "*" in held or a.code in held]
    kinds = [(kind, rules.kind_word(kind, i18n.language())) for kind in actions.parameters(specs.city()).kinds]
    return render(
        request, "environment/connect.html", status=422 if errors else 200, values=given, errors=errors, kinds=kinds,
        agencies=[(a.code, a.name) for a in agencies], made=_ways(who, given.get("code", "").strip(), made) if made else None,
    )  # fmt: skip


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _ways(who: Viewer, code: str, credential: dict[str, str]) -> dict:
    """What the department's technician needs: the credential and the three ways to send."""
    station = queries.station(Viewer.system("environment"), code)
    return {
        "code": code,
        "name": station["shown_name"],
        "values": station["values"],
        "mqtt_port": settings.TAYDO_MQTT_PORT,
        "url": settings.TAYDO_URL,
        **credential,
    }


@needs("streams.check")
def quarantine(request: HttpRequest, code: str) -> HttpResponse:
    """`/stations/{code}/quarantine`: what was refused and why; re-run after a fix, or lay aside."""
    who = viewer(request)
    station = queries.station(who, code)
    who.require("streams.check", station["agency"])
    done: dict[str, int] = {}
    if request.method == "POST":
        ids = [int(text) for text in request.POST.getlist("ids") if text.isdecimal()]
        if request.POST.get("do") == "dismiss":
            done = {"dismissed": streams_actions.dismiss_quarantine(who, ids)}
        else:
            done = streams_actions.rerun_quarantine(who, ids)
    held = streams.quarantine(who, thing=code)
    return render(request, "environment/quarantine.html", station=station, held=held, done=done)


urls = [
    path("stations", stations),
    path("stations/connect", connect),
    path("stations/<str:code>/quarantine", quarantine),
    path("stations/<str:code>", station),
    path("stations/<str:code>/<int:ds>.csv", readings_csv),
]
