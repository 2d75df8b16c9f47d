"""Accounts: entered by a proof, changed by their owner."""

from __future__ import annotations

import re
import secrets

from django.contrib.auth.hashers import check_password, make_password

from taydo.engines.signin import sessions
from taydo.engines.signin.codes import Proven
from taydo.kernel import contacts, credentials, ids, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import conflict, invalid, missing
from taydo.kernel.events import emit

from .. import queries, rules
from ..events import AccountOpened, IdentityLinked

CITIZEN = "citizen"


@action("identity.enter", secret=("proven",), open_to_all=True)
def enter_by_contact(viewer: Viewer, proven: Proven) -> int:
    """The account of whoever proved this contact; the first time makes it. Returns the account's id."""
    mark = sealing.fingerprint(proven.address)
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('identity.contact'), hashtext(%(m)s))", {"m": mark})
    actor = queries.account_by(mark)
    if actor is None:
        actor = open_citizen(viewer.language)
        _keep(actor, proven, mark)
    about("actor", actor)
    return actor


def open_citizen(language: str) -> int:
    """A new account of a person, with the role of citizens and no password; called inside an action."""
    username = ids.code("ND", 8)
    actor = int(
        sql.value(
            """INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active, demo)
               VALUES (%(u)s, %(p)s, %(u)s, 'person', '', '', '', %(l)s, true, false) RETURNING id""",
            {"u": username, "p": make_password(None), "l": language},
        )
    )
    sql.execute(
        "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(a)s, %(r)s, %(s)s)",
        {"a": actor, "r": CITIZEN, "s": EVERYWHERE},
    )
    emit(AccountOpened(actor, "person"), actor)
    return actor


def _keep(actor: int, proven: Proven, mark: str) -> None:
    """Write a proven contact down; one left behind by a closed account passes to whoever proves it now."""
    sql.execute(
        """INSERT INTO identity_contact (actor_id, channel, mark, address) VALUES (%(a)s, %(c)s, %(m)s, %(s)s)
           ON CONFLICT (mark) DO UPDATE SET actor_id = excluded.actor_id, proven_at = now()""",
        {"a": actor, "c": proven.channel, "m": mark, "s": sealing.seal(proven.address)},
    )
    _first_of_each(actor)


def _first_of_each(actor: int) -> None:
    """The account's own phone and e-mail are the oldest contact it proved of each kind."""
    held = queries.contacts_of(actor)
    first = {channel: next((item["address"] for item in held if item["channel"] == channel), "") for channel in ("sms", "mail")}  # fmt: skip
    sql.execute(
        "UPDATE kernel_actor SET phone = %(p)s, email = %(e)s WHERE id = %(a)s",
        {"a": actor, "p": sealing.seal(first["sms"]), "e": sealing.seal(first["mail"])},
    )


def read_contact(text: str) -> tuple[str, str]:
    """What somebody typed as (channel, address); 422 when it is neither a phone number nor an e-mail address."""
    if "@" in text and (address := contacts.email(text)):
        return "mail", address
    if number := contacts.phone(text):
        return "sms", number
    raise invalid(
        "no_contact",
        "Hãy ghi số điện thoại (ví dụ 0912 345 678) hoặc địa chỉ thư điện tử.",
        "Give a phone number (such as 0912 345 678) or an e-mail address.",
        contact="",
    )


@action("identity.enter", secret=("number", "name"), open_to_all=True)
def enter_by_citizen(viewer: Viewer, number: str, name: str, level: int, issuer: str) -> int:
    """The account of whoever a national provider identified; the first time makes it. Returns the account's id.

    Somebody signed in already links the identity to the account they are in, unless it opens another.
    """
    if not re.fullmatch(r"[0-9]{9}|[0-9]{12}", number) or level not in (1, 2):
        raise invalid("bad_identity", "Bên định danh không cho số định danh hợp lệ.", "The provider gave no valid citizen number.")  # fmt: skip
    mark = sealing.fingerprint(f"citizen:{number}")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('identity.citizen'), hashtext(%(m)s))", {"m": mark})
    known = queries.account_of_citizen(mark)
    mine = viewer.actor_id if viewer.kind == "person" else None
    if known is not None and mine not in (None, known):
        raise conflict(
            "identity_of_another",
            "Danh tính này đang mở một tài khoản khác.",
            "This identity opens another account.",
        )
    actor = known or mine or open_citizen(viewer.language)
    about("actor", actor)
    linked = sql.value("SELECT mark FROM identity_citizen WHERE actor_id = %(a)s", {"a": actor})
    if linked not in (None, mark):
        raise conflict(
            "linked_to_another",
            "Tài khoản này đã liên kết với một danh tính khác.",
            "This account is linked to another identity.",
        )
    sql.execute("DELETE FROM identity_citizen WHERE mark = %(m)s AND actor_id <> %(a)s", {"m": mark, "a": actor})
    sql.execute(
        """INSERT INTO identity_citizen (actor_id, number, mark, level, issuer) VALUES (%(a)s, %(n)s, %(m)s, %(l)s, %(i)s)
           ON CONFLICT (actor_id) DO UPDATE SET number = excluded.number, mark = excluded.mark, level = excluded.level,
             issuer = excluded.issuer, linked_at = now()""",
        {"a": actor, "n": sealing.seal(number), "m": mark, "l": level, "i": issuer},
    )
    if linked is None:
        emit(IdentityLinked(actor), actor)
    _call(actor, name)
    return actor


def _call(actor: int, name: str) -> None:
    """The name a national provider gave is the account's, where it gave one."""
    if clean := rules.clean_name(name):
        sql.execute(
            "UPDATE kernel_actor SET name = %(n)s WHERE id = %(a)s AND kind = 'person'", {"a": actor, "n": clean}
        )


@action("identity.change", secret=("proven",), open_to_all=True)
def add_contact(viewer: Viewer, proven: Proven) -> None:
    """Add a contact the viewer just proved. One that opens another account cannot be taken from it."""
    actor = queries.own(viewer)
    about("actor", actor)
    if viewer.kind != "person":
        raise conflict("officials_have_names", "Tài khoản cán bộ đăng nhập bằng tên.", "Accounts of officials sign in by name.")  # fmt: skip
    mark = sealing.fingerprint(proven.address)
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('identity.contact'), hashtext(%(m)s))", {"m": mark})
    other = queries.account_by(mark)
    if other not in (None, actor):
        raise conflict(
            "contact_of_another",
            "Địa chỉ này đang mở một tài khoản khác. Hãy đăng nhập bằng địa chỉ đó và đóng tài khoản kia trước.",
            "This contact opens another account. Sign in with it and close that account first.",
            contact="",
        )
    _keep(actor, proven, mark)


@action("identity.change", open_to_all=True)
def remove_contact(viewer: Viewer, contact_id: int) -> None:
    """Take a contact away; the last way into the account stays."""
    actor = queries.own(viewer)
    about("actor", actor)
    held = queries.contacts_of(actor)
    if contact_id not in [item["id"] for item in held]:
        raise missing("no_contact_here", "Tài khoản không có địa chỉ này.", "The account has no such contact.")
    if len(held) == 1 and queries.citizen(actor) is None:
        raise conflict(
            "last_contact",
            "Đây là cách duy nhất để vào tài khoản; hãy thêm cách khác trước.",
            "This is the only way into the account; add another first.",
        )
    sql.execute("DELETE FROM identity_contact WHERE id = %(id)s AND actor_id = %(a)s", {"id": contact_id, "a": actor})
    _first_of_each(actor)


@action("identity.change", secret=("name",), open_to_all=True)
def rename(viewer: Viewer, name: str, language: str) -> None:
    """Change how one is called and in which language one is told things. Officials' names are their agency's."""
    actor = queries.own(viewer)
    about("actor", actor)
    name = rules.clean_name(name)
    if not name:
        raise invalid("no_name", "Hãy ghi tên của bạn.", "Give your name.", name="")
    if language not in ("vi", "en"):
        raise invalid("no_language", "Chưa có ngôn ngữ này.", "There is no such language.", language="")
    sql.execute(
        """UPDATE kernel_actor SET language = %(l)s, name = CASE WHEN kind = 'person' THEN %(n)s ELSE name END WHERE id = %(a)s""",
        {"a": actor, "n": name, "l": language},
    )


@action("identity.change", secret=("old", "new", "current"), open_to_all=True)
def change_password(viewer: Viewer, old: str, new: str, current: str | None) -> None:
    """Change the password: every other session and every token of the account ends."""
    actor = queries.own(viewer)
    about("actor", actor)
    held = str(sql.value("SELECT password FROM kernel_actor WHERE id = %(a)s", {"a": actor}))
    if not check_password(old, held):
        raise invalid("wrong_password", "Mật khẩu hiện nay không đúng.", "The present password is wrong.", old="")
    if why := rules.weak_password(new, viewer.username):
        raise invalid("weak_password", *_WEAK[why], new="")
    sql.execute("UPDATE kernel_actor SET password = %(p)s WHERE id = %(a)s", {"a": actor, "p": make_password(new)})
    credentials.forget()
    sessions.end_others(viewer, current)


_WEAK = {
    "short": ("Mật khẩu cần ít nhất 10 ký tự.", "A password needs 10 characters at least."),
    "known": ("Mật khẩu này ai cũng đoán được.", "Anybody can guess this password."),
    "name": ("Mật khẩu không được chứa tên đăng nhập.", "A password must not contain the username."),
}


@action("identity.open_account")
def open_official(viewer: Viewer, username: str, name: str, agency: str) -> str:
    """Open an account for an official of an agency; returns a first password, to be handed over once."""
    viewer.require("identity.open_account", agency)
    about("actor", username, agency)
    name, username = rules.clean_name(name), username.strip().lower()
    if not name or not username.isascii() or not username.replace(".", "").replace("-", "").isalnum():
        raise invalid(
            "bad_username", "Tên đăng nhập chỉ gồm chữ không dấu, số, chấm và gạch.",
            "A username is of plain letters, digits, dots and dashes.", username="",
        )  # fmt: skip
    first = secrets.token_urlsafe(12)
    made = sql.value(
        """INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active, demo)
           VALUES (%(u)s, %(p)s, %(n)s, 'official', '', '', %(g)s, 'vi', true, false) ON CONFLICT (username) DO NOTHING RETURNING id""",
        {"u": username[:120], "p": make_password(first), "n": name, "g": agency[:40]},
    )
    if made is None:
        raise conflict("username_taken", "Tên đăng nhập này đã có người dùng.", "This username is taken.", username="")
    emit(AccountOpened(made, "official"), made)
    return first
