"""A head instructs those who work on a dossier: a case with a deadline in their inbox, a line in the dossier's timeline, and their report back."""

from __future__ import annotations

from typing import Any

from taydo.engines.cases import actions as cases
from taydo.engines.cases.casetype import Deadline
from taydo.engines.notices import actions as notices
from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import conflict, invalid

from .. import queries, rules
from .writing import HOUSE, acting, held

TYPE, SUBJECT = "instruction", "dossier_instruction"


@action("procedures.instruct", secret=("words",))
def instruct(viewer: Viewer, code: str, words: str, *, working_days: int = 2, key: str = "") -> dict[str, Any]:
    """Tell the agency that has a dossier what to do and by when; its owner is given the instruction and hears of it at once.

    It changes neither the dossier's state nor its deadline. Returns the instruction: id, code, state. 422 without words or with days outside
    1–30, 409 once the dossier has ended.
    """
    if not words.strip() or not 1 <= working_days <= 30:
        raise invalid("nothing_said", "Hãy ghi nội dung chỉ đạo và số ngày (1–30).", "Say what is to be done, and days (1–30).", field="words")  # fmt: skip
    found = held(viewer, code, "procedures.instruct")
    if found["national"] in rules.ENDED:
        raise conflict("has_ended", "Hồ sơ đã kết thúc.", "The dossier has ended.")
    made = cases.open_case(
        acting(viewer), TYPE, f"Chỉ đạo hồ sơ {found['code']}", agency=found["agency"], summary=words.strip(), subject=(SUBJECT, found["code"]),
        deadline=Deadline(working_days=working_days), priority=1, restricted=found["restricted"], asker_id=viewer.actor_id, key=key,
    )  # fmt: skip
    owner = viewer_of(found["owner_id"]) if found["owner_id"] else None
    if owner is not None and owner.may("cases.move", found["agency"]):
        cases.assign(acting(viewer), made["id"], found["owner_id"])
    line = f"Chỉ đạo {made['code']} ({working_days} ngày làm việc): {words.strip()}"
    cases.comment(acting(viewer), found["case_id"], line, key=key and f"{key}:line")
    about("dossier", found["code"], found["agency"])
    return {name: made[name] for name in ("id", "code", "state")}


@action("procedures.follow")
def reported(viewer: Viewer, instruction_id: int, code: str, answer: str, by: str, mark: str) -> None:
    """What was done about an instruction stands in the dossier's timeline, and whoever gave it hears that it was reported."""
    given = sql.row("SELECT code, asker_id FROM cases_case WHERE id = %(id)s", {"id": instruction_id})
    found = queries.by_code(code)
    if given is None or found is None:
        return
    about("dossier", code, found["agency"])
    cases.comment(
        HOUSE, found["case_id"], f"Báo cáo chỉ đạo {given['code']} ({by}): {answer}", key=f"instruction:{mark}"
    )
    if given["asker_id"]:
        words = (f"Đã có báo cáo về chỉ đạo {given['code']}.", f"Instruction {given['code']} was reported on.")
        title = (f"Hồ sơ {code}", f"Dossier {code}")
        notices.notify(viewer, "procedures.own", f"instruction:{mark}", title, words, href=f"/dossiers/{code}/work", actors=[given["asker_id"]])  # fmt: skip
