"""Results: issued, and given into the applicant's hands. Signed is not delivered; each has its own state and evidence."""

from __future__ import annotations

import uuid
from typing import Any

from taydo.kernel import clock
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .writing import held, step


@action("procedures.finish")
def finish(
    viewer: Viewer, code: str, *, file_id: uuid.UUID | None = None, number: str = "", verify: str = "", note: str = ""
) -> dict[str, Any]:
    """Issue the result: the dossier is processed (state 9), the result waits for its owner."""
    found = held(viewer, code, "procedures.finish")
    columns = {
        "finished_at": clock.now(), "result_file": file_id, "result_number": number, "result_code": verify, "delivery_state": "ready",
    }  # fmt: skip
    return step(viewer, found, "finish", "finished", note, columns=columns)


@action("procedures.return_result", secret=("evidence",))
def return_result(viewer: Viewer, code: str, evidence: str) -> dict[str, Any]:
    """Give the result into its owner's hands: `evidence` says how that is known (who signed for it, the post's number, read in the vault)."""
    if not evidence.strip():
        raise invalid(
            "evidence_missing",
            "Hãy ghi ai đã ký nhận hoặc số vận đơn.",
            "Say who signed for it, or the post's number.",
            field="evidence",
        )
    found = held(viewer, code, "procedures.return_result")
    if found["national"] != 9:
        raise conflict("no_result", "Hồ sơ chưa có kết quả.", "There is no result yet.")
    columns = {"returned_at": clock.now(), "delivery_state": "done", "delivery_note": evidence.strip()[:300]}
    return step(viewer, found, "return_result", "returned", "", columns=columns)
