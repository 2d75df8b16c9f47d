"""Taking letters in: from the mailbox into the database first, then read. Killed anywhere, it goes on where it was."""

from __future__ import annotations

from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.logs import log

from . import actions
from .mailbox import Account, Box, opened
from .rules import MOST_BYTES, TRIES, next_try

SYSTEM = Viewer.system("mailroom")
_HEAD = 65_536


def fetch(account: Account) -> int:
    """Keep every letter that is new in the mailbox, then tell the server; returns how many were new."""
    with opened(account) as box:
        _tell_of_earlier(box)
        known = sql.value(
            "SELECT coalesce(max(uid), 0) FROM mailroom_place WHERE folder = %(f)s AND uidvalidity = %(v)s",
            {"f": account.folder, "v": box.uidvalidity},
        )
        new = 0
        for uid, size in box.after(int(known)).items():
            raw = box.raw(uid, _HEAD if size > MOST_BYTES else None)
            if raw is not None:
                actions.keep(SYSTEM, raw, account.folder, box.uidvalidity, uid, size)
                box.mark([uid])
                new += 1
        return new


def _tell_of_earlier(box: Box) -> None:
    """Mark what was kept by a worker that died before it could tell the server."""
    waiting = box.unmarked()
    kept = sql.rows(
        "SELECT uid FROM mailroom_place WHERE folder = %(f)s AND uidvalidity = %(v)s AND uid = ANY(%(uids)s)",
        {"f": box.account.folder, "v": box.uidvalidity, "uids": waiting},
    )
    box.mark([item["uid"] for item in kept])


def read_waiting() -> int:
    """Read kept letters that are due, oldest first; returns how many were settled. One that fails waits, then is set aside."""
    due = sql.rows(
        "SELECT id, tries FROM mailroom_letter WHERE state = 'kept' AND next_at <= %(now)s ORDER BY id",
        {"now": clock.now()},
    )
    settled = 0
    for item in due:
        if item["tries"] >= TRIES:
            actions.set_aside(SYSTEM, item["id"], "reading it failed again and again")
            continue
        _count_try(
            item["id"], item["tries"] + 1
        )  # committed first: a letter that kills its reader is given up some day
        try:
            settled += actions.read(SYSTEM, item["id"]) != "elsewhere"
        except Exception as error:
            log.warning("a letter could not be read; again later", letter=item["id"], error=repr(error))
    return settled


def _count_try(letter_id: int, tries: int) -> None:
    sql.execute(
        "UPDATE mailroom_letter SET tries = %(n)s, next_at = %(at)s WHERE id = %(id)s",
        {"id": letter_id, "n": tries, "at": next_try(tries, clock.now())},
    )
