"""Keys: registered, connected at a remote provider, revoked, and those of a demonstration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, invalid, missing
from taydo.kernel.sealing import seal, unseal
from taydo.kernel.specs import load

from . import csc, queries, seals
from . import keys as signers

COLUMNS = "id, title, role, agency, actor_id, provider, config, subject, certificate, secret, not_before, not_after, revoked_at"


class Owner(BaseModel):
    """A key of the demonstration: an agency's seal, or (with `account`) an officer's own."""

    model_config = ConfigDict(extra="forbid")
    agency: str
    title: str
    account: str = ""


class Declared(BaseModel):
    """`signing.yaml` of a city."""

    model_config = ConfigDict(extra="forbid")
    demonstration: list[Owner] = []


@action("signing.keep_key", secret=("secret", "certificate"))
def keep_key(
    viewer: Viewer, title: str, *, role: str, provider: str, certificate: str, secret: str = "", agency: str = "", actor_id: int | None = None,
    config: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Register a key: `certificate` is its chain as PEM, the signer's first. 422 when it cannot be read, is not valid now, or its
    authority is not trusted here. `secret`: the key (local), the PIN of the token (pkcs11, `config`: library, token, label), nothing (csc).
    """
    viewer.require("signing.keep_key", agency)
    if role not in ("officer", "seal", "citizen") or provider not in ("local", "pkcs11", "csc"):
        raise invalid("no_such_kind", "Không có loại khoá này.", "There is no such kind of key.", field="role")
    first = _first(certificate)
    if provider == "local":
        try:
            secret = signers.private_key(secret, first)
        except (ValueError, TypeError) as error:
            raise invalid("no_key", "Không đọc được khoá, hoặc khoá không đi với chứng thư.", "The key cannot be read, or is not the certificate's.", field="secret") from error  # fmt: skip
    if not signers.trusted(signers.certificates(certificate), queries.trust()):
        raise invalid("not_trusted", "Chứng thư không thuộc tổ chức chứng thực mà thành phố tin (TAYDO_TRUST).", "The certificate is not of an authority the city trusts (TAYDO_TRUST).", field="certificate")  # fmt: skip
    return _keep(title, role, provider, certificate, secret, agency, actor_id, config or {}, demonstration=False)


def _keep(
    title: str, role: str, provider: str, certificate: str, secret: str, agency: str, actor_id: int | None, config: Mapping[str, Any], *,
    demonstration: bool,
) -> int:  # fmt: skip
    first = _first(certificate)
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


def _first(certificate: str) -> Any:
    try:
        return signers.certificates(certificate)[0]
    except (ValueError, IndexError) as error:
        raise invalid(
            "no_certificate",
            "Không đọc được chứng thư (PEM).",
            "The certificate (PEM) cannot be read.",
            field="certificate",
        ) from error


@action("signing.keep_key")
def connect(viewer: Viewer, provider: str, credential: str, *, role: str, agency: str = "", actor_id: int | None = None) -> int:  # fmt: skip
    """Register a key that a remote provider (`TAYDO_CSC_<PROVIDER>`) holds, with the certificate it shows. 422 for what must not be used; 503 when it is away."""
    viewer.require("signing.keep_key", agency)
    try:
        found = csc.credential(provider, credential)
    except csc.NotNow as error:
        raise Problem(
            "provider_away", 503, "Nhà cung cấp ký số không trả lời.", "The signing provider does not answer."
        ) from error
    except csc.Refused as error:
        raise invalid(
            "provider_refused", f"Nhà cung cấp từ chối: {error}", f"The provider refuses: {error}", field="credential"
        ) from error
    if not found.enabled:
        raise invalid(
            "key_ended",
            "Khoá ở nhà cung cấp không dùng được.",
            "The provider's key is not enabled.",
            field="credential",
        )
    config = {"provider": provider, "credential": credential, "asks": list(found.asks)}
    return keep_key(viewer, found.title or credential, role=role, provider="csc", certificate=signers.to_pem(found.chain), agency=agency, actor_id=actor_id, config=config)  # fmt: skip


@action("signing.revoke_key")
def revoke_key(viewer: Viewer, key_id: int) -> None:
    """Nobody signs with this key any more; what it signed before stays as it is."""
    found = key(key_id)
    viewer.require("signing.revoke_key", found["agency"])
    about("key", key_id, found["agency"])
    sql.execute("UPDATE signing_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = %(id)s", {"id": key_id})


def key(key_id: int) -> dict[str, Any]:
    found = sql.row(f"SELECT {COLUMNS} FROM signing_key WHERE id = %(id)s AND role <> 'authority'", {"id": key_id})
    if found is None:
        raise missing("no_key", "Không có khoá ký này.", "There is no such key.")
    return found | {"config": json.loads(found["config"])}


def demonstration_key(agency: str, title: str, role: str = "seal", actor_id: int | None = None) -> int:
    """A key of an agency for the demonstration, made when it is first needed under the demonstration's own authority."""
    wanted = {"agency": agency, "role": role, "actor": actor_id}
    text = "SELECT id FROM signing_key WHERE demonstration AND agency = %(agency)s AND role = %(role)s AND actor_id IS NOT DISTINCT FROM %(actor)s::bigint"
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
    config = {"image": seals.round_seal(title)} if role == "seal" else {}
    _keep(title, role, "local", chain, secret, agency, actor_id, config, demonstration=True)
    return int(sql.value(text, wanted))


@action("signing.keep_key")
def load_demonstration(viewer: Viewer, folder: Path, wanted: bool) -> int:
    """Make the demonstration's keys (`signing.yaml`), or revoke every one of them when this is no demonstration. Returns how many stand."""
    if not wanted:
        sql.execute(
            "UPDATE signing_key SET revoked_at = %(now)s WHERE demonstration AND revoked_at IS NULL",
            {"now": clock.now()},
        )
        return 0
    path = folder / "signing.yaml"
    owners: Sequence[Owner] = load(path, Declared).demonstration if path.exists() else []
    for one in owners:
        actor = (
            sql.value("SELECT id FROM kernel_actor WHERE username = %(u)s AND demo", {"u": one.account})
            if one.account
            else None
        )
        if actor is not None or not one.account:
            demonstration_key(one.agency, one.title, "officer" if one.account else "seal", actor)
    about("city", folder.name)
    return len(owners)
