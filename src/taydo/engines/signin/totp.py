"""Codes of an authenticator app (RFC 6238) and the recovery codes beside them."""

from __future__ import annotations

import datetime as dt
import io
import secrets

import pyotp
import segno
from django.utils.crypto import constant_time_compare

from taydo.kernel import audit, clock, ids, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing, too_many, unknown_viewer

from . import sessions
from .rules import FAILURE_PAUSE_SECONDS, FREE_FAILURES, RECOVERY_CODES, STEP_SECONDS, STEPS_AROUND, only_digits

ISSUER = "Tây Đô"


def has(actor_id: int) -> bool:
    """Whether the account has an authenticator app that was confirmed."""
    return bool(
        sql.value("SELECT 1 FROM signin_totp WHERE actor_id = %(a)s AND confirmed_at IS NOT NULL", {"a": actor_id})
    )


@action("signin.enrol", open_to_all=True)
def begin(viewer: Viewer) -> None:
    """Make a secret that waits to be confirmed; one that is confirmed already stays until it is removed."""
    actor = _own(viewer)
    about("totp", actor)
    sql.execute(
        """INSERT INTO signin_totp (actor_id, secret) VALUES (%(a)s, %(s)s) ON CONFLICT (actor_id) DO UPDATE
             SET secret = excluded.secret, step = 0, failures = 0 WHERE signin_totp.confirmed_at IS NULL""",
        {"a": actor, "s": sealing.seal(pyotp.random_base32())},
    )


def _own(viewer: Viewer) -> int:
    if viewer.actor_id is None:
        raise unknown_viewer()
    return viewer.actor_id


def waiting_secret(viewer: Viewer) -> str:
    """The secret that waits to be confirmed, for typing into an app; 404 when there is none."""
    found = sql.value(
        "SELECT secret FROM signin_totp WHERE actor_id = %(a)s AND confirmed_at IS NULL", {"a": _own(viewer)}
    )
    if found is None:
        raise missing("no_secret", "Chưa bắt đầu thêm ứng dụng.", "No app is being added.")
    return sealing.unseal(found)


def picture(viewer: Viewer) -> bytes:
    """The waiting secret as a QR code: an SVG file of plain shapes."""
    address = pyotp.TOTP(waiting_secret(viewer)).provisioning_uri(name=viewer.username, issuer_name=ISSUER)
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, border=4, dark="#17252A", light="#FFFFFF", svgclass=None, lineclass=None
    )
    return out.getvalue()


@action("signin.enrol", secret=("digits",), open_to_all=True)
def confirm(viewer: Viewer, digits: str) -> list[str]:
    """Confirm the waiting secret by a code from the app; returns new recovery codes, to be shown this once."""
    actor = _own(viewer)
    about("totp", actor)
    secret = waiting_secret(viewer)
    step = _matching_step(secret, digits)
    if step is None:
        raise invalid(
            "wrong_code",
            "Mã chưa đúng. Hãy kiểm tra giờ của điện thoại rồi thử mã mới.",
            "The code is wrong. Check your phone's clock and try the next one.",
            code="",
        )
    sql.execute(
        "UPDATE signin_totp SET confirmed_at = %(now)s, step = %(step)s, failures = 0 WHERE actor_id = %(a)s",
        {"a": actor, "now": clock.now(), "step": step},
    )
    return _fresh_recovery(actor)


@action("signin.enrol", open_to_all=True)
def renew_recovery(viewer: Viewer) -> list[str]:
    """New recovery codes; the former ones end."""
    about("totp", _own(viewer))
    return _fresh_recovery(_own(viewer))


def _fresh_recovery(actor: int) -> list[str]:
    made = ["-".join("".join(secrets.choice(ids.ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(10)]
    made = made[:RECOVERY_CODES]
    sql.execute("DELETE FROM signin_recovery WHERE actor_id = %(a)s", {"a": actor})
    sql.execute(
        "INSERT INTO signin_recovery (actor_id, proof) SELECT %(a)s, p FROM unnest(%(p)s::text[]) p",
        {"a": actor, "p": [_recovery_proof(actor, code) for code in made]},
    )
    return made


def _recovery_proof(actor: int, code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter in ids.ALPHABET)
    return sealing.fingerprint(f"recovery:{actor}:{letters}")


@action("signin.enrol", open_to_all=True)
def remove(viewer: Viewer) -> int:
    """Take the authenticator app and its recovery codes away; 0 when there was none."""
    actor = _own(viewer)
    about("totp", actor)
    since = sql.value("SELECT confirmed_at FROM signin_totp WHERE actor_id = %(a)s", {"a": actor})
    if since:
        said = "Ứng dụng xác thực vừa bị bỏ", "The authenticator app was removed"
        sessions.tell_changed(actor, f"signin.totp.{actor}.{since.isoformat()}", said)
    sql.execute("DELETE FROM signin_recovery WHERE actor_id = %(a)s", {"a": viewer.actor_id})
    return sql.execute("DELETE FROM signin_totp WHERE actor_id = %(a)s", {"a": viewer.actor_id})


def _matching_step(secret: str, digits: str) -> int | None:
    now = int(clock.now().timestamp()) // STEP_SECONDS
    code = pyotp.TOTP(secret)
    given = only_digits(digits)
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if constant_time_compare(code.at(step * STEP_SECONDS), given):
            return step
    return None


def check(viewer: Viewer, text: str) -> str:
    """What proves the viewer a second time: `app`, `recovery`, or "" for nothing. A time step and a recovery code are good once."""
    actor = _own(viewer)
    held = sql.row(
        "SELECT secret, failures, failed_at FROM signin_totp WHERE actor_id = %(a)s AND confirmed_at IS NOT NULL",
        {"a": actor},
    )
    if held is None:
        return ""
    _slow_down(held["failures"], held["failed_at"])
    step = _matching_step(sealing.unseal(held["secret"]), text)
    if step is not None and sql.execute(
        "UPDATE signin_totp SET step = %(step)s, failures = 0 WHERE actor_id = %(a)s AND step < %(step)s",
        {"a": actor, "step": step},
    ):
        return "app"
    if sql.execute(
        "UPDATE signin_recovery SET used_at = %(now)s WHERE actor_id = %(a)s AND proof = %(p)s AND used_at IS NULL",
        {"a": actor, "p": _recovery_proof(actor, text), "now": clock.now()},
    ):
        sql.execute("UPDATE signin_totp SET failures = 0 WHERE actor_id = %(a)s", {"a": actor})
        return "recovery"
    sql.execute(
        "UPDATE signin_totp SET failures = failures + 1, failed_at = %(now)s WHERE actor_id = %(a)s",
        {"a": actor, "now": clock.now()},
    )
    audit.write(viewer, "signin.second_factor", "refused", "totp", actor)
    return ""


def _slow_down(failures: int, failed_at: dt.datetime | None) -> None:
    if failures < FREE_FAILURES or failed_at is None:
        return
    wait = FAILURE_PAUSE_SECONDS - (clock.now() - failed_at).total_seconds()
    if wait > 0:
        raise too_many(
            "too_many_failures",
            f"Sai mã quá nhiều lần; hãy thử lại sau {int(wait) + 1} giây.",
            f"Too many wrong codes; try again in {int(wait) + 1} s.",
            retry_after=int(wait) + 1,
        )


def recovery_left(actor_id: int) -> int:
    """How many recovery codes have not been used."""
    return int(
        sql.value("SELECT count(*) FROM signin_recovery WHERE actor_id = %(a)s AND used_at IS NULL", {"a": actor_id})
    )
