"""The only door of identity for other domains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taydo.engines.forms import prefill
from taydo.engines.openid import claims
from taydo.kernel import credentials, i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries
from .actions import rights
from .queries import persons


@claims.tell
def _claims(viewer: Viewer, scopes: frozenset[str]) -> dict[str, Any]:
    """What another system learns of the viewer: contacts they proved, their agency and the roles that hold today."""
    return queries.claims(viewer, scopes)


credentials.ASKS_FOR_MORE.append(queries.more_than_password)


def contacts(actor_id: int) -> list[tuple[str, str]]:
    """An account's proven contacts, (`sms` or `mail`, address), oldest first."""
    return [(item["channel"], item["address"]) for item in queries.contacts_of(actor_id)]


def citizen_mark(actor_id: int) -> str:
    """The fingerprint of the personal number linked to an account (`citizen:<number>`); "" when none is."""
    return queries.citizen_mark(actor_id)


def account_of_citizen(mark: str) -> int | None:
    """The open account linked to a personal number, by the number's fingerprint."""
    return queries.account_of_citizen(mark)


def exports(name: str, give: Callable[[Viewer], Any]) -> None:
    """Say what a part keeps about a person: it stands under `name` in what they download."""
    rights.EXPORTS[name] = give


@prefill.source("identity")
def _known(viewer: Viewer) -> dict[str, prefill.Filled]:
    """What the account says of its owner: `name`, proven `phone` and `email`, `citizen_number` of the linked national identity."""
    if viewer.actor_id is None or viewer.kind != "person":
        return {}
    held = queries.contacts_of(viewer.actor_id)
    proven = {
        name: next((item["address"] for item in held if item["channel"] == channel), "")
        for name, channel in (("phone", "sms"), ("email", "mail"))
    }
    found = {"name": prefill.Filled(viewer.name, "lấy từ tài khoản của bạn", "from your account")}
    found |= {
        name: prefill.Filled(value, "lấy từ tài khoản của bạn, đã xác minh", "from your account, verified")
        for name, value in proven.items()
    }
    number = queries.citizen_number(viewer.actor_id)
    return found | {
        "citizen_number": prefill.Filled(number, "lấy từ định danh điện tử", "from your electronic identity")
    }


@panels.mine("looks", 50)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """Who looked at the viewer's data last."""
    found = queries.looks(viewer, limit=20)
    return panels.MineCard(
        t("Ai đã xem dữ liệu của tôi", "Who looked at my data"), "/account/looks", len(found), [f"{one['who']}: {one['purpose']} · {i18n.when(one['at'])}" for one in found[:3]],
        t("Chưa ai. Mỗi lần có người xem dữ liệu cá nhân của bạn, tên, giờ và mục đích hiện ở đây.", "Nobody. Whoever looks at your personal data will stand here with name, time and purpose."), "eye",
    )  # fmt: skip


__all__ = ["account_of_citizen", "citizen_mark", "contacts", "exports", "persons"]
