"""`/hotline/figures`: the hotline's totals for everybody, as a page, as CSV and as XLSX, all three the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from taydo.domains.directory import public as directory
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel import clock, i18n
from taydo.kernel.http import render
from taydo.kernel.i18n import t

from .. import queries
from ..models import CHANNELS
from ..queries import figures

DAYS, MOST_DAYS = 30, 3660
NAMES = ("group", "category", "channel", "unit", "agency", "source")
Label = Callable[[str], str]


def groupings() -> dict[str, str]:
    """By what one may count, and what it is called."""
    return {
        "agency": t("Cơ quan", "Agency"), "field": t("Lĩnh vực", "Field"), "category": t("Loại phản ánh", "Category"),
        "channel": t("Kênh tiếp nhận", "Channel"), "unit": t("Xã, phường", "Commune"), "day": t("Ngày", "Day"), "week": t("Tuần từ", "Week from"),
        "month": t("Tháng", "Month"),
    }  # fmt: skip


class View:
    """What the address asks for: filters, grouping, the rows and their columns."""

    def __init__(self, request: HttpRequest) -> None:
        given = {name: request.GET.get(name, "").replace("\0", "")[:100] for name in (*NAMES, "by", "since", "until")}
        today = clock.today()
        until = _day(given["until"]) or today
        since = _day(given["since"]) or until - dt.timedelta(days=DAYS - 1)
        self.wrong = since > until or (until - since).days > MOST_DAYS
        if self.wrong:
            since, until = today - dt.timedelta(days=DAYS - 1), today
        self.by: Any = given["by"] if given["by"] in figures.GROUPS else "agency"
        self.asked = figures.Asked(since, until, **{name: given[name] for name in NAMES})
        self.categories = queries.categories(False)
        rows, self.total = figures.figures(self.asked, self.by)
        label = self._label()
        self.rows = [row | {"name": label(row["by"])} for row in rows]

    @property
    def columns(self) -> list[Column]:
        """The table's columns."""
        first = groupings()[self.by]
        return [
            Column("name", first, first, width=42), Column("received", "Tiếp nhận", "Received", "whole"), Column("done", "Đã xong", "Done", "whole"),
            Column("open", "Đang xử lý", "Open", "whole"), Column("late", "Trễ hạn", "Late", "whole"),
            Column("on_time", "Xong đúng hạn", "Done on time", "whole"), Column("on_time_share", "Tỷ lệ đúng hạn", "Share on time", "share"),
            Column("hours", "Giờ xử lý trung bình", "Average hours", "decimal"), Column("reopened", "Mở lại", "Reopened", "whole"),
            Column("rated", "Lượt chấm", "Ratings", "whole"), Column("rating", "Điểm hài lòng (1–5)", "Satisfaction (1–5)", "decimal", digits=2),
        ]  # fmt: skip

    @property
    def table(self) -> list[dict[str, Any]]:
        """The rows as shown: the groups, then the total."""
        return [*self.rows, self.total | {"name": t("Tổng cộng", "Total")}] if self.rows else []

    @property
    def query(self) -> str:
        """The address's query without what is usual."""
        given = {name: getattr(self.asked, name) for name in NAMES} | {"by": self.by}
        span = {"since": self.asked.since.isoformat(), "until": self.asked.until.isoformat()}
        return urlencode({name: value for name, value in (given | span).items() if value})

    @property
    def notes(self) -> list[str]:
        """Source, span and time, as they stand under the table."""
        asked = self.asked
        span = t(f"Phản ánh tiếp nhận từ {i18n.day(asked.since)} đến {i18n.day(asked.until)}", f"Reports received from {i18n.day(asked.since)} to {i18n.day(asked.until)}")  # fmt: skip
        made = t(
            f"Nguồn: cơ sở dữ liệu tổng đài, lúc {i18n.when(clock.now())}",
            f"Source: the hotline's database, at {i18n.when(clock.now())}",
        )
        means = t(
            "Tỷ lệ đúng hạn = xong đúng hạn / (đã xong có hạn + đang trễ); phản ánh gộp và rút không tính là đã xong.",
            "Share on time = done on time / (done with a deadline + late now); merged and withdrawn reports do not count as done.",
        )
        chosen = [f"{title}: {dict(options).get(value, value)}" for _, title, value, options in self.choices() if value]
        return [span, *chosen, made, means]

    def filters(self) -> dict[str, str]:
        """What each filter is called."""
        return {name: title for name, title in groupings().items() if name in NAMES} | {
            "group": groupings()["field"],
            "source": t("Nguồn", "Source"),
        }

    def choices(self) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
        """The filters of the form: name, title, what is chosen, (value, words)."""
        own = [record for record in self.categories if record["active"]]
        groups = dict.fromkeys((record["group"], record["group_title"]) for record in own)
        at = i18n.language() == "en"
        units = sorted(((code, names[at]) for code, names in queries.unit_names().items()), key=lambda pair: pair[1])
        sources = figures.sources()
        given: dict[str, list[tuple[str, str]]] = {
            "group": list(groups), "category": [(record["id"], record["title"]) for record in own],
            "channel": [(name, queries.channels()[name]) for name in CHANNELS], "unit": units,
            "agency": [(one.code, one.name) for one in directory.agencies()],
            "source": [("*", t("Tất cả", "All")), *((name, name) for name in sources)] if sources else [],
        }  # fmt: skip
        titles = self.filters()
        return [(name, titles[name], getattr(self.asked, name), options) for name, options in given.items() if options]

    def _label(self) -> Label:
        none = t("(không rõ)", "(unknown)")
        if self.by == "agency":
            return lambda key: directory.name(key) if key else none
        if self.by == "unit":
            at = i18n.language() == "en"
            return lambda key: queries.unit_names().get(key, (key, key))[at] or none
        if self.by in figures.PERIODS:
            return lambda key: i18n.day(dt.date.fromisoformat(key)) if len(key) == 10 else f"{key[5:]}/{key[:4]}"
        words = {
            "field": {record["group"]: record["group_title"] for record in self.categories},
            "category": {record["id"]: record["title"] for record in self.categories},
            "channel": queries.channels(),
        }[self.by]
        return lambda key: words.get(key, key) or none


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The table with its filters in the address, a chart beside it, the source and the time under it."""
    view = View(request)
    most = max((row["received"] for row in view.rows), default=0)
    bars = [(row["name"], row["received"], 100 * row["received"] / most, 100 * row["done"] / most) for row in view.rows[:20]] if most else []  # fmt: skip
    return render(
        request, "hotline/figures.html", view=view, columns=view.columns, table=view.table, bars=bars, groupings=groupings(), choices=view.choices(),
        chosen_any=any(getattr(view.asked, name) for name in NAMES), more=max(0, len(view.rows) - 20),
    )  # fmt: skip


@require_safe
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The table as CSV."""
    view = View(request)
    return answering.as_csv(_name(view), view.columns, view.table)


@require_safe
def as_xlsx(request: HttpRequest) -> StreamingHttpResponse:
    """The table as a workbook, with its source and filters on a second sheet."""
    view = View(request)
    return answering.as_xlsx(
        _name(view), view.columns, view.table, title=t("Số liệu 1022", "Figures of 1022"), notes=view.notes
    )


def _name(view: View) -> str:
    return f"1022-{view.by}-{view.asked.since}-{view.asked.until}"


urls = [path("hotline/figures", page), path("hotline/figures.csv", as_csv), path("hotline/figures.xlsx", as_xlsx)]
