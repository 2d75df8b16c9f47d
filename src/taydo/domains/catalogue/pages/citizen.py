"""Pages for everybody: find a procedure; what one asks, costs and takes, in plain words."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n
from taydo.kernel.errors import Problem
from taydo.kernel.http import render

from .. import public, queries
from ..models import Procedure
from ..queries import Filters
from . import shown

PAGE = 25
MOST_OF_A_KIND = 300


def find(request: HttpRequest) -> HttpResponse:
    """`/procedures`: search; browse by event of life, field, or who decides. Works without script."""
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("q", "event", "field", "level", "decides")}
    filters = Filters(**given)
    chosen = any(given.values())
    found, after = queries.listing(filters, request.GET.get("after", ""), PAGE) if chosen else ([], "")
    kept = {name: value for name, value in given.items() if value}
    return render(
        request, "catalogue/find.html", given=given, chosen=chosen, found=found, shown=shown, city=queries.of_city(), counts=queries.by_event(),
        fields=queries.fields(), levels=queries.by_level(), deciders=_deciders(), total=queries.count(Filters()),
        following="?" + urlencode(kept | {"after": after}) if after else "", kept=queries.count(filters) if chosen and not given["q"] else None,
    )  # fmt: skip


def _deciders() -> list[dict[str, Any]]:
    """Agencies that decide, with how many procedures, named; the communes' committees as one."""
    found: dict[str, dict[str, Any]] = {}
    for one in queries.deciders():
        rule = one["decides"]
        if rule == "unit":
            name = i18n.t("Ủy ban nhân dân xã, phường", "Commune people's committees")
        else:
            agency = directory.agency_for("92", rule[6:]) if rule.startswith("field:") else directory.agency(rule)
            name = agency.shown if agency else rule
        found.setdefault(name, {"name": name, "decides": rule, "n": one["n"]})
    return list(found.values())


def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """`/procedures/{code}`: what to bring, how long, how much, where; `?on=` as it was on a day; `?unit=` for a commune."""
    day = _day(request.GET.get("on", ""))
    held = public.on(code, day)
    history = queries.history(code)
    if held is None:
        return render(request, "catalogue/ended.html", status=404, code=code, history=history, shown=shown)
    unit = request.GET.get("unit", "")[:10]
    communes = _communes()
    spec = held.spec
    return render(
        request, "catalogue/procedure.html", p=spec, version_id=held.version_id, shown=shown, units=communes, unit=unit, day=day,
        today=clock.today(), history=history, where=_where(spec, unit, communes), cases=shown.by_case(spec.papers),
        doubtful=sorted({shown.field_name(one.field).lower() for one in spec.uncertain}),
        last=spec.valid_to - dt.timedelta(days=1) if spec.valid_to else None,
        from_results=queries.entitled([code for paper in spec.papers for code in paper.result_of]),
    )  # fmt: skip


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return clock.today()


def _communes() -> list[dict[str, str]]:
    found = places.units("commune", clock.today())
    named = [{"code": u.code, "name": i18n.t(u.name, u.name_en), "sort": places.fold(u.name)} for u in found]
    return sorted(named, key=lambda one: one["sort"].split(" ", 1)[-1])


def _where(spec: Procedure, unit: str, communes: list[dict[str, str]]) -> dict[str, str]:
    """Who takes and who decides for somebody of a commune; empty until one is chosen where it matters."""
    if not any(one["code"] == unit for one in communes):
        if "unit" in (spec.receives or spec.decides, spec.decides):
            return {}
        unit = communes[0]["code"] if communes else ""
    try:
        return {
            "receives": directory.name(public.receives(spec, unit)), "decides": spec.forward or directory.name(public.decides(spec, unit)),
        }  # fmt: skip
    except Problem:
        return {}


urls = [path("procedures", find), path("procedures/<str:code>", procedure)]
