"""Who acts for an organisation: asked by the person, confirmed by an official (or by the organisation's registration), ended by either."""

from __future__ import annotations

from taydo.kernel import clock, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, missing, unknown_viewer

from .. import queries, rules


@action("vault.use", secret=("tax_code", "name", "basis"), open_to_all=True)
def ask(viewer: Viewer, tax_code: str, name: str, basis: str = "") -> int:
    """Ask to act for an organisation; nothing opens until an official has seen the registration or the power of attorney (`basis`)."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    plain = rules.plain_number("organisation", tax_code)
    if not plain:
        raise invalid("bad_owner_number", "Mã số thuế không đúng.", "The tax code is not right.", field="tax_code")
    if not name.strip():
        raise invalid("no_name", "Hãy ghi tên tổ chức.", "Give the organisation's name.", field="name")
    made = sql.value(
        """INSERT INTO vault_representative (organisation, number, name, actor_id, basis, asked_at)
           VALUES (%(o)s, %(n)s, %(name)s, %(a)s, %(b)s, %(now)s) ON CONFLICT DO NOTHING RETURNING id""",
        {"o": queries.mark("organisation", plain), "n": sealing.seal(plain), "name": name.strip()[:300], "a": viewer.actor_id,
         "b": basis.strip()[:500], "now": clock.now()},
    )  # fmt: skip
    if made is None:
        raise conflict("asked_already", "Bạn đã đề nghị cho tổ chức này.", "You have asked for this organisation.", field="tax_code")  # fmt: skip
    about("representative", made)
    return int(made)


@action("vault.confirm")
def confirm(viewer: Viewer, representative_id: int, accept: bool = True) -> None:
    """An official who has seen the basis confirms or declines somebody who asked; never themselves."""
    about("representative", representative_id, viewer.agency)
    done = sql.execute(
        """UPDATE vault_representative SET state = %(s)s, decided_at = %(now)s, decided_by = %(by)s
           WHERE id = %(id)s AND state = 'asked' AND actor_id IS DISTINCT FROM %(me)s""",
        {"id": representative_id, "s": "confirmed" if accept else "ended", "now": clock.now(), "by": viewer.name or viewer.username, "me": viewer.actor_id},
    )  # fmt: skip
    if not done:
        raise missing("no_request", "Không có đề nghị này.", "There is no such request.")


@action("vault.use", open_to_all=True)
def stop(viewer: Viewer, representative_id: int) -> None:
    """Stop acting for an organisation: at once. One's own only."""
    about("representative", representative_id)
    done = sql.execute(
        """UPDATE vault_representative SET state = 'ended', decided_at = %(now)s, decided_by = %(by)s WHERE id = %(id)s AND state <> 'ended'
           AND (actor_id = %(me)s OR (person_mark <> '' AND person_mark = %(mark)s))""",
        {"id": representative_id, "now": clock.now(), "by": viewer.username, "me": viewer.actor_id, "mark": queries.linked_mark(viewer)},
    )  # fmt: skip
    if not done:
        raise missing("no_request", "Không có đề nghị này.", "There is no such request.")
