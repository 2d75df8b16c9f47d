"""How a dossier stands outside: at the national portal, its money, its delivery; each a state of its own (TT 21/2023, CN04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taydo.engines.relay import queries as relay
from taydo.kernel import i18n
from taydo.kernel.i18n import t

PARTNER = "national_portal"


def synced(found: Mapping[str, Any]) -> str:
    """How far the national portal has heard of a dossier the caller may see, in words: when, how much waits, what was refused and why."""
    if found["source"]:
        return t(f"Do hệ thống {found['source']} quản lý", f"Run by the system {found['source']}")
    stands = relay.standing(PARTNER, [found["code"]])[found["code"]]
    if stands.word == "refused":
        return t(f"Bị từ chối: {stands.reason}", f"Refused: {stands.reason}")
    if stands.word == "waiting":
        return t(
            f"{stands.waiting} thay đổi chờ gửi từ {i18n.when(stands.since)}",
            f"{stands.waiting} changes wait since {i18n.when(stands.since)}",
        )
    if stands.word == "sent":
        return t(f"Đã đồng bộ lúc {i18n.when(stands.sent_at)}", f"In step since {i18n.when(stands.sent_at)}")
    return t("Chưa kết nối", "Not connected")


def paid(found: Mapping[str, Any]) -> str:
    """The state of its money in words."""
    words = {
        "none": ("Không thu", "Nothing owed"),
        "due": ("Chờ nộp", "Owed"),
        "paid": ("Đã nộp", "Paid"),
        "refunded": ("Đã hoàn", "Refunded"),
    }
    vi, en = words[found["money"]]
    online = t(" (trực tuyến)", " (online)") if found["money"] == "paid" and found["online_paid"] else ""
    return t(vi, en) + online


def delivered(found: Mapping[str, Any]) -> str:
    """Which way the result goes, and how far it is."""
    ways = {"vault": ("Kho giấy tờ", "Vault"), "desk": ("Tại quầy", "At the desk"), "post": ("Bưu chính", "By post")}
    states = {
        "none": ("chưa có kết quả", "no result yet"),
        "ready": ("chờ trả", "ready"),
        "sent": ("đang gửi", "on its way"),
        "done": ("đã trả", "returned"),
    }
    (way_vi, way_en), (vi, en) = (
        ways[found["delivery"]],
        states.get(found["delivery_state"], (found["delivery_state"],) * 2),
    )
    return t(f"{way_vi}: {vi}", f"{way_en}: {en}")
