"""What the operations centre offers to its own shared screens: tiles of alerts and cases, places in the search."""

from __future__ import annotations

import datetime as dt

from taydo.engines.alerts import queries as alerts
from taydo.engines.cases import queries as cases
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from .queries import figures


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
def cases_tile(viewer: Viewer, at: dt.datetime | None) -> panels.Tile | None:
    """Open cases and late ones, for those who may see cases."""
    if at is not None or not viewer.may("cases.see"):
        return None
    counts = cases.counts(viewer)
    state = "exceed" if counts["late"] else "ok"
    word = t(f"{counts['late']} trễ hạn", f"{counts['late']} late") if counts["late"] else t("Đúng hạn", "On time")
    return panels.Tile(
        "cases", t("Vụ việc đang xử lý", "Open cases"), counts["open"], "", state, word, "/desk?tab=open", target=0
    )


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
