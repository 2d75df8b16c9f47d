"""What the hotline offers to screens that span the house."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from taydo.domains.directory import public as directory
from taydo.domains.identity import public as identity
from taydo.kernel import contacts, panels, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries
from .actions import personal
from .queries import intake

identity.exports("reports", personal.own)
panels.place("report", "/report")
panels.place("follow", "/follow")
panels.place("my_reports", "/my/reports")
panels.place("overview", "/hotline")


DEVICE = "taydo_device"


def senders(request: HttpRequest) -> list[tuple[str, str]]:
    """Who sends, for the count of reports from one place: kept as marks only, for a month."""
    return [("address", request.META.get("REMOTE_ADDR", "")), ("device", request.COOKIES.get(DEVICE, "")[:40])]


def named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with `agency_name` in the reader's language."""
    for row in rows:
        row["agency_name"] = directory.name(row["agency"]) if row["agency"] else ""
    return rows


@panels.context("report")
def context(viewer: Viewer, subject: str) -> dict[str, Any]:
    """What surrounds a report's case: who (masked; `reveal` says where to ask), photos, place, duplicates, earlier ones by number."""
    found = queries.inside(viewer, int(subject)) if subject.isdecimal() and len(subject) < 19 else None
    if found is None:
        return {}
    kept = {part: sealing.unseal(found.pop(part)) for part in ("name", "phone", "email")}
    masked = [contacts.masked(kept[part]) for part in ("phone", "email") if kept[part]]
    person = {
        "masked": " · ".join(masked)
        or (t("Có tài khoản", "Has an account") if found["actor_id"] else t("Ẩn danh", "Anonymous")),
        "reveal": f"/hotline/{found['code']}/person" if masked or kept["name"] or found["actor_id"] else "",
    }
    sorts = viewer.may("hotline.route", found["agency"], queries.desk().centre)
    facts = [
        *([(t("Phân loại, chuyển, trả lời ngay, gộp", "Classify, route, answer at once, merge"), t("Mở", "Open"), f"/hotline/reports/{found['code']}")] if sorts else []),
        (t("Loại", "Category"), found["category_title"], f"/hotline/reports/{found['code']}" if sorts else ""), (t("Kênh", "Channel"), found["channel_word"], ""),
        (t("Nơi", "Place"), " · ".join(part for part in (found["raw_address"], found["unit_name"]) if part) or "—", ""),
        (t("Ai đọc được", "Who may read"), t("Mọi người", "Everybody") if found["public"] else t("Chỉ cơ quan xử lý", "Only the agencies in charge"), ""),
        (t("Trang người dân thấy", "The citizen's page"), found["code"], found["href"]),
    ]  # fmt: skip
    return {
        "person": person, "facts": facts, "earlier": found["earlier"], "code": found["code"], "category": found["category"],
        "photos": [{"href": f"/files/{kept.id}", "name": kept.name} for kept in queries.photos(viewer, found)],
        "duplicates": named(intake.duplicates(viewer, found["text"], found["lon"], found["lat"], found["photo_hash"], found["id"])),
    }  # fmt: skip


def held() -> int:
    """How many reports wait for a person before anything else."""
    return int(sql.value("SELECT count(*) FROM hotline_report WHERE held <> ''"))


@panels.mine("reports", 40)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """The newest reports and where they stand."""
    found, _ = queries.mine(viewer, limit=20)
    return panels.MineCard(
        t("Phản ánh của tôi", "My reports"), "/my/reports", len(found), [f"{one['category_title']} · {one['state_word']}" for one in found[:3]],
        t("Phản ánh bạn gửi khi đã đăng nhập sẽ nằm ở đây cùng câu trả lời.", "Reports you send while signed in stand here with their answers."), "megaphone",
    )  # fmt: skip
