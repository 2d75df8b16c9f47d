"""The only door of dossiers for other domains, and what they offer to screens that span the house."""

from __future__ import annotations

from typing import Any

from taydo.domains.directory import public as directory
from taydo.domains.identity import public as identity
from taydo.domains.vault import public as vault
from taydo.engines.notices import topics
from taydo.kernel import contacts, i18n, panels, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries, rules
from .queries import dossier, mine, no_dossier, own, progress
from .queries import portal as outside

queries.LINKED[:] = [identity.citizen_mark]
vault.purpose("dossier", queries.worked_on)
topics.declare("procedures.own", "Hồ sơ của tôi", "My dossiers")
panels.place("file", "/dossiers/new")
panels.place("follow_dossier", "/dossiers/follow")
panels.place("my_dossiers", "/my/dossiers")


def state_word(national: int) -> str:
    """What a national state is called in the reader's language."""
    vi, en = rules.NATIONAL[national]
    return t(vi, en)


@panels.context("dossier")
def context(viewer: Viewer, subject: str) -> dict[str, Any]:
    """What surrounds a dossier's case: who filed (masked), procedure, papers, money, delivery, and the parts of a joint one."""
    try:
        found = queries.dossier(viewer, subject)
    except Exception as problem:
        if problem.status == 404:
            return {}
        raise
    who = queries.person(found["id"])
    masked = " · ".join(contacts.masked(part) for part in (who.phone, who.email) if part)
    facts = [
        (t("Hồ sơ", "Dossier"), found["code"], f"/dossiers/{found['code']}/work"), (t("Trạng thái", "State"), state_word(found["national"]), ""),
        (t("Thủ tục", "Procedure"), found["procedure"], f"/procedures/{found['procedure']}"),
        (t("Nơi tiếp nhận", "Received by"), directory.name(found["agency_receives"]), ""),
        (t("Nơi giải quyết", "Decided by"), directory.name(found["agency_decides"]), ""),
        (t("Giấy tờ", "Papers"), str(len(found["papers"])), ""), (t("Hẹn trả", "Due"), i18n.when(found["due_at"]) if found["due_at"] else "—", ""),
        (t("Cổng quốc gia", "National portal"), outside.synced(found), f"/relay/{outside.PARTNER}?subject={found['code']}" if viewer.may("relay.see", "*") else ""),
        (t("Phí, lệ phí", "Fees"), outside.paid(found), ""), (t("Trả kết quả", "Delivery"), outside.delivered(found), ""),
        *((t("Phần", "Part"), f"{part['code']} · {state_word(part['national'])}", f"/dossiers/{part['code']}/work") for part in queries.parts(found["id"])),
    ]  # fmt: skip
    return {
        "person": {
            "masked": masked or t("Có tài khoản", "Has an account"),
            "reveal": f"/dossiers/{found['code']}/person",
        },
        "facts": facts,
        "earlier": 0,
        "code": found["code"],
    }


@panels.finder("dossier")
def find(viewer: Viewer, text: str) -> list[panels.Hit]:
    """A dossier by its code, for whoever may see it."""
    code = text.strip().upper()
    if len(code) < 12:
        return []
    clause = queries.may_see(viewer)
    found = sql.rows(
        f"SELECT d.code, d.title, d.national FROM {queries.FROM} WHERE d.code = %(code)s AND ({clause.text})",
        {"code": code, **clause.params},
    )
    return [panels.Hit("dossier", item["title"], f"{item['code']} · {state_word(item['national'])}", f"/dossiers/{item['code']}") for item in found]  # fmt: skip


def _own(viewer: Viewer) -> list[dict[str, Any]]:
    """What dossiers keep about a person, for what they download of themselves."""
    return [{"code": one["code"], "procedure": one["title"], "state": state_word(one["national"]), "submitted_at": one["submitted_at"],
             "papers": [paper["title"] for paper in one["papers"]]} | vars(queries.person(one["id"])) for one in queries.mine(viewer, limit=200)]  # fmt: skip


identity.exports("dossiers", _own)


@panels.mine("dossiers", 10)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """The newest dossiers; those that wait for a supplement first."""
    found = queries.mine(viewer)
    asked = [panels.Waiting(t(f"Bổ sung hồ sơ {one['code']}", f"Supplement dossier {one['code']}"), one["title"], f"/dossiers/{one['code']}")
             for one in found if one["national"] == 5]  # fmt: skip
    return panels.MineCard(
        t("Hồ sơ của tôi", "My dossiers"), "/my/dossiers", len(found), [f"{one['title']} · {state_word(one['national'])}" for one in found[:3]],
        t("Hồ sơ bạn nộp sẽ nằm ở đây cùng ngày hẹn trả. Tìm thủ tục để bắt đầu.", "Dossiers you file stand here with the day they are due. Find a service to begin."),
        "briefcase", asked,
    )  # fmt: skip


__all__ = ["dossier", "mine", "no_dossier", "own", "progress", "state_word"]
