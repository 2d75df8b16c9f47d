"""Results: issued, and given into the applicant's hands. Signed is not delivered; each has its own state and evidence."""

from __future__ import annotations

import uuid
from typing import Any

from taydo.kernel import clock
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import queries
from .writing import HOUSE, held, step


@action("procedures.finish")
def finish(
    viewer: Viewer, code: str, *, file_id: uuid.UUID | None = None, number: str = "", verify: str = "", note: str = ""
) -> dict[str, Any]:
    """Issue the result: the dossier is processed (state 9), the result waits for its owner."""
    found = held(viewer, code, "procedures.finish")
    return issued(viewer, found, file_id, number, verify, note)


def issued(
    viewer: Viewer, found: dict[str, Any], file_id: uuid.UUID | None, number: str, verify: str, note: str = ""
) -> dict[str, Any]:
    """The same for somebody whose right was checked."""
    columns = {
        "finished_at": clock.now(), "result_file": file_id, "result_number": number.strip()[:100], "result_code": verify, "delivery_state": "ready",
    }  # fmt: skip
    return step(viewer, found, "finish", "finished", note, columns=columns)


@action("procedures.return_result", secret=("evidence",))
def return_result(viewer: Viewer, code: str, evidence: str, *, owed: bool = False) -> dict[str, Any]:
    """Give the result into its owner's hands: `evidence` says how that is known (who signed for it, the post's number, read in the vault).

    409 before there is a result, and while its fee is due unless the clerk says that it is taken otherwise (`owed`).
    """
    if not evidence.strip():
        raise invalid(
            "evidence_missing",
            "Hãy ghi ai đã ký nhận hoặc số vận đơn.",
            "Say who signed for it, or the post's number.",
            field="evidence",
        )
    found = held(viewer, code, "procedures.return_result")
    if found["money"] == "due" and not owed:
        raise conflict("still_due", "Hồ sơ còn khoản chưa nộp.", "A fee of this dossier is still due.")
    return _returned(viewer, found, evidence)


@action("procedures.read_result", open_to_all=True)
def read_result(viewer: Viewer, code: str) -> dict[str, Any]:
    """The owner has opened the signed result in their account: that is the evidence of its delivery. Again does nothing."""
    found = queries.own(viewer, code)
    about("dossier", found["code"], found["agency"])
    if (
        found["national"] != 9
        or found["delivery"] != "vault"
        or found["result_file"] is None
        or found["money"] == "due"
    ):
        return {"code": found["code"], "national": found["national"]}
    return _returned(HOUSE, found, f"Người nộp mở kết quả điện tử lúc {clock.now().astimezone(clock.LOCAL):%H:%M %d/%m/%Y}")  # fmt: skip


def _returned(viewer: Viewer, found: dict[str, Any], evidence: str) -> dict[str, Any]:
    if found["national"] != 9:
        raise conflict("no_result", "Hồ sơ chưa có kết quả.", "There is no result yet.")
    columns = {"returned_at": clock.now(), "delivery_state": "done", "delivery_note": evidence.strip()[:300]}
    return step(viewer, found, "return_result", "returned", "", columns=columns)
