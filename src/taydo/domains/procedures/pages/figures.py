"""`/dossiers/figures`: the manager's board — what is late or will be, how every agency does, the points of QĐ 766 — as page, CSV and XLSX."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel import clock
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import public
from ..queries import figures, lists

SHARES = ("on_time", "filed_online", "paid_online", "electronic", "digitised", "reused", "synced", "content")


def period(request: HttpRequest) -> tuple[dt.date, dt.date]:
    """From when until when: as asked (at most ten years), else this month."""
    today = clock.today()

    def day(name: str, otherwise: dt.date) -> dt.date:
        try:
            return dt.date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            return otherwise

    since, until = day("since", today.replace(day=1)), day("until", today)
    return (since, until) if since <= until and (until - since).days <= 3660 else (today.replace(day=1), today)


def table(request: HttpRequest, by: str) -> list[dict[str, Any]]:
    """The rows of the board with their rates and, by agency, what is open now; the sum of all comes last."""
    who, (since, until) = viewer(request), period(request)
    rows = figures.totals(who, since, until, by)
    whole = figures.totals(who, since, until, "all")
    online, now = figures.online_of(who, since, until), figures.standing(who)
    counts = catalogue.counts()
    offered = (counts.online_whole + counts.online_part) / counts.procedures if counts.procedures else None
    known = catalogue.titles([row["by"] for row in rows]) if by == "procedure" else {}
    if by == "agency":
        rows += [
            dict.fromkeys((*figures.COUNTS, "spent_s", "allowed_s"), 0) | {"by": agency}
            for agency in now
            if agency not in {row["by"] for row in rows}
        ]
    for row in rows:
        row["name"] = directory.name(row["by"]) if by == "agency" else known.get(row["by"], row["by"])
        row["online"] = online.get(row["by"]) if by == "agency" else None
    for row in whole:
        row |= {"by": "", "name": t("Tổng cộng", "Total"), "online": sum(online.values())}
        now[""] = {
            name: sum(one[name] for one in now.values()) for name in ("open", "late", "soon", "waiting", "to_receive")
        }
    for row in rows + whole:
        found = figures.rates(row, offered)
        row |= {f"share_{name}": found[name] for name in SHARES} | {"score": figures.scored(found)[1], "rates": found}
        row |= now.get(row["by"], dict.fromkeys(("open", "late", "soon", "waiting", "to_receive"), 0))
        row["pace"] = row["spent_s"] / row["allowed_s"] if row["allowed_s"] else None
    return rows + whole


def columns(by: str) -> list[Column]:
    """The board's columns, as on screen and in files."""
    first = {
        "agency": ("Cơ quan", "Agency"),
        "procedure": ("Thủ tục", "Procedure"),
        "month": ("Tháng", "Month"),
        "channel": ("Kênh", "Channel"),
    }[by]
    live = [
        Column("open", "Đang giải quyết", "Open", "whole"), Column("late", "Quá hạn", "Late", "whole"), Column("soon", "Sắp đến hạn", "Due soon", "whole"),
        Column("waiting", "Chờ người nộp", "Waiting for applicants", "whole"),
    ]  # fmt: skip
    return [
        Column("name", *first, width=42), Column("filed", "Nộp", "Filed", "whole"), Column("received", "Tiếp nhận", "Received", "whole"),
        *(live if by == "agency" else []), Column("judged", "Đã giải quyết", "Decided", "whole"), Column("on_time", "Đúng hạn", "On time", "whole"),
        Column("share_on_time", "Tỷ lệ đúng hạn (2.1)", "On time (2.1)", "share"), Column("pace", "Thời gian so với hạn (2.2)", "Time against the limit (2.2)", "share"),
        Column("share_filed_online", "Nộp trực tuyến (3.3)", "Filed online (3.3)", "share"), Column("share_paid_online", "Thanh toán trực tuyến (3.6)", "Paid online (3.6)", "share"),
        Column("share_electronic", "Kết quả điện tử (4.1)", "Electronic results (4.1)", "share"), Column("share_digitised", "Số hóa (4.2)", "Digitised (4.2)", "share"),
        Column("share_reused", "Tái sử dụng (4.3)", "Reused (4.3)", "share"), Column("share_synced", "Đồng bộ (1.4)", "Synchronised (1.4)", "share"),
        Column("share_content", "Hài lòng (5.4)", "Content (5.4)", "share"), Column("score", "Điểm", "Score", "decimal", digits=1),
    ]  # fmt: skip


@needs("procedures.see_figures")
def board(request: HttpRequest) -> HttpResponse | HttpResponseBase:
    """The page, or with `as=csv|xlsx` the same table as a file."""
    by = request.GET.get("by", "agency")
    by = by if by in ("agency", "procedure", "month", "channel") else "agency"
    rows, asked = table(request, by), columns(by)
    since, until = period(request)
    if request.GET.get("as") in ("csv", "xlsx"):
        name, title = f"ho-so-{since}-{until}", t("Tình hình giải quyết hồ sơ", "How dossiers stand")
        return (
            answering.as_csv(name, asked, rows)
            if request.GET["as"] == "csv"
            else answering.as_xlsx(name, asked, rows, title=title)
        )
    who = viewer(request)
    index = figures.index_of_city()
    whole = rows[-1] if rows and rows[-1]["by"] == "" else None
    points = {one.id: one for one in figures.scored(whole["rates"])[0]} if whole else {}
    return render(
        request, "procedures/figures.html", by=by, rows=rows, columns=asked, since=since, until=until, index=index, points=points, whole=whole,
        late=lists.worklist(who, late=True, limit=15), soon=lists.due_soon(who, 15), state_word=public.state_word, name_of=directory.name, waiting=figures.uncounted(),
    )  # fmt: skip


urls = [path("dossiers/figures", board)]
