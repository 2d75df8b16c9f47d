"""What the operations centre offers to its own shared screens: tiles of alerts and cases, places in the search."""

from __future__ import annotations

import datetime as dt

from taydo.engines.alerts import queries as alerts
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from .queries import figures

panels.place("case", "/desk/cases/")


@panels.tile("alerts", 70)
def alerts_tile(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """Alerts that stand now, and how many are past their limit."""
    standing = alerts.feed(viewer, at, limit=500)
    live = [alert for alert in standing if alert["state"] != "cleared"]
    past = sum(alert["tier"] == "exceed" for alert in live)
    state = "exceed" if past else "tendency" if live else "ok"
    word = t(f"{past} vượt ngưỡng", f"{past} past the limit") if live else t("Không có cảnh báo", "No alerts")
    return panels.Tile(
        "alerts",
        t("Báo động", "Alerts"),
        len(live),
        "",
        state,
        word,
        "/wall?screen=3",
        trend=[float(n) for n in alerts.by_hour(at)],
    )


@panels.tile("cases", 80)
def cases_tile(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """How effective agencies are over all kinds of cases: the share done on time against the target, and how many are late."""
    found, goal = figures.effectiveness(at), figures.target()
    share, late = found["share"], found["late"]
    state = "ok" if share is None or share >= goal else "tendency" if share >= goal - 10 else "exceed"
    word = t(f"{late} trễ hạn", f"{late} late") if late else t("Không có gì trễ hạn", "Nothing is late")
    return panels.Tile(
        "cases", t("Giải quyết đúng hạn", "Done on time"), share, "%" if share is not None else "", state, word, "/operations/ranking?type=",
        digits=1, trend=figures.weekly_shares(at), target=goal,
    )  # fmt: skip


@panels.finder("unit")
def units(viewer: Viewer, text: str) -> list[panels.Hit]:
    """Communes and wards by name, today's first, then former ones."""
    found = places.find(text, clock.today(), limit=10)
    english = i18n.language() == "en"
    return [
        panels.Hit(
            "unit", u.name_en if english else u.name, t("Gần bạn ở đơn vị này", "Near you, here"), f"/?unit={u.code}"
        )
        for u in found
        if u.level == "commune"
    ]


@panels.hotspots("cases", "Mọi vụ việc", "All cases")
def hotspots(viewer: Viewer, kind: str, since: dt.date, until: dt.date) -> panels.Hotspots | None:
    """Where cases of every type were opened, for those who may see cases."""
    return figures.hotspots(viewer, kind, since, until)
