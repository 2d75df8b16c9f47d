"""What officials write on screen: a new version from a day, the end of a procedure, decisions about what was not read for certain."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid
from taydo.kernel.events import emit

from .. import queries, rules
from ..events import ProcedureChanged
from ..models import Procedure
from ..queries import doubts
from .publishing import have_found, write

VERDICTS = ("accept", "correct", "skip")
DECIDE = """
INSERT INTO catalogue_verdict AS w (version_id, place, verdict, value, by_name) VALUES (%(id)s, %(place)s, %(verdict)s, %(value)s, %(by)s)
ON CONFLICT (version_id, place) DO UPDATE SET verdict = excluded.verdict, value = excluded.value, by_name = excluded.by_name, at = now()
"""


@action("catalogue.edit")
def edit(viewer: Viewer, code: str, changes: Mapping[str, Any], *, valid_from: dt.date, note: str) -> int:
    """Publish a new version of a procedure from a day (today or later); returns its id. The version before ends, unchanged.

    `changes`: keys of `models.Procedure`. 422 names what is wrong: a day gone by or taken, no reason for the change, a procedure not online
    the whole way without its published reason (NĐ 224/2026 Đ14). 409 when nothing differs.
    """
    about("procedure", code)
    last = queries.history(code)[0]
    _day(valid_from, last["valid_from"])
    if not note.strip():
        raise invalid("no_note", "Hãy ghi căn cứ thay đổi.", "Say why it changes.", note="Bắt buộc. · Required.")
    base = last["spec"].model_dump(mode="json")
    left = [one for one in base["uncertain"] if one["field"].split(".")[0] not in changes]
    given = (
        base | dict(changes) | {"code": code, "valid_from": valid_from.isoformat(), "valid_to": None, "uncertain": left}
    )
    try:
        procedure = Procedure.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["msg"] for one in error.errors()}
        raise invalid("not_valid", "Có chỗ chưa đúng.", "Something is wrong.", **wrong) from error
    if procedure.online != "whole" and not procedure.online_reason.strip():
        raise invalid(
            "no_reason", "Thủ tục chưa toàn trình phải công bố lý do (NĐ 224/2026 Đ14).",
            "What is not online the whole way needs a published reason (NĐ 224/2026 Art. 14).", online_reason="Bắt buộc. · Required.",
        )  # fmt: skip
    written = write(viewer, "edit", [procedure], note.strip()[:500])
    if not written:
        raise conflict("same", "Không có gì khác bản đang có.", "Nothing differs from what is there.")
    return int(written[0]["id"])


def _day(day: dt.date, taken: dt.date) -> None:
    if day < clock.today():
        raise invalid("past_day", "Ngày hiệu lực không được ở quá khứ.", "The first day may not be in the past.", valid_from="Từ hôm nay. · From today.")  # fmt: skip
    if day <= taken:
        later = (taken + dt.timedelta(days=1)).isoformat()
        raise invalid(
            "day_taken", f"Đã có bản từ ngày {taken:%d/%m/%Y}; hãy chọn từ {later}.", f"A version begins on {taken:%d/%m/%Y}; choose from {later}.",
            valid_from=f"Từ {later}. · From {later}.",
        )  # fmt: skip


@action("catalogue.edit")
def close(viewer: Viewer, code: str, last_day: dt.date, note: str) -> None:
    """End a procedure after a last day, today or later; dossiers filed before go on under their version. 409 when it has ended or has a later version."""
    about("procedure", code)
    last = queries.history(code)[0]
    if not note.strip():
        raise invalid("no_note", "Hãy ghi căn cứ bãi bỏ.", "Say why it ends.", note="Bắt buộc. · Required.")
    if last_day < clock.today():
        raise invalid("past_day", "Ngày cuối không được ở quá khứ.", "The last day may not be in the past.", last_day="Từ hôm nay. · From today.")  # fmt: skip
    ended = sql.execute(
        """UPDATE catalogue_version SET valid_to = %(to)s, note = %(note)s WHERE id = %(id)s AND valid_from < %(to)s
           AND (valid_to IS NULL OR valid_to > %(to)s)""",
        {"id": last["id"], "to": last_day + dt.timedelta(days=1), "note": note.strip()[:500]},
    )
    if not ended:
        raise conflict("has_ended", "Thủ tục đã kết thúc hoặc có bản sau đó.", "The procedure has ended, or has a later version.")  # fmt: skip
    emit(ProcedureChanged(code, last["id"], last["valid_from"].isoformat()), code)
    have_found([code])


@action("catalogue.review")
def decide(
    viewer: Viewer, version_id: int, place: int, verdict: str, value: Mapping[str, Any] | None = None
) -> int | None:
    """Decide one doubt: accept what was read, correct it, or skip it for later; with the last one the reviewed version is published.

    Returns the reviewed version's id then, else None. 422 for a correction that cannot be; 404 for a doubt there is not.
    """
    spec = queries.version(version_id)
    about("procedure", spec.code)
    if verdict not in VERDICTS or not 0 <= place < len(spec.uncertain):
        raise invalid("verdict", "Không có lựa chọn này.", "There is no such choice.")
    if verdict == "correct":
        _corrected(spec, {place: {"verdict": verdict, "value": dict(value or {})}})
    sql.execute(
        DECIDE, {"id": version_id, "place": place, "verdict": verdict, "value": json.dumps(dict(value)) if value and verdict == "correct" else None, "by": viewer.name or viewer.username},
    )  # fmt: skip
    found = doubts.verdicts(version_id)
    if len(found) < len(spec.uncertain) or any(one["verdict"] == "skip" for one in found.values()):
        return None
    written = write(viewer, "review", [_corrected(spec, found)], "Rà soát nội dung nhập từ danh sách")
    return int(written[0]["id"]) if written else None


def _corrected(spec: Procedure, found: Mapping[int, Mapping[str, Any]]) -> Procedure:
    """The procedure with the corrections, doubts gone."""
    data = spec.model_dump(mode="json")
    try:
        for place, one in sorted(found.items()):
            if one["verdict"] == "correct":
                data = rules.corrected(data, spec.uncertain[place].field, one["value"])
        return Procedure.model_validate(data | {"uncertain": [], "valid_to": None})
    except (ValidationError, ValueError, KeyError, IndexError, TypeError) as error:
        raise invalid("correction", "Giá trị sửa chưa đúng.", "The correction cannot be.", value=str(error)[:200]) from error  # fmt: skip
