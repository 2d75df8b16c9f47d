"""The only door of the vault for other domains, and what it offers to the citizen's home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taydo.domains.identity import public as identity
from taydo.engines.forms import prefill
from taydo.engines.notices import topics
from taydo.kernel import i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t
from taydo.kernel.sql import Sql

from . import queries
from .actions import put, upload, use, withdraw
from .actions.keeping import TOPIC
from .actions.letting import of_owner
from .queries import Paper, kind, kinds, mine, paper
from .queries.taking import everything

queries.LINKED[:] = [identity.citizen_mark]
topics.declare(TOPIC, "Giấy tờ của tôi", "My papers")
panels.place("my_papers", "/my/papers")


def purpose(name: str, maker: Callable[[Viewer], Sql]) -> None:
    """Say who works on a kind of purpose while it lives: `maker` gives a predicate over alias u (`u.purpose_id` is text).

    Papers used for it (`use`) are open to those for whom it is true, and to nobody else; once it is false they are shut.
    """
    assert name.isidentifier()
    queries.PURPOSES[name] = maker


def state_word(state: str) -> str:
    """How a paper stands, in the reader's language."""
    vi, en = STATES[state]
    return t(vi, en)


STATES = {
    "valid": ("Có giá trị", "Valid"), "expiring": ("Sắp hết hạn", "Ends soon"), "expired": ("Hết hạn", "Ended"), "revoked": ("Đã thu hồi", "Revoked"),
    "replaced": ("Đã được thay", "Replaced"), "erased": ("Đã xoá", "Erased"),
}  # fmt: skip


@panels.mine("papers", 20)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """The newest papers, and those that end soon first."""
    if not viewer.actor_id:
        return None
    found = queries.mine(viewer)
    ending = [
        panels.Waiting(t(f"{one.title} sắp hết hạn", f"{one.title} ends soon"), t(f"Có giá trị đến {i18n.day(one.valid_to)}", f"Valid until {i18n.day(one.valid_to)}"),
                       f"/my/papers/{one.id}", one.valid_to)
        for one in found if one.state == "expiring" and one.valid_to
    ]  # fmt: skip
    return panels.MineCard(
        t("Giấy tờ của tôi", "My papers"), "/my/papers", len(found), [f"{one.title} · {state_word(one.state)}" for one in found[:3]],
        t("Giấy tờ được cấp cho bạn và giấy bạn chụp sẽ nằm ở đây, dùng lại được cho mọi thủ tục.",
          "Papers issued to you and photos you take of others stand here, to be reused for every procedure."), "id-card", ending,
    )  # fmt: skip


@prefill.source("vault")
def _known(viewer: Viewer) -> dict[str, prefill.Filled]:
    """What one's own valid papers say, by `<kind>.<field>` (and number, issuer, issued_on); of several of a kind the newest."""
    found: dict[str, prefill.Filled] = {}
    for one in queries.mine(viewer) if viewer.actor_id else []:
        if not one.good or one.owner_kind != "person":
            continue
        day = i18n.day(one.issued_on or one.put_at.date())
        said = {
            "number": one.number,
            "issuer": one.issuer,
            "issued_on": one.issued_on and one.issued_on.isoformat(),
            **one.data,
        }
        for field, value in said.items():
            if value not in (None, ""):
                words = (f"lấy từ giấy “{one.title}” ngày {day}", f"from the paper “{one.title}” of {day}")
                found.setdefault(f"{one.kind}.{field}", prefill.Filled(value, *words))
    return found


@panels.finder("paper")
def _find(viewer: Viewer, text: str) -> list[panels.Hit]:
    """One's own papers by words of their title or number; nobody else's are ever found."""
    words = text.strip().casefold()
    if len(words) < 2 or not viewer.actor_id:
        return []
    return [panels.Hit("paper", one.title, state_word(one.state), f"/my/papers/{one.id}") for one in queries.mine(viewer)
            if words in one.title.casefold() or words == one.number.casefold()][:5]  # fmt: skip


def _own(viewer: Viewer) -> list[dict[str, Any]]:
    """What the vault keeps about a person, for what they download of themselves."""
    return everything(viewer)


identity.exports("papers", _own)

__all__ = [
    "Paper",
    "kind",
    "kinds",
    "mine",
    "of_owner",
    "paper",
    "purpose",
    "put",
    "state_word",
    "upload",
    "use",
    "withdraw",
]
