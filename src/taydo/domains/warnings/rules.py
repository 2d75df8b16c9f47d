"""What decides about warnings: what a draft needs, which step follows which, and how a warning reads in CAP 1.2."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from taydo.protocols import cap

Words = tuple[str, str]
STATES: dict[str, Words] = {
    "draft": ("Đang soạn", "Draft"),
    "approved": ("Đã duyệt", "Approved"),
    "published": ("Đang có hiệu lực", "In force"),
    "updated": ("Đã thay bằng bản mới", "Replaced"),
    "cancelled": ("Đã huỷ", "Cancelled"),
    "expired": ("Hết hiệu lực", "Expired"),
    "dropped": ("Đã bỏ", "Dropped"),
}
STATUSES: dict[str, Words] = {
    "Actual": ("Thật", "Actual"),
    "Exercise": ("Diễn tập", "Exercise"),
    "Test": ("Thử hệ thống", "Test"),
}
SEVERITIES: dict[str, Words] = {
    "Extreme": ("Cực kỳ nguy hiểm", "Extreme"),
    "Severe": ("Nguy hiểm", "Severe"),
    "Moderate": ("Cần đề phòng", "Moderate"),
    "Minor": ("Cần lưu ý", "Minor"),
}
URGENCIES: dict[str, Words] = {
    "Immediate": ("Làm ngay", "Act now"),
    "Expected": ("Trong vài giờ tới", "Within hours"),
    "Future": ("Trong vài ngày tới", "Within days"),
}
CERTAINTIES: dict[str, Words] = {
    "Observed": ("Đã xảy ra", "Observed"),
    "Likely": ("Rất có thể", "Likely"),
    "Possible": ("Có thể", "Possible"),
}
LONGEST_DAYS = 10
"""A warning that lasts longer is renewed by an update, so that somebody looks at it again."""
MOST_WORDS = {"headline": 160, "description": 4000, "instruction": 2000}
UNIT_CODE = "vn:unit"
"""`valueName` of geocodes: the code of an administrative unit (QĐ 19/2025/QĐ-TTg)."""


@dataclass(frozen=True)
class Draft:
    """What an officer writes; instants are aware, `units` are today's commune codes or the city's own code."""

    hazard: str
    severity: str
    urgency: str
    certainty: str
    headline_vi: str
    description_vi: str
    expires: dt.datetime | None
    units: tuple[str, ...]
    onset: dt.datetime | None = None
    instruction_vi: str = ""
    headline_en: str = ""
    description_en: str = ""
    instruction_en: str = ""
    status: str = "Actual"
    contact: str = ""


def faults(draft: Draft, hazards: Iterable[str], now: dt.datetime) -> dict[str, Words]:
    """What is wrong with a draft: field → words; empty when it may go on."""
    wrong: dict[str, Words] = {}
    choices = {
        "hazard": tuple(hazards),
        "severity": SEVERITIES,
        "urgency": URGENCIES,
        "certainty": CERTAINTIES,
        "status": STATUSES,
    }
    for name, allowed in choices.items():
        if getattr(draft, name) not in allowed:
            wrong[name] = ("Hãy chọn một mục", "Choose one")
    for name in ("headline_vi", "description_vi"):
        if not getattr(draft, name).strip():
            wrong[name] = ("Phải viết bằng tiếng Việt", "It must be written in Vietnamese")
    for name, most in MOST_WORDS.items():
        for language in ("vi", "en"):
            if len(getattr(draft, f"{name}_{language}")) > most:
                wrong[f"{name}_{language}"] = (f"Tối đa {most} chữ", f"At most {most} letters")
    for name in ("contact", *(f"{part}_{language}" for part in MOST_WORDS for language in ("vi", "en"))):
        if not cap.fits(getattr(draft, name)):
            wrong[name] = ("Có ký tự không gửi được", "It holds characters that cannot be sent")
    if bool(draft.headline_en.strip()) != bool(draft.description_en.strip()):
        name = "description_en" if draft.headline_en.strip() else "headline_en"
        wrong[name] = ("Bản tiếng Anh cần cả tiêu đề và nội dung", "English needs both headline and text")
    if not draft.units:
        wrong["units"] = ("Hãy chọn nơi bị ảnh hưởng", "Choose the affected places")
    return wrong | _time_faults(draft, now)


def _time_faults(draft: Draft, now: dt.datetime) -> dict[str, Words]:
    if draft.expires is None:
        return {"expires": ("Phải nêu lúc hết hiệu lực", "Say when it ends")}
    if draft.expires <= max(now, draft.onset or now):
        return {
            "expires": (
                "Lúc hết hiệu lực phải ở sau hiện tại và sau lúc bắt đầu",
                "It must end after now and after it begins",
            )
        }
    if draft.expires > now + dt.timedelta(days=LONGEST_DAYS):
        return {
            "expires": (
                f"Tối đa {LONGEST_DAYS} ngày; lâu hơn thì cập nhật",
                f"At most {LONGEST_DAYS} days; update it later",
            )
        }
    return {}


def worst_first(severity: str) -> int:
    """Order of severities, the worst first."""
    return list(SEVERITIES).index(severity) if severity in SEVERITIES else len(SEVERITIES)


def prefix(status: str) -> Words:
    """What stands before every headline of a drill or a test, so that nobody takes it for real."""
    return {"Exercise": ("[DIỄN TẬP] ", "[EXERCISE] "), "Test": ("[THỬ] ", "[TEST] ")}.get(status, ("", ""))


def rings(geometry: Mapping[str, Any] | None) -> tuple[tuple[cap.Point, ...], ...]:
    """Outer rings of a GeoJSON area as CAP polygons (latitude first)."""
    if not geometry:
        return ()
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return tuple(tuple((point[1], point[0]) for point in polygon[0]) for polygon in polygons if len(polygon[0]) >= 4)


def as_cap(
    warning: Mapping[str, Any],
    hazard: Mapping[str, Any],
    areas: Mapping[str, tuple[cap.Area, ...]],
    *,
    sender: str,
    sender_name: Words,
    web: str,
    previous: tuple[cap.Reference, ...] = (),
) -> cap.Alert:
    """The CAP 1.2 message of a warning row: one info in Vietnamese and, when it is written, one in English.

    `hazard` gives code, titles, categories and responses; `areas` the areas by language.
    """
    infos = [_info(warning, hazard, areas["vi"], "vi", sender_name[0], web)]
    if warning["headline_en"]:
        infos.append(_info(warning, hazard, areas["en"], "en", sender_name[1], web))
    return cap.Alert(
        identifier=warning["identifier"],
        sender=sender,
        sent=warning["sent_at"],
        status=warning["status"],
        message=warning["message"],
        note=warning["reason"] if warning["message"] == "Cancel" else "",
        references=previous,
        infos=tuple(infos),
    )


def _info(
    warning: Mapping[str, Any],
    hazard: Mapping[str, Any],
    areas: tuple[cap.Area, ...],
    language: str,
    sender: str,
    web: str,
) -> cap.Info:
    cancel = warning["message"] == "Cancel"
    return cap.Info(
        categories=tuple(hazard["categories"]),
        event=hazard[language],
        urgency="Past" if cancel else warning["urgency"],
        severity=warning["severity"],
        certainty=warning["certainty"],
        language="vi-VN" if language == "vi" else "en",
        responses=("AllClear",) if cancel else tuple(hazard["responses"]),
        event_codes=(("taydo:hazard", hazard["code"]),),
        effective=warning["sent_at"],
        onset=warning["onset"],
        expires=warning["expires"],
        sender_name=sender,
        headline=prefix(warning["status"])[language == "en"] + warning[f"headline_{language}"],
        description=warning[f"description_{language}"],
        instruction=warning[f"instruction_{language}"],
        web=web,
        contact=warning["contact"],
        areas=areas,
    )
