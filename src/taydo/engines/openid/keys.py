"""Keys that sign identity tokens (RS256): made at first use, turned every 90 days, published while tokens of theirs may be about."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from joserfc.jwk import KeySet, RSAKey

from taydo.kernel import ids, sealing, sql

from .rules import KEY_DAYS, KEY_PUBLISHED_DAYS

ALGORITHM = "RS256"


def published() -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) of public keys."""
    found = sql.rows(
        "SELECT public FROM openid_key WHERE made_at > now() - make_interval(days => %(d)s) ORDER BY made_at DESC",
        {"d": KEY_PUBLISHED_DAYS},
    )
    return {
        "keys": [item["public"] if isinstance(item["public"], dict) else json.loads(item["public"]) for item in found]
    }


def published_set() -> KeySet:
    """The same, for checking tokens of ours."""
    return KeySet.import_key_set(published())  # type: ignore[arg-type]  # plain JSON is what it reads


def signing() -> RSAKey:
    """The key that signs now."""
    found = _newest()
    if found is None:
        turn()
        found = _newest()
    assert found is not None
    return RSAKey.import_key(json.loads(sealing.unseal(found)))


def _newest() -> str | None:
    return sql.value(  # type: ignore[no-any-return]
        "SELECT private FROM openid_key WHERE made_at > now() - make_interval(days => %(d)s) ORDER BY made_at DESC LIMIT 1",
        {"d": KEY_PUBLISHED_DAYS - 1},
    )


@transaction.atomic
def turn(days: int = KEY_DAYS) -> bool:
    """Make a new key when the newest is older than so many days; forget those no longer published. Returns whether one was made."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('openid.key'))")
    fresh = sql.value("SELECT 1 FROM openid_key WHERE made_at > now() - make_interval(days => %(d)s)", {"d": days})
    if fresh:
        return False
    kid = ids.uuid7().hex
    key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": ALGORITHM})
    sql.execute(
        "INSERT INTO openid_key (kid, private, public) VALUES (%(kid)s, %(private)s, %(public)s)",
        {
            "kid": kid,
            "private": sealing.seal(json.dumps(key.as_dict(private=True))),
            "public": json.dumps(key.as_dict(private=False)),
        },
    )
    sql.execute(
        "DELETE FROM openid_key WHERE made_at < now() - make_interval(days => %(d)s)", {"d": KEY_PUBLISHED_DAYS * 2}
    )
    return True
