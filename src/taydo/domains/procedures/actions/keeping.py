"""Writes of dossiers that the house does by itself: follow the case, tell whoever filed."""

from __future__ import annotations

from typing import Any

from taydo.engines.notices import actions as notices
from taydo.engines.notices.rules import is_mail_address, is_phone
from taydo.kernel import clock, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .. import queries, rules
from .writing import outside, settle


@action("procedures.follow")
def follow(viewer: Viewer, case_id: int, step: str, note: str = "") -> bool:
    """The case moved by another door (the desk, more time granted): the dossier's national state and appointment follow. Tells when either changed."""
    found = queries.by_case(case_id)
    if found is None or found["source"]:
        return False
    national = outside(found["type_version"], found["state"], found["national"])
    if national == found["national"] and found["case_due"] == found["due_at"]:
        return False
    about("dossier", found["code"], found["agency"])
    settle(viewer, found, step, national, note)
    return True


@action("procedures.tell")
def tell(viewer: Viewer, dossier_id: int, step: str, key: str) -> int:
    """Tell whoever filed what happened: in their account, or at the phone or address given at the desk. Returns how many ways."""
    found: dict[str, Any] | None = sql.row(
        "SELECT code, actor_id, phone, email, due_at, parent_id FROM procedures_dossier WHERE id = %(id)s",
        {"id": dossier_id},
    )
    if found is None or (found["parent_id"] is not None and step in ("submitted", "received")):
        return 0
    due = f"{found['due_at'].astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if found["due_at"] else "—"
    words = rules.told(step, found["code"], due)
    if words is None:
        return 0
    about("dossier", found["code"])
    title, href = (f"Hồ sơ {found['code']}", f"Dossier {found['code']}"), f"/dossiers/{found['code']}"
    if found["actor_id"] is not None:
        notices.notify(viewer, "procedures.own", key, title, words, href=href, actors=[found["actor_id"]])
        return 1
    phone, email = sealing.unseal(found["phone"]), sealing.unseal(found["email"])
    contacts = [("sms", phone, "vi")] if is_phone(phone) else []
    contacts += [("mail", email, "vi")] if is_mail_address(email) else []
    if contacts:
        notices.notify(viewer, "procedures.own", key, title, words, href=f"/dossiers/follow?code={found['code']}", contacts=contacts)  # fmt: skip
    return len(contacts)
