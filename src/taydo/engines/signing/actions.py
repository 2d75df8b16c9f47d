"""Writes: keys, requests to sign, and the work of signing, which is done once whoever is killed."""

from __future__ import annotations

import datetime as dt
import io
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pyhanko.sign.general import SigningError

from taydo.engines.files import actions as files
from taydo.engines.files import queries as kept
from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid, missing
from taydo.kernel.events import emit
from taydo.kernel.sealing import seal, unseal

from . import keys as signers
from . import pades, queries
from .events import DocumentSigned, SigningFailed

HOUSE = Viewer.system("signing")
MOST_TRIES = 200
MOST_BYTES = 20 * 1024 * 1024
COLUMNS = "id, title, role, agency, actor_id, provider, config, subject, certificate, secret, not_before, not_after, revoked_at"


def reserve() -> str:
    """A code of verification, twelve letters and digits that cannot be guessed, to print on a paper before it is signed."""
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(queries.LENGTH))


@action("signing.keep_key", secret=("secret", "certificate"))
def keep_key(
    viewer: Viewer, title: str, *, role: str, provider: str, certificate: str, secret: str = "", agency: str = "", actor_id: int | None = None,
    config: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Register a key: `certificate` is its chain as PEM, the signer's first. 422 when it cannot be read or is not valid now."""
    viewer.require("signing.keep_key", agency)
    return _keep(title, role, provider, certificate, secret, agency, actor_id, config or {}, demonstration=False)


def _keep(
    title: str, role: str, provider: str, certificate: str, secret: str, agency: str, actor_id: int | None, config: Mapping[str, Any], *,
    demonstration: bool,
) -> int:  # fmt: skip
    try:
        first = signers.certificates(certificate)[0]
    except (ValueError, IndexError) as error:
        raise invalid(
            "no_certificate",
            "Không đọc được chứng thư (PEM).",
            "The certificate (PEM) cannot be read.",
            field="certificate",
        ) from error
    if not first.not_valid_before <= clock.now() <= first.not_valid_after:
        raise invalid(
            "not_valid_now", "Chứng thư không còn hiệu lực.", "The certificate is not valid now.", field="certificate"
        )
    identifier = sql.value(
        """INSERT INTO signing_key (title, role, agency, actor_id, provider, config, subject, certificate, secret, not_before, not_after, demonstration)
           VALUES (%(title)s, %(role)s, %(agency)s, %(actor)s, %(provider)s, %(config)s::jsonb, %(subject)s, %(certificate)s, %(secret)s, %(from)s,
             %(to)s, %(demo)s) ON CONFLICT DO NOTHING RETURNING id""",
        {
            "title": title, "role": role, "agency": agency, "actor": actor_id, "provider": provider, "config": json.dumps(dict(config)),
            "subject": str(first.subject.native.get("common_name", first.subject.human_friendly)), "certificate": certificate, "secret": seal(secret),
            "from": first.not_valid_before, "to": first.not_valid_after, "demo": demonstration,
        },
    )  # fmt: skip
    return int(identifier) if identifier else 0


@action("signing.revoke_key")
def revoke_key(viewer: Viewer, key_id: int) -> None:
    """Nobody signs with this key any more; what it signed before stays as it is."""
    found = _key(key_id)
    viewer.require("signing.revoke_key", found["agency"])
    about("key", key_id, found["agency"])
    sql.execute("UPDATE signing_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = %(id)s", {"id": key_id})


def _key(key_id: int) -> dict[str, Any]:
    found = sql.row(f"SELECT {COLUMNS} FROM signing_key WHERE id = %(id)s AND role <> 'authority'", {"id": key_id})
    if found is None:
        raise missing("no_key", "Không có khoá ký này.", "There is no such key.")
    return found | {"config": json.loads(found["config"])}


def demonstration_key(agency: str, title: str, role: str = "seal") -> int:
    """A key of an agency for the demonstration, made when it is first needed under the demonstration's own authority."""
    wanted = {"agency": agency, "role": role}
    text = "SELECT id FROM signing_key WHERE demonstration AND agency = %(agency)s AND role = %(role)s"
    if known := sql.value(text, wanted):
        return int(known)
    root = sql.row("SELECT certificate, secret FROM signing_key WHERE demonstration AND role = 'authority'")
    if root is None:
        name = "TRÌNH DIỄN – Gốc chứng thực Tây Đô"
        made = signers.make_authority(name)
        _keep(name, "authority", "local", made[0], made[1], "", None, {}, demonstration=True)
        root = sql.row("SELECT certificate, secret FROM signing_key WHERE demonstration AND role = 'authority'")
        assert root is not None
    chain, secret = signers.make_key(f"{title} (TRÌNH DIỄN)", (root["certificate"], unseal(root["secret"])))
    _keep(title, role, "local", chain, secret, agency, None, {}, demonstration=True)
    return int(sql.value(text, wanted))


@action("signing.sign", secret=("secret", "facts"))
def request(
    viewer: Viewer, file_id: uuid.UUID, key_ids: Sequence[int], *, purpose: tuple[str, object], title: str, agency: str,
    facts: Mapping[str, str] | None = None, places: Sequence[pades.Place] = (), code: str = "", secret: str = "", valid_to: dt.date | None = None,
    key: str = "", now: bool = False,
) -> int:  # fmt: skip
    """Ask that a PDF be signed by these keys in turn (officer, then seal); returns the request's id. The row is durable before any work.

    `facts` and `title` are shown to everybody with the code: no personal data that is not meant for them. `secret`: the PIN of a remote
    key, kept sealed until done. `now` signs before it returns (the worker does it otherwise). The same `key`: the same request.
    403 without `signing.sign` in the key's agency (one's own key aside); 409 for a key that is revoked or has run out.
    """
    viewer.require("signing.sign", agency)
    if not key_ids:
        raise invalid("no_key", "Hãy chọn khoá ký.", "Choose a key.", field="keys")
    for key_id in key_ids:
        _usable(viewer, _key(key_id))
    if key and (known := sql.value("SELECT id FROM signing_request WHERE key = %(k)s", {"k": key})):
        return int(known)
    seen = [{"page": place.page, "box": list(place.box)} for place in places]
    identifier = int(
        sql.value(
            """INSERT INTO signing_request (keys, file_id, purpose_kind, purpose_id, agency, title, facts, places, code, secret, correlation, asked_by, key)
               VALUES (%(keys)s, %(file)s, %(kind)s, %(id)s, %(agency)s, %(title)s, %(facts)s::jsonb, %(places)s::jsonb, %(code)s, %(secret)s,
                 %(correlation)s, %(by)s, %(key)s) RETURNING id""",
            {
                "keys": list(key_ids), "file": file_id, "kind": purpose[0], "id": str(purpose[1]), "agency": agency, "title": title,
                "facts": json.dumps({**(facts or {}), **({"valid_to": valid_to.isoformat()} if valid_to else {})}, ensure_ascii=False),
                "places": json.dumps(seen), "code": code or reserve(), "secret": seal(secret), "correlation": ids.uuid7(),
                "by": viewer.name or viewer.username, "key": key or None,
            },
        )
    )  # fmt: skip
    about("signing", identifier, agency)
    if now:
        work(HOUSE, identifier)
    return identifier


def _usable(viewer: Viewer, found: dict[str, Any]) -> None:
    own = found["actor_id"] is not None and found["actor_id"] == viewer.actor_id
    if not own:
        if found["actor_id"] is not None and not viewer.all_powerful:
            raise viewer.refusal("signing.sign")
        viewer.require("signing.sign", found["agency"])
    if found["revoked_at"] or not found["not_before"] <= clock.now() <= found["not_after"]:
        raise conflict("key_ended", "Khoá ký đã bị thu hồi hoặc hết hạn.", "The key was revoked or has run out.")


@action("signing.work")
def work(viewer: Viewer, request_id: int) -> str:
    """Do a request: sign with each key, keep the file, note it, tell it, all in one transaction. Returns the request's state then.

    Whoever is killed before the end has done nothing: the request is taken up again. A provider or time stamp that does not answer leaves it
    waiting, later each time; an answer that must not be used ends it as failed.
    """
    one = sql.row(
        "SELECT * FROM signing_request WHERE id = %(id)s AND state = 'wanted' FOR UPDATE SKIP LOCKED",
        {"id": request_id},
    )
    if one is None:
        return str(sql.value("SELECT state FROM signing_request WHERE id = %(id)s", {"id": request_id}) or "")
    one |= {name: json.loads(one[name]) for name in ("facts", "places")}
    about("signing", request_id, one["agency"])
    try:
        signed = _sign(one)
    except signers.NotNow as error:
        return _later(one, str(error))
    except (signers.Refused, SigningError, Problem, ValueError, OSError) as error:
        return _failed(one, f"{type(error).__name__}: {error}")
    _issue(one, signed)
    return "signed"


def _sign(one: dict[str, Any]) -> bytes:
    _, pdf = kept.open_file(HOUSE, one["file_id"])
    places = [pades.Place(item["page"], tuple(item["box"])) for item in one["places"]]
    for at, key_id in enumerate(one["keys"]):
        row = _key(key_id)
        row["secret"] = unseal(row["secret"])
        signer = signers.signer_of(row, unseal(one["secret"]), str(one["correlation"]))
        if at and not all(seen.whole for seen in pades.examine(pdf, []).signatures):
            raise signers.Refused("an earlier signature does not hold")
        words = f"{row['subject']}\n{clock.now().astimezone(clock.LOCAL):%d/%m/%Y %H:%M:%S %z}"
        pdf = pades.sign(
            pdf, signer, signers.stamper(), field=f"Signature{at + 1}", name=row["subject"], reason=one["title"],
            place=places[at] if at < len(places) else None, words=f"Người ký: {words}" if row["role"] != "seal" else f"Cơ quan: {words}",
        )  # fmt: skip
    return pdf


def _issue(one: dict[str, Any], signed: bytes) -> None:
    found = pades.examine(signed, queries.trust())
    people = [
        {"name": seen.signer, "at": seen.stamped_at.isoformat() if seen.stamped_at else ""} for seen in found.signatures
    ]
    if len(people) != len(one["keys"]) or not all(seen.whole and seen.stamped_at for seen in found.signatures):
        raise signers.Refused("the signed file does not verify")
    file = files.keep(
        HOUSE, io.BytesIO(signed), f"{one['code']}.pdf", object_kind=one["purpose_kind"], object_id=one["purpose_id"], agency=one["agency"],
        most_bytes=MOST_BYTES,
    )  # fmt: skip
    facts = dict(one["facts"])
    params = {
        "code": one["code"], "request": one["id"], "title": one["title"], "agency": one["agency"], "valid_to": facts.pop("valid_to", None),
        "facts": json.dumps(facts, ensure_ascii=False), "sha": file.sha256, "file": file.id, "signers": json.dumps(people, ensure_ascii=False),
        "now": clock.now(),
    }  # fmt: skip
    sql.execute(
        """INSERT INTO signing_document (code, request_id, title, agency, facts, sha256, file_id, signers, issued_at, valid_to)
           VALUES (%(code)s, %(request)s, %(title)s, %(agency)s, %(facts)s::jsonb, %(sha)s, %(file)s, %(signers)s::jsonb, %(now)s, %(valid_to)s)""",
        params,
    )
    sql.execute(
        "UPDATE signing_request SET state = 'signed', signed_at = %(now)s, secret = '', error = '' WHERE id = %(request)s",
        params,
    )
    emit(
        DocumentSigned(one["id"], one["purpose_kind"], one["purpose_id"], str(file.id), one["code"], file.sha256),
        one["code"],
    )


def _later(one: dict[str, Any], reason: str) -> str:
    if one["tries"] >= MOST_TRIES:
        return _failed(one, reason)
    wait = min(5 * 2 ** min(one["tries"], 8), 600)
    sql.execute(
        "UPDATE signing_request SET tries = tries + 1, error = %(why)s, next_at = %(next)s WHERE id = %(id)s",
        {"why": reason[:500], "next": clock.now() + dt.timedelta(seconds=wait), "id": one["id"]},
    )
    return "wanted"


def _failed(one: dict[str, Any], reason: str) -> str:
    sql.execute(
        "UPDATE signing_request SET state = 'failed', error = %(why)s, secret = '' WHERE id = %(id)s",
        {"why": reason[:500], "id": one["id"]},
    )
    emit(SigningFailed(one["id"], one["purpose_kind"], one["purpose_id"], reason[:500]), one["code"])
    return "failed"


@action("signing.withdraw")
def withdraw(viewer: Viewer, code: str, reason: str, replaced_by: str = "") -> None:
    """Take a signed document back, or say which one replaces it: its page tells so from now on. 422 without a reason."""
    found = queries.document(code)
    viewer.require("signing.withdraw", found["agency"])
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
    about("document", found["code"], found["agency"])
    sql.execute(
        """UPDATE signing_document SET withdrawn_at = %(now)s, withdrawn_why = %(why)s, replaced_by = %(by)s
           WHERE code = %(code)s AND withdrawn_at IS NULL""",
        {"now": clock.now(), "why": reason.strip()[:500], "by": queries.plain_code(replaced_by), "code": found["code"]},
    )
