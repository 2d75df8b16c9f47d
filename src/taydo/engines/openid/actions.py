"""Every write about systems that sign in through us: registering and closing them, agreeing, taking consent back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from taydo.kernel import ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing, unknown_viewer

from . import store
from .rules import SCOPES, is_redirect


@action("openid.register")
def register(
    viewer: Viewer, name: str, redirects: Sequence[str], *, scopes: Sequence[str] = ("openid", "profile"),
    logouts: Sequence[str] = (), public: bool = False, officials_only: bool = True,
) -> tuple[str, str]:  # fmt: skip
    """Register a system; returns its name and its secret ("" for a public program), which is told this once."""
    name = " ".join(name.split())[:120]
    wrong = [address for address in (*redirects, *logouts) if not is_redirect(address)]
    if not name or not redirects or wrong or len(redirects) + len(logouts) > 20:
        raise invalid(
            "bad_redirect",
            "Hãy ghi tên hệ thống và địa chỉ quay lại bắt đầu bằng https:// (hoặc http://localhost).",
            "Give the system's name and an address to return to that begins with https:// (or http://localhost).",
            redirects="",
        )
    if set(scopes) - SCOPES.keys():
        raise invalid("no_scope", "Không có phạm vi này.", "There is no such scope.", scopes="")
    code, secret = ids.code("HT", 10).lower(), "" if public else secrets.token_urlsafe(32)
    about("client", code)
    sql.execute(
        """INSERT INTO openid_client (code, name, secret, redirects, logouts, scopes, officials_only, active)
           VALUES (%(c)s, %(n)s, %(s)s, %(r)s, %(l)s, %(sc)s, %(o)s, true)""",
        {
            "c": code, "n": name, "s": store.proof(secret) if secret else "", "r": list(redirects), "l": list(logouts),
            "sc": sorted({"openid", *scopes}), "o": officials_only,
        },
    )  # fmt: skip
    return code, secret


@action("openid.register")
def close(viewer: Viewer, code: str) -> None:
    """End a system's registration: nobody signs in to it through us any more, and its tokens end."""
    about("client", code)
    closed = sql.execute("UPDATE openid_client SET active = false WHERE code = %(c)s AND active", {"c": code})
    if not closed:
        raise missing("no_client", "Không có hệ thống này.", "There is no such system.")
    sql.execute(
        """UPDATE openid_token SET revoked_at = now() WHERE revoked_at IS NULL
           AND client_id = (SELECT id FROM openid_client WHERE code = %(c)s)""",
        {"c": code},
    )


@action("openid.register")
def renew_secret(viewer: Viewer, code: str) -> str:
    """A new secret for a system, told this once; the former one ends now."""
    about("client", code)
    secret = secrets.token_urlsafe(32)
    renewed = sql.execute(
        "UPDATE openid_client SET secret = %(s)s WHERE code = %(c)s AND active AND secret <> ''",
        {"s": store.proof(secret), "c": code},
    )
    if not renewed:
        raise missing("no_client", "Không có hệ thống này.", "There is no such system.")
    return secret


@action("openid.consent", secret=("client",), open_to_all=True)
def agree(viewer: Viewer, client: store.Client, scopes: Sequence[str]) -> None:
    """Let a system know what these scopes say about the viewer."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("client", client.code)
    sql.execute(
        """INSERT INTO openid_consent (client_id, actor_id, scopes) VALUES (%(c)s, %(a)s, %(s)s)
           ON CONFLICT ON CONSTRAINT openid_consent_once DO UPDATE SET at = now(),
             scopes = ARRAY(SELECT DISTINCT unnest(openid_consent.scopes || excluded.scopes) ORDER BY 1)""",
        {"c": client.id, "a": viewer.actor_id, "s": list(scopes)},
    )


@action("openid.consent", open_to_all=True)
def take_back(viewer: Viewer, client_id: int) -> int:
    """Take consent back: the system's tokens for the viewer end. Returns how many consents ended."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("client", client_id)
    own = {"c": client_id, "a": viewer.actor_id}
    sql.execute(
        "UPDATE openid_token SET revoked_at = now() WHERE client_id = %(c)s AND actor_id = %(a)s AND revoked_at IS NULL",
        own,
    )
    return sql.execute("DELETE FROM openid_consent WHERE client_id = %(c)s AND actor_id = %(a)s", own)


def forget_account(actor_id: int) -> None:
    """Erase what the provider keeps about an account that closes, inside its action."""
    for table in ("openid_token", "openid_code", "openid_consent"):
        sql.execute(f"DELETE FROM {table} WHERE actor_id = %(a)s", {"a": actor_id})
