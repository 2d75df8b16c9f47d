"""The work of signing: done once, whoever is killed."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

from django.db import transaction
from pkcs11.exceptions import PKCS11Error
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimestampRequestError

from taydo.engines.files import actions as files
from taydo.engines.files import queries as kept
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.events import emit
from taydo.kernel.sealing import unseal

from . import csc, keeping, pades, queries, steps
from . import keys as signers
from . import places as looks
from .events import DocumentSigned, SigningFailed

HOUSE = Viewer.system("signing")
MOST_TRIES = 200
MOST_BYTES = 20 * 1024 * 1024


@action("signing.work")
def work(viewer: Viewer, request_id: int) -> str:
    """Do a request: sign with each key, keep the file, note it, tell it, all in one transaction. Returns the request's state then,
    or `asking` while a key far away must be asked (`steps.ask`).

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
        with transaction.atomic():
            signed = _sign(one)
            if signed is None:
                return "asking"
            _issue(one, signed)
    except (csc.NotNow, TimestampRequestError, PKCS11Error) as error:
        signers.forget_sessions()
        return _later(one, f"{type(error).__name__}: {error}")
    except (csc.Refused, SigningError, Problem, ValueError, OSError) as error:
        return _failed(one, f"{type(error).__name__}: {error}")
    return "signed"


def _sign(one: dict[str, Any]) -> bytes | None:
    """The file with every signature; None while one of them is to be made far away."""
    _, pdf = kept.open_file(HOUSE, one["file_id"])
    places = [pades.Place(item["page"], tuple(item["box"])) for item in one["places"]]
    begin = sql.value("SELECT max(at) FROM signing_step WHERE request_id = %(id)s", {"id": one["id"]}) or 0
    for at, key_id in list(enumerate(one["keys"]))[begin:]:
        row = keeping.key(key_id)
        now = clock.now()
        if row["revoked_at"] or not row["not_before"] <= now <= row["not_after"]:
            raise csc.Refused("the key was revoked or has run out")
        step = steps.of(one["id"], at)
        if step is not None:
            if step["signature"] is None:
                return None
            pdf = pades.finish(
                steps.prepared(step),
                signers.certificates(row["certificate"]),
                bytes(step["signature"]),
                signers.stamper(),
            )
            continue
        earlier = pades.examine(pdf, queries.trust()).signatures
        if not all(seen.whole for seen in earlier):
            raise csc.Refused("an earlier signature does not hold")
        look = looks.look(pdf, row, at, places, now.astimezone(clock.LOCAL))
        field = f"Signature{len(earlier) + 1}"
        if row["provider"] == "csc":
            chain = signers.certificates(row["certificate"])
            steps.keep(
                one["id"],
                at,
                pades.prepare(pdf, chain, field=field, name=row["subject"], reason=one["title"], look=look),
            )
            return None
        row["secret"] = unseal(row["secret"])
        signer = signers.signer_of(row)
        pdf = pades.sign(
            pdf, signer, signers.stamper(), field=field, name=row["subject"], reason=one["title"], look=look
        )
    return pdf


def _issue(one: dict[str, Any], signed: bytes) -> None:
    found = pades.examine(signed, queries.trust())
    if len(found.signatures) < len(one["keys"]) or not found.good:
        raise csc.Refused(
            "the signed file does not verify: "
            + "; ".join(seen.reason[:150] for seen in found.signatures if not seen.good)
        )
    roles = [keeping.key(key_id)["role"] for key_id in one["keys"]]
    roles = ["officer"] * (len(found.signatures) - len(roles)) + roles
    people = [
        {"name": "" if role == "citizen" else seen.signer, "role": role, "at": seen.stamped_at.isoformat() if seen.stamped_at else "", "level": "PAdES B-T",
         "trusted": seen.trusted, "whole": seen.whole}
        for role, seen in zip(roles, found.signatures, strict=True)
    ]  # fmt: skip
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
    steps.forget(one["id"])
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
    steps.forget(one["id"])
    emit(SigningFailed(one["id"], one["purpose_kind"], one["purpose_id"], reason[:500]), one["code"])
    return "failed"


def ask(request_id: int) -> bool:
    """Have the waiting signature of a request made far away, and say whether it is there: outside any transaction, with what happens kept before and after.

    What was sent once is looked up under its correlation id before it is sent again, and then it is the same hash under the same authorisation:
    nothing is signed blindly twice.
    """
    one = sql.row(
        "SELECT id, secret, title, tries, purpose_kind, purpose_id, code, keys FROM signing_request WHERE id = %(id)s AND state = 'wanted'",
        {"id": request_id},
    )
    step = steps.waiting(request_id)
    if one is None or step is None:
        return False
    key = keeping.key(one["keys"][step["at"]])
    secrets = dict(part.split("=", 1) for part in unseal(one["secret"]).split(";") if "=" in part) or {
        "PIN": unseal(one["secret"])
    }
    try:
        signature = steps.ask(
            step, key, {name: secrets.get(name, "") for name in key["config"].get("asks", [])}, one["title"]
        )
    except csc.NotNow as error:
        put_off(HOUSE, request_id, str(error))
    except csc.Refused as error:
        give_up(HOUSE, request_id, str(error))
    else:
        steps.answered(HOUSE, step["id"], signature)
        return True
    return False


@action("signing.work")
def put_off(viewer: Viewer, request_id: int, reason: str) -> str:
    """A provider is away: the request waits, longer each time."""
    return _later(_held(request_id), reason)


@action("signing.work")
def give_up(viewer: Viewer, request_id: int, reason: str) -> str:
    """A provider says no, or lies: the request has failed."""
    return _failed(_held(request_id), reason)


def _held(request_id: int) -> dict[str, Any]:
    found = sql.row("SELECT * FROM signing_request WHERE id = %(id)s FOR UPDATE", {"id": request_id})
    assert found is not None
    about("signing", request_id, found["agency"])
    return found
