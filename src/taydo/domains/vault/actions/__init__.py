"""Writes to papers: put into a vault once, uploaded by their owner, reused, revoked or replaced, erased by law."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from taydo.domains.directory import public as directory
from taydo.engines.files import actions as files
from taydo.engines.files import erasing
from taydo.kernel import clock, ids, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, refused, unknown_viewer

from .. import queries, rules
from ..queries import HOUSE, Paper

Owner = tuple[str, str]
SEEN = ("image/jpeg", "image/png", "image/webp", "application/pdf")


@action("vault.put", secret=("owner", "number", "data", "title"))
def put(
    viewer: Viewer, *, owner: Owner, kind: str, title: str, file_id: uuid.UUID | str | None, issuer: str = "", number: str = "",
    issued_on: dt.date | None = None, valid_to: dt.date | None = None, origin: str = "issued", source: tuple[str, str] = ("", ""),
    data: dict[str, Any] | None = None, verify: str = "", replaces: str = "", key: str = "",
) -> str:  # fmt: skip
    """Put a paper into its owner's vault: the owner is ("person", citizen number), ("organisation", tax code) or ("account", actor id).

    The file (any the viewer may see) is copied and stays where it was. `issuer`: an agency's code or a name; `verify`: code of its page of
    verification; `replaces`: the owner's paper it takes the place of. The same key by the same viewer gives the same paper, also after a
    crash. 422 for a number that is none.
    """
    if origin not in ("issued", "digitised", "imported"):
        raise invalid("bad_origin", "Nguồn giấy tờ không hợp lệ.", "The origin is not valid.", field="origin")
    made, fresh = _put(
        viewer, _owned(owner), kind, title, origin, issuer=issuer, number=number, issued_on=issued_on, valid_to=valid_to, source=source,
        data=data or {}, verify=verify, key=key,
    )  # fmt: skip
    if fresh:
        if file_id:
            _attach(viewer, made, uuid.UUID(str(file_id)), title)
        if replaces:
            _end(replaces, "replaced", "", made)
        if owner[0] == "organisation" and kind == "business_registration" and (data or {}).get("representative"):
            _named(owner[1], title, str((data or {})["representative"]), made)
    about("paper", made)
    return made


def _owned(owner: Owner) -> dict[str, Any]:
    """The columns of an owner: found by mark as soon as the number is known."""
    kind, number = owner
    if kind == "account":
        actor = int(number)
        linked = next((found for one in queries.LINKED if (found := one(actor))), "")
        return {"owner_kind": "person", "owner_mark": linked, "actor_id": None if linked else actor}
    plain = rules.plain_number(kind, number) if kind in rules.OWNERS else ""
    if not plain:
        raise invalid("bad_owner_number", "Số định danh hoặc mã số thuế không đúng.", "The citizen number or tax code is not right.", field="owner")  # fmt: skip
    return {"owner_kind": kind, "owner_mark": queries.mark(kind, plain), "actor_id": None}


def _put(viewer: Viewer, owned: dict[str, Any], kind: str, title: str, origin: str, **given: Any) -> tuple[str, bool]:
    """Write the row unless its key was used: (paper id, whether it is new). 409 when the key stands for another kind or owner."""
    declared, today = queries.kind(kind), clock.today()
    until, for_ever = rules.kept_until(origin, declared.keep_years, given["issued_on"] or today)
    if given["issued_on"] and given["valid_to"] and given["valid_to"] < given["issued_on"]:
        raise invalid("bad_dates", "Ngày hết hạn trước ngày cấp.", "It ends before it was issued.", field="valid_to")
    agency = directory.agency(given["issuer"]) if given["issuer"] else None
    row = {
        **owned, "id": ids.uuid7(), "kind": kind[:80], "title": (title.strip() or declared.title.vi)[:300], "origin": origin,
        "issuer": agency.name if agency else given["issuer"].strip()[:300], "issuer_agency": agency.code if agency else "",
        "number": sealing.seal(given["number"].strip()[:100]), "issued_on": given["issued_on"], "valid_to": given["valid_to"],
        "data": sealing.seal(json.dumps(given["data"], ensure_ascii=False, default=str)) if given["data"] else "",
        "verify": given.get("verify", ""), "source_kind": given["source"][0], "source_id": given["source"][1], "keep_until": until,
        "kept_for_ever": for_ever, "put_key": f"{viewer.username}:{given['key']}" if given["key"] else None, "put_by": viewer.name or viewer.username,
        "put_at": clock.now(),
    }  # fmt: skip
    made = sql.value(
        f"INSERT INTO vault_paper ({', '.join(row)}) VALUES ({', '.join(f'%({name})s' for name in row)}) ON CONFLICT (put_key) DO NOTHING RETURNING id",
        row,
    )
    if made is not None:
        return str(made), True
    known = sql.row("SELECT id, kind, owner_kind FROM vault_paper WHERE put_key = %(put_key)s", row)
    assert known is not None
    if known["kind"] != row["kind"] or known["owner_kind"] != row["owner_kind"]:
        raise conflict("key_used", "Khoá này đã dùng cho giấy tờ khác.", "This key was used for another paper.", field="key")  # fmt: skip
    return str(known["id"]), False


def _attach(viewer: Viewer, paper_id: str, file_id: uuid.UUID, title: str) -> None:
    kept = files.copy(HOUSE if viewer.all_powerful else viewer, file_id, object_kind="paper", object_id=paper_id)
    sql.execute("UPDATE vault_paper SET file_id = %(f)s WHERE id = %(p)s", {"f": kept.id, "p": paper_id})


def _named(tax_code: str, name: str, number: str, paper_id: str) -> None:
    """A registration names who acts for the organisation: that is their confirmation."""
    plain = rules.plain_number("person", number)
    if plain:
        sql.execute(
            """INSERT INTO vault_representative (organisation, number, name, person_mark, state, basis, asked_at, decided_at, decided_by)
               VALUES (%(o)s, %(n)s, %(name)s, %(m)s, 'confirmed', %(b)s, %(now)s, %(now)s, 'registration') ON CONFLICT DO NOTHING""",
            {"o": queries.mark("organisation", rules.plain_number("organisation", tax_code)), "n": sealing.seal(tax_code), "name": name[:300],
             "m": queries.mark("person", plain), "b": f"paper:{paper_id}", "now": clock.now()},
        )  # fmt: skip


@action("vault.upload", secret=("stream", "number", "data", "title", "name"), open_to_all=True)
def upload(
    viewer: Viewer, stream: files.Readable, name: str, *, kind: str, title: str = "", issuer: str = "", number: str = "",
    issued_on: dt.date | None = None, valid_to: dt.date | None = None, data: dict[str, str] | None = None, organisation: str = "", key: str = "",
) -> str:  # fmt: skip
    """A person keeps a paper of their own, or (by its mark) of an organisation they act for: a picture or a PDF. Returns the paper's id.

    422 for a kind that may not be uploaded or a file that is neither; 404 for an organisation one does not act for.
    """
    if viewer.actor_id is None:
        raise unknown_viewer()
    declared = queries.kinds().get(kind)
    if declared is None or not declared.upload:
        raise invalid("kind_not_uploaded", "Hãy chọn loại giấy tờ trong danh sách.", "Choose a kind of the list.", field="kind")  # fmt: skip
    owned = _owned(("account", str(viewer.actor_id)))
    if organisation:
        owned = {"owner_kind": "organisation", "owner_mark": _represented(viewer, organisation), "actor_id": None}
    clean = {field: str(text).strip()[:300] for field, text in (data or {}).items() if field in declared.fields and str(text).strip()}  # fmt: skip
    made, fresh = _put(
        viewer, owned, kind, title or declared.title[viewer.language], "uploaded", issuer=issuer, number=number, issued_on=issued_on,
        valid_to=valid_to, source=("", ""), data=clean, key=key,
    )  # fmt: skip
    about("paper", made)
    if fresh:
        kept = files.keep(HOUSE, stream, name, object_kind="paper", object_id=made)
        if kept.content_type not in SEEN:
            raise invalid("paper_kind", "Hãy gửi ảnh hoặc PDF.", "Send a picture or a PDF.", field="file")
        sql.execute("UPDATE vault_paper SET file_id = %(f)s WHERE id = %(p)s", {"f": kept.id, "p": made})
    return made


def _represented(viewer: Viewer, organisation: str) -> str:
    clause = queries.acts_for(viewer)
    if not sql.value(f"SELECT %(org)s IN ({clause.text})", {"org": organisation, **clause.params}):
        raise queries.no_paper()
    return organisation


@action("vault.use", secret=("words",), open_to_all=True)
def use(viewer: Viewer, paper_id: str, *, purpose: tuple[str, str], words: str) -> Paper:
    """Reuse a paper for a purpose, such as ("dossier", "17"): counted once, and open to the purpose's agencies while it lives.

    One's own papers, or those the viewer may see now (a clerk after a look). 409 when it is not valid today.
    """
    found = queries.paper(viewer, paper_id)
    about("paper", found.id)
    if not found.good:
        raise conflict("paper_not_valid", f"Giấy tờ “{found.title}” không còn giá trị.", f"The paper “{found.title}” is not valid any more.", field="paper")  # fmt: skip
    sql.execute(
        """INSERT INTO vault_use (paper_id, purpose_kind, purpose_id, words, used_at, used_by) VALUES (%(p)s, %(k)s, %(i)s, %(w)s, %(now)s, %(by)s)
           ON CONFLICT ON CONSTRAINT vault_used_once DO NOTHING""",
        {"p": found.id, "k": purpose[0], "i": str(purpose[1]), "w": words.strip()[:300] or purpose[0], "now": clock.now(), "by": viewer.name or viewer.username},
    )  # fmt: skip
    return queries.paper(viewer, paper_id)


@action("vault.withdraw")
def withdraw(viewer: Viewer, paper_id: str, reason: str, replaced_by: str = "") -> None:
    """The agency that issued a paper revokes it, or says which one took its place; it stays in the vault, marked so."""
    found = sql.row(
        "SELECT issuer_agency, state FROM vault_paper WHERE id = %(id)s", {"id": queries.readable_id(paper_id)}
    )
    if found is None or found["state"] == "erased":
        raise queries.no_paper()
    viewer.require("vault.withdraw", found["issuer_agency"])
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
    about("paper", paper_id, found["issuer_agency"])
    _end(paper_id, "replaced" if replaced_by else "revoked", reason, replaced_by)


def _end(paper_id: str, state: str, reason: str, replaced_by: str) -> None:
    sql.execute(
        """UPDATE vault_paper SET state = %(s)s, reason = %(r)s, replaced_by = %(by)s, ended_at = %(now)s WHERE id = %(id)s AND state = 'held'""",
        {"id": paper_id, "s": state, "r": reason.strip()[:300], "by": replaced_by or None, "now": clock.now()},
    )


@action("vault.erase", open_to_all=True)
def erase(viewer: Viewer, paper_id: str) -> None:
    """The owner erases a paper: an uploaded one at once; an issued one once its retention has ended, else 403 with the reason and the date."""
    row = queries.own(viewer, paper_id, lock=True)
    about("paper", row["id"])
    if row["kept_for_ever"]:
        raise refused(
            "kept_by_law", "Giấy tờ này do cơ quan nhà nước cấp và phải lưu vĩnh viễn theo quy định, nên không xoá được.",
            "This paper was issued by an authority and is kept for ever by law; it cannot be erased.", field="paper",
        )  # fmt: skip
    if row["keep_until"] and row["keep_until"] >= clock.today():
        day = row["keep_until"]
        raise refused(
            "kept_by_law", f"Giấy tờ này phải được lưu đến {day:%d/%m/%Y} theo quy định; sau ngày đó bạn xoá được.",
            f"This paper is kept by law until {day:%d %B %Y}; you can erase it after that day.", field="paper", until=day.isoformat(),
        )  # fmt: skip
    gone([row["id"]])


def gone(paper_ids: list[uuid.UUID]) -> int:
    """Erase what papers say and show, inside an action: that they were there, and the audit, stay."""
    erasing.erase(HOUSE, "paper", [str(one) for one in paper_ids])
    now = {"ids": paper_ids, "now": clock.now()}
    sql.execute(
        "UPDATE vault_consent SET revoked_at = %(now)s WHERE paper_id = ANY(%(ids)s) AND revoked_at IS NULL", now
    )
    return sql.execute(
        """UPDATE vault_paper SET state = 'erased', ended_at = %(now)s, title = '', number = '', data = '', issuer = '', file_id = NULL, verify = '',
             reason = '' WHERE id = ANY(%(ids)s) AND state <> 'erased'""",
        now,
    )
