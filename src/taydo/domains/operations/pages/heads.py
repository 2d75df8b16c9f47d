"""What leaders watch: what is late in their agencies and why, how agencies stand beside each other, and where things happen."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.casework import queries as casework
from taydo.engines.places import queries as places
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel import clock, i18n, panels
from taydo.kernel.errors import missing
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from ..queries import city, figures
from ..queries import desk as reads

WEEKS = 4
FIRST = dt.date(2000, 1, 1)
RANKING = (
    Column("rank", "Hạng", "Rank", "whole", 6), Column("by", "Mã cơ quan", "Agency code"), Column("name", "Cơ quan", "Agency", width=36),
    Column("opened", "Đã mở", "Opened", "whole"), Column("done", "Đã xong", "Done", "whole"), Column("on_time", "Xong đúng hạn", "Done on time", "whole"),
    Column("late", "Đang trễ", "Late", "whole"), Column("open", "Đang mở", "Open", "whole"), Column("on_time_share", "Tỷ lệ đúng hạn", "Share on time", "share"),
    Column("median_hours", "Trung vị, giờ", "Median, hours", "decimal"),
)  # fmt: skip


@needs("cases.see")
def late(request: HttpRequest) -> HttpResponse:
    """`/desk/late`: late and soon late cases of the viewer's agencies by the reason, the oldest deadline first."""
    return show_late(request)


def show_late(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """The page, with what was refused if something was."""
    who = viewer(request)
    found = reads.late(who)
    listed = {item["agency"] for group in found for item in group["cases"] if who.may("cases.assign", item["agency"])}
    owners = {code: reads.owners([code]) for code in sorted(listed)[:20]}
    for group in found:
        for item in group["cases"]:
            item |= {"owners": owners.get(item["agency"], []), "agency": directory.name(item["agency"])}
    asked = casework.to_decide(who) if who.may("cases.extend") else []
    since = dt.datetime.combine(clock.today() - dt.timedelta(days=7 * WEEKS), dt.time(), clock.LOCAL)
    return render(
        request, "operations/late.html", status=status, problem=problem, groups=found, weeks=WEEKS, target=figures.target(),
        asked=[{**item, "agency": directory.name(item["agency"])} for item in asked],
        agencies=[{**row, "code": row["by"], "by": directory.name(row["by"])} for row in casework.figures(who, by="agency", since=since)][:60],
        by_week=[{**row, "by": i18n.day(dt.date.fromisoformat(row["by"]))} for row in casework.figures(who, by="week", since=since)],
    )  # fmt: skip


def _span(request: HttpRequest, days: int) -> tuple[dt.date, dt.date]:
    """The days asked for (`since`, `until`), the last `days` when none or nonsense is given; not before 2000, ten years at most."""
    until = _day(request.GET.get("until", "")) or clock.today()
    usual = until - dt.timedelta(days=days - 1)
    since = _day(request.GET.get("since", "")) or usual
    return (since if dt.timedelta() <= until - since <= dt.timedelta(days=3660) else usual), until


def _day(text: str) -> dt.date | None:
    """A day from 2000 up to today; None for anything else."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day <= clock.today() else None


def _ranked(request: HttpRequest) -> dict[str, Any]:
    since, until = _span(request, 90)
    types = dict(reads.choices("")["types"])
    kind = request.GET.get("type", "report" if "report" in types else "")
    kind = kind if kind in types else ""
    least = request.GET.get("least", "10")
    few = min(int(least), 1000) if least.isdecimal() and len(least) < 5 else 10
    rows = [{**row, "name": directory.name(row["by"])} for row in figures.ranking(kind, since, until, few)]
    return {"rows": rows, "types": types, "kind": kind, "since": since, "until": until, "least": few}


def ranking(request: HttpRequest) -> HttpResponse:
    """`/operations/ranking?type=&since=&until=&least=`: agencies beside each other, for everybody, and how it is counted."""
    found, who = _ranked(request), viewer(request)
    about = {"type": found["kind"], "since": found["since"], "until": found["until"], "least": found["least"]}
    return render(
        request, "operations/ranking.html", **found, target=figures.target(), now=clock.now(), address=urlencode(about),
        may=[row["by"] for row in found["rows"] if who.may("cases.see", row["by"])],
    )  # fmt: skip


def ranking_taken(request: HttpRequest, ending: str) -> StreamingHttpResponse:
    """`/operations/ranking.csv` and `.xlsx`: the same rows as the page shows."""
    found = _ranked(request)
    name = f"ranking-{found['since']}-{found['until']}"
    if ending == "csv":
        return answering.as_csv(name, RANKING, found["rows"])
    return answering.as_xlsx(name, RANKING, found["rows"], title=t("Xếp hạng cơ quan", "Ranking of agencies"))


def heat(request: HttpRequest) -> HttpResponse:
    """`/operations/heat?of=&kind=&since=&until=`: where things happen, as a map and as a table, and whether they grow."""
    who = viewer(request)
    since, until = _span(request, 90)
    kind = request.GET.get("kind", "").replace("\0", "")[:60]
    order = sorted(panels.HOTSPOTS, key=lambda name: name == "cases")  # what everybody may see comes first
    of = request.GET.get("of", "") if request.GET.get("of", "") in panels.HOTSPOTS else ""
    found, shown = None, ""
    for shown in [of] if of else order:
        if (found := panels.HOTSPOTS[shown][1](who, kind, since, until)) is not None:
            break
    if found is None:
        nothing = missing("nothing_here", "Chưa có gì để xem.", "There is nothing to see yet.")
        raise nothing if who.signed_in else who.refusal("cases.see")
    names = {unit["code"]: unit["name"] for unit in city.communes()}
    return render(
        request, "operations/heat.html", found=found, of=shown, kind=kind, since=since, until=until, names=names, now=clock.now(),
        sources=[(name, panels.HOTSPOTS[name][0][i18n.language()]) for name in order if name != "cases" or who.may("cases.see")],
        top=max([n for _, n, _ in found.units], default=0), most=max([n for _, n in found.weeks], default=0),
        map_json={"points": found.points, "bounds": list(places.extent() or (105.2, 9.2, 106.4, 10.4))},
        year=urlencode({"of": shown, "kind": kind, "since": until - dt.timedelta(days=364), "until": until}),
    )  # fmt: skip


urls = [
    path("desk/late", late),
    path("operations/ranking", ranking),
    *[path(f"operations/ranking.{ending}", ranking_taken, {"ending": ending}) for ending in ("csv", "xlsx")],
    path("operations/heat", heat),
]
