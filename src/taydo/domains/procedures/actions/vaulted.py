"""Dossiers and the vault: papers reused are counted there, results issued go there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from taydo.domains.catalogue import public as catalogue
from taydo.domains.vault import public as vault
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .. import queries, rules


def reuse(viewer: Viewer, dossier_id: int, words: str, papers: Sequence[str]) -> None:
    """Reuse papers of the vault for a dossier, within its action: the dossier's agencies open them while it lives.

    404 for a paper the viewer may not see; 409 for one that is not valid any more.
    """
    for paper in papers:
        vault.use(viewer, paper, purpose=("dossier", str(dossier_id)), words=words)


@action("procedures.follow")
def put_result(viewer: Viewer, dossier_id: int) -> str:
    """Put the issued result into its owner's vault, once; "" when it has no file.

    Who filed with an account has it there (a number typed online proves nothing); who came to the desk, by the number the clerk saw.
    """
    found = queries.by_id(dossier_id)
    if found is None or found["result_file"] is None:
        return ""
    about("dossier", found["code"])
    number = queries.person(dossier_id).number
    if found["person_kind"] == "organisation" and rules.is_number("organisation", number):
        owner = ("organisation", number)
    elif found["actor_id"] is not None:
        owner = ("account", str(found["actor_id"]))
    elif rules.is_number("person", number):
        owner = ("person", number)
    else:
        return ""
    spec = catalogue.version(found["version_id"])
    signed = sql.value(
        "SELECT result FROM procedures_result WHERE dossier_id = %(id)s AND state = 'signed' ORDER BY version DESC LIMIT 1",
        {"id": dossier_id},
    )
    result = {one.id: one for one in spec.results}.get(signed) or (spec.results[0] if spec.results else None)
    on = (found["finished_at"] or clock.now()).astimezone(clock.LOCAL).date()
    return vault.put(
        viewer, owner=owner, kind=(result.vault_kind if result else "") or "result", title=result.title if result else spec.title,
        file_id=found["result_file"], issuer=found["agency_decides"], number=found["result_number"], issued_on=on,
        valid_to=on + dt.timedelta(days=result.valid_days) if result and result.valid_days else None, source=("dossier", str(dossier_id)),
        verify=found["result_code"], key=f"dossier:{dossier_id}:{found['result_file']}",
    )  # fmt: skip
