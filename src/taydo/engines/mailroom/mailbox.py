"""The mailbox over IMAP: which letters are there, their bytes, and telling the server which we have."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

SECONDS = 30
_SIZE = re.compile(rb"UID (\d+)")
_BYTES = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class Account:
    """Where letters come in."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    done: str
    security: str


def account() -> Account | None:
    """The city's mailbox (`TAYDO_IMAP_…`), or None when it has none."""
    given = os.environ.get
    if not given("TAYDO_IMAP_HOST"):
        return None
    security = given("TAYDO_IMAP_TLS", "tls")
    return Account(
        host=given("TAYDO_IMAP_HOST", ""), port=int(given("TAYDO_IMAP_PORT", "993" if security == "tls" else "143")),
        user=given("TAYDO_IMAP_USER", ""), password=given("TAYDO_IMAP_PASSWORD", ""), folder=given("TAYDO_IMAP_FOLDER", "INBOX"),
        done=given("TAYDO_IMAP_DONE", ""), security=security,
    )  # fmt: skip


class Box:
    """An open folder of the mailbox."""

    def __init__(self, mailbox: BaseMailBox, account: Account) -> None:
        self.mailbox, self.account = mailbox, account
        self.client: Any = mailbox.client
        self.uidvalidity = int(mailbox.folder.status(account.folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def after(self, uid: int) -> dict[int, int]:
        """UIDs above `uid`, ascending, with the size of each letter in bytes."""
        _, found = self.client.uid("FETCH", f"{uid + 1}:*", "(UID RFC822.SIZE)")
        sizes = {}
        for line in found or ():
            text = line[0] if isinstance(line, tuple) else line or b""
            number, size = _SIZE.search(text), _BYTES.search(text)
            if number and size and int(number[1]) > uid:  # `n:*` names the last letter even when it is below n
                sizes[int(number[1])] = int(size[1])
        return dict(sorted(sizes.items()))

    def raw(self, uid: int, most: int | None = None) -> bytes | None:
        """A letter's bytes (with `most`, its headers up to so many), unseen as it was; None when it is gone."""
        what = f"BODY.PEEK[HEADER]<0.{most}>" if most else "BODY.PEEK[]"
        status, found = self.client.uid("FETCH", str(uid), f"({what})")
        pieces = [item[1] for item in found or () if isinstance(item, tuple)]
        return pieces[0] if status == "OK" and pieces else None

    def unmarked(self) -> list[int]:
        """UIDs of letters that the server was not yet told we have."""
        return [int(uid) for uid in self.mailbox.uids("ALL" if self.account.done else "UNSEEN", charset=None)]

    def mark(self, uids: list[int]) -> None:
        """Tell the server that we have these: seen, and moved when the account says where to."""
        if not uids:
            return
        joined = ",".join(map(str, uids))
        self.client.uid("STORE", joined, "+FLAGS", r"(\Seen)")
        if self.account.done:
            if not self.mailbox.folder.exists(self.account.done):
                self.mailbox.folder.create(self.account.done)
            self.mailbox.move([str(uid) for uid in uids], self.account.done)


@contextmanager
def opened(account: Account) -> Iterator[Box]:
    """Sign in and open the folder; certificates are checked. `TAYDO_IMAP_CA` names a private authority."""
    trust = ssl.create_default_context(cafile=os.environ.get("TAYDO_IMAP_CA") or None)
    where = {"host": account.host, "port": account.port, "timeout": SECONDS}
    kinds: dict[str, Any] = {
        "tls": lambda: MailBox(**where, ssl_context=trust),
        "starttls": lambda: MailBoxStartTls(**where, ssl_context=trust),
        "none": lambda: MailBoxUnencrypted(**where),
    }
    with kinds[account.security]().login(account.user, account.password, account.folder) as mailbox:
        yield Box(mailbox, account)
