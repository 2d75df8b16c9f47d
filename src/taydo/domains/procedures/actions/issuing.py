"""Results signed: printed from what was approved, signed by officer and seal, and issued by itself when the signatures are there."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.files import actions as files
from taydo.engines.printing import paper
from taydo.engines.signing import actions as signing
from taydo.engines.signing import queries as signatures
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict
from taydo.kernel.sealing import unseal

from .. import queries
from . import results
from .writing import HOUSE, acting, held

_NEWEST = """SELECT id, version, result, title, template, data, number, code, state FROM procedures_result
    WHERE dossier_id = %(id)s AND state IN ('approved', 'failed', 'signing') ORDER BY version DESC LIMIT 1 FOR UPDATE"""


@action("procedures.sign", secret=("secret",))
def sign(
    viewer: Viewer, code: str, key_ids: Sequence[int], *, secret: str = "", office: str = "", now: bool = False
) -> dict[str, Any]:
    """Print the approved result and have it signed by these keys in turn (officer, then seal); the dossier is processed when they have.

    `secret`: PIN of a remote key; `now`: signed before this returns. 409 when nothing is approved, or it is at signature already; a signature
    that failed may be asked for again.
    """
    found = held(viewer, code, "procedures.sign")
    one = sql.row(_NEWEST, {"id": found["id"]})
    if one is None or one["state"] == "signing":
        raise conflict("nothing_to_sign", "Chưa có kết quả nào được duyệt để ký.", "No approved result waits for a signature.")  # fmt: skip
    kept_code = one["code"] or signing.reserve()
    valid_to = _valid_to(found, one["result"])
    data = _printed(viewer, found, one, kept_code, valid_to, office)
    pdf = paper.render(f"procedures/{one['template']}", data, clock.now())
    file = files.keep(
        HOUSE, io.BytesIO(pdf), f"{found['code']}-du-thao.pdf", object_kind="dossier_result", object_id=str(one["id"]), agency=found["agency"],
    )  # fmt: skip
    sql.execute(
        "UPDATE procedures_result SET state = 'signing', code = %(code)s, reason = '' WHERE id = %(id)s",
        {"code": kept_code, "id": one["id"]},
    )
    request = signing.request(
        acting(viewer), file.id, list(key_ids), purpose=("dossier_result", one["id"]), title=one["title"], agency=found["agency"],
        facts={"Số": one["number"], "Thủ tục": found["title"]}, code=kept_code, secret=secret, valid_to=valid_to, now=now,
    )  # fmt: skip
    sql.execute("UPDATE procedures_result SET request_id = %(r)s WHERE id = %(id)s", {"r": request, "id": one["id"]})
    return {"code": found["code"], "request": request, "verify": kept_code}


def _valid_to(found: Mapping[str, Any], result: str) -> dt.date | None:
    declared = {one.id: one for one in catalogue.version(found["version_id"]).results}.get(result)
    if declared is None or declared.valid_days is None:
        return None
    return clock.today() + dt.timedelta(days=declared.valid_days)


def _printed(
    viewer: Viewer, found: Mapping[str, Any], one: Mapping[str, Any], code: str, valid_to: dt.date | None, office: str
) -> dict[str, Any]:
    own = json.loads(unseal(one["data"]) or "{}")
    return {
        "facts": [], **own, "title": one["title"], "number": one["number"], "code": found["code"], "verify": signatures.verify_url(code),
        "agency": letterhead(found["agency"]), "place": place(found["agency"]), "day": paper.day(clock.today()),
        "office": office or own.get("office", "Người có thẩm quyền"), "signer": viewer.name,
        "valid_to": f"{valid_to:%d/%m/%Y}" if valid_to else "",
    }  # fmt: skip


def letterhead(code: str) -> dict[str, str]:
    """What stands at the head of a paper of an agency: who is over it, and its name (NĐ 30/2020)."""
    own = directory.agency(code)
    over = directory.agency(own.parent) if own and own.parent else None
    return {"parent": over.name if over else "", "name": own.name if own else code}


def place(code: str) -> str:
    """Where an agency's papers are made out: its commune, else the city."""
    own = directory.agency(code)
    name = own.name if own else ""
    for before in ("Ủy ban nhân dân phường ", "Ủy ban nhân dân xã ", "Ủy ban nhân dân thị trấn "):
        if name.startswith(before):
            return name.removeprefix(before)
    return "Cần Thơ"


@action("procedures.issue")
def signed(viewer: Viewer, result_id: int, file_id: uuid.UUID, verify: str) -> dict[str, Any] | None:
    """The signatures are there: the result is issued (state 9). A result that was replaced meanwhile is not."""
    one = sql.row(
        """UPDATE procedures_result SET state = 'signed', file_id = %(file)s, signed_at = %(now)s WHERE id = %(id)s AND state = 'signing'
           RETURNING dossier_id, number""",
        {"id": result_id, "file": file_id, "now": clock.now()},
    )
    found = queries.by_id(one["dossier_id"]) if one else None
    if one is None or found is None:
        return None
    about("dossier", found["code"], found["agency"])
    return results.issued(viewer, found, file_id, one["number"], verify)


@action("procedures.issue")
def not_signed(viewer: Viewer, result_id: int, reason: str) -> None:
    """The signature failed: the officials of the dossier see why, and may ask again."""
    sql.execute(
        "UPDATE procedures_result SET state = 'failed', reason = %(r)s WHERE id = %(id)s AND state = 'signing'",
        {"id": result_id, "r": reason[:500]},
    )
