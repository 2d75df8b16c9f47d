"""Signatures made far away, each step durable before the next: what is to be signed, the authorisation, that it was sent, what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.sealing import seal, unseal

from . import csc
from . import keys as signers
from .pades import Prepared

HOUSE = Viewer.system("signing")
COLUMNS = 'id, request_id, at, correlation, pdf, start, "end", covered, attributes, sad, asked_at, signature'


def of(request_id: int, at: int) -> dict[str, Any] | None:
    """The step of a request at one of its keys."""
    return sql.row(f"SELECT {COLUMNS} FROM signing_step WHERE request_id = %(id)s AND at = %(at)s", {"id": request_id, "at": at})  # fmt: skip


def waiting(request_id: int) -> dict[str, Any] | None:
    """The step of a request that has no signature yet."""
    return sql.row(f"SELECT {COLUMNS} FROM signing_step WHERE request_id = %(id)s AND signature IS NULL", {"id": request_id})  # fmt: skip


def prepared(step: Mapping[str, Any]) -> Prepared:
    """What was prepared."""
    return Prepared(bytes(step["pdf"]), step["start"], step["end"], bytes(step["covered"]), bytes(step["attributes"]))


def keep(request_id: int, at: int, made: Prepared) -> None:
    """Note what is to be signed, in the caller's transaction."""
    sql.execute(
        """INSERT INTO signing_step (request_id, at, correlation, pdf, start, "end", covered, attributes)
           VALUES (%(request)s, %(at)s, %(correlation)s, %(pdf)s, %(start)s, %(end)s, %(covered)s, %(attributes)s)""",
        {
            "request": request_id, "at": at, "correlation": ids.uuid7(), "pdf": made.pdf, "start": made.start, "end": made.end,
            "covered": made.covered, "attributes": made.attributes,
        },
    )  # fmt: skip


def forget(request_id: int) -> None:
    """A request is done: its steps go."""
    sql.execute("DELETE FROM signing_step WHERE request_id = %(id)s", {"id": request_id})


def ask(step: Mapping[str, Any], key: Mapping[str, Any], secrets: Mapping[str, str], words: str) -> bytes:
    """The signature of a step, from the provider, checked. NotNow when it is away; Refused when it says no or lies."""
    name, credential, correlation = key["config"]["provider"], key["config"]["credential"], str(step["correlation"])
    digest = prepared(step).digest
    certificate = signers.certificates(key["certificate"])[0]
    signature = csc.look_up(name, correlation) if step["asked_at"] else None
    if signature is None:
        shown = csc.credential(name, credential)
        if not shown.enabled or shown.chain[:1] != (certificate.dump(),):
            raise csc.Refused("the provider shows another certificate than the one that was registered")
        sad = unseal(step["sad"])
        try:
            signature = _sent(step, name, credential, sad, digest, certificate) if sad else None
        except csc.Refused:  # the authorisation has run out: the person's PIN still stands with the request
            signature = None
        if signature is None:
            sad = csc.authorize(name, credential, digest, secrets, words, correlation)
            signature = _sent(step, name, credential, sad, digest, certificate)
    csc.check(certificate, signature, digest)
    return signature


def _sent(step: Mapping[str, Any], name: str, credential: str, sad: str, digest: bytes, certificate: Any) -> bytes:
    asking(HOUSE, step["id"], sad)
    algorithm = "rsa" if certificate.public_key.algorithm == "rsa" else "ec"
    return csc.sign_hash(name, credential, sad, digest, algorithm, str(step["correlation"]))


@action("signing.work", secret=("sad",))
def asking(viewer: Viewer, step_id: int, sad: str) -> None:
    """A hash is about to be sent under this authorisation: noted before it goes."""
    about("signing_step", step_id)
    params = {"sad": seal(sad), "now": clock.now(), "id": step_id}
    sql.execute("UPDATE signing_step SET sad = %(sad)s, asked_at = %(now)s WHERE id = %(id)s", params)


@action("signing.work", secret=("signature",))
def answered(viewer: Viewer, step_id: int, signature: bytes) -> None:
    """A signature came back and holds."""
    about("signing_step", step_id)
    sql.execute("UPDATE signing_step SET signature = %(s)s WHERE id = %(id)s AND signature IS NULL", {"s": signature, "id": step_id})  # fmt: skip
