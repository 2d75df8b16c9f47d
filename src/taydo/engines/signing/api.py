"""Verification over HTTP, keys one may sign with."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Router, Schema, UploadedFile

from taydo.kernel import limits
from taydo.kernel.errors import too_large
from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["signing"])
MOST_BYTES = 25 * 1024 * 1024


def slow_down(request: HttpRequest) -> None:
    """Codes are not guessed at speed."""
    limits.spend(f"verify|{request.META.get('REMOTE_ADDR', '')}", 2, 30)


def shown(code: str) -> dict[str, Any]:
    """What everybody with the code learns."""
    found = queries.document(code)
    names = (
        "code",
        "title",
        "agency",
        "facts",
        "state",
        "issued_at",
        "valid_to",
        "withdrawn_at",
        "withdrawn_why",
        "replaced_by",
        "signers",
        "sha256",
    )
    return {name: found[name] for name in names}


@router.get("/verify/{code}")
def verify(request: HttpRequest, code: str) -> dict[str, Any]:
    """A signed document under its code: state (valid, expired, withdrawn, replaced), agency, signers, SHA-256."""
    slow_down(request)
    return shown(code)


@router.post("/verify/{code}/file")
def compare(request: HttpRequest, code: str, file: UploadedFile = File(...)) -> dict[str, Any]:  # type: ignore[type-arg]
    """Whether a file is the one that was issued, byte for byte, and what its signatures say. The file is not kept."""
    slow_down(request)
    data = read(file)
    same, found = queries.compare(code, data)
    return {
        "same": same, "readable": found.readable,
        "signatures": [{"signer": one.signer, "whole": one.whole, "trusted": one.trusted, "stamped_at": one.stamped_at} for one in found.signatures],
    }  # fmt: skip


def read(file: Any) -> bytes:
    """The bytes of an upload; 413 when there are too many."""
    data: bytes = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise too_large("file_too_large", "Tệp lớn hơn 25 MB.", "The file is larger than 25 MB.", field="file")
    return data


@router.get("/signing/keys")
def list_keys(request: HttpRequest) -> list[dict[str, Any]]:
    """Keys the viewer may sign with."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "role": one.role,
            "provider": one.provider,
            "subject": one.subject,
            "not_after": one.not_after,
        }
        for one in queries.keys(viewer(request))
    ]


class FarKeyIn(Schema):
    """A key that a remote provider holds; `provider` is the name in TAYDO_CSC_<NAME>."""

    provider: str
    credential: str
    role: str
    agency: str
    actor_id: int | None = None


class KeyIn(Schema):
    """A key at hand: `certificate` its chain as PEM, `secret` the private key (local, PEM) or the PIN (pkcs11)."""

    title: str
    role: str
    provider: str
    certificate: str
    secret: str
    agency: str
    actor_id: int | None = None
    config: dict[str, str] = {}


class WithdrawIn(Schema):
    """Why a document is taken back, and the code of what replaces it."""

    reason: str
    replaced_by: str = ""


@router.post("/signing/keys/far")
def connect(request: HttpRequest, body: FarKeyIn) -> dict[str, int]:
    """Register a key of a remote provider, with the certificate the provider shows."""
    return {"id": actions.connect(viewer(request), body.provider, body.credential, role=body.role, agency=body.agency, actor_id=body.actor_id)}  # fmt: skip


@router.post("/signing/keys")
def keep_key(request: HttpRequest, body: KeyIn) -> dict[str, int]:
    """Register a key of the server or of a token."""
    given = body.dict()
    return {"id": actions.keep_key(viewer(request), given.pop("title"), **given)}


@router.post("/signing/keys/{int:key_id}/revoke")
def revoke_key(request: HttpRequest, key_id: int) -> dict[str, bool]:
    """Nobody signs with this key any more."""
    actions.revoke_key(viewer(request), key_id)
    return {"revoked": True}


@router.post("/signing/documents/{code}/withdraw")
def withdraw(request: HttpRequest, code: str, body: WithdrawIn) -> dict[str, Any]:
    """Take a signed document back, or say what replaces it."""
    actions.withdraw(viewer(request), code, body.reason, body.replaced_by)
    return shown(code)
