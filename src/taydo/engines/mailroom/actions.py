"""Every write of the mailroom: keep a letter's bytes, read it, set it aside, let it go on."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import os
import zlib
from typing import Any

from django.conf import settings

from taydo.engines.files import actions as files
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, missing
from taydo.kernel.events import emit
from taydo.kernel.sealing import fingerprint, seal
from taydo.protocols import letters

from .events import LetterReceived
from .queries import unpacked
from .rules import DECORATION, FLOOD, MOST_BYTES, MOST_FILES, OLD_DAYS


@action("mailroom.keep", secret=("raw",))
def keep(viewer: Viewer, raw: bytes, folder: str, uidvalidity: int, uid: int, size: int) -> int:
    """Keep a letter's bytes and where it stood, once; returns its id. With fewer bytes than `size` it was too large and is set aside."""
    cut = size > MOST_BYTES
    mark = letters.identity(raw)
    letter = sql.value(
        """INSERT INTO mailroom_letter (identity, size, raw, state, reason) VALUES (%(mark)s, %(size)s, %(raw)s, %(state)s, %(reason)s)
           ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id""",
        {"mark": mark, "size": size, "raw": _packed(raw), "state": "aside" if cut else "kept",
         "reason": f"larger than {MOST_BYTES // 1024 // 1024} MB" if cut else ""},
    )  # fmt: skip
    sql.execute(
        """INSERT INTO mailroom_place (folder, uidvalidity, uid, letter_id) VALUES (%(f)s, %(v)s, %(u)s, %(l)s)
           ON CONFLICT DO NOTHING""",
        {"f": folder, "v": uidvalidity, "u": uid, "l": letter},
    )
    about("letter", letter)
    return int(letter)


def _packed(raw: bytes) -> str:
    return seal(base64.b64encode(zlib.compress(raw)).decode("ascii"))


@action("mailroom.read")
def read(viewer: Viewer, letter_id: int) -> str:
    """Read a kept letter; returns its state: taken, automatic or aside. Raises what a retry may mend (a silent scanner)."""
    about("letter", letter_id)
    kept = sql.row(
        "SELECT raw FROM mailroom_letter WHERE id = %(id)s AND state = 'kept' FOR UPDATE SKIP LOCKED", {"id": letter_id}
    )
    if kept is None:
        return "elsewhere"
    try:
        letter = letters.read(unpacked(kept["raw"]))
    except letters.Hostile as why:
        return _settled(letter_id, "aside", str(why))
    return _written(viewer, letter_id, letter)


def _written(viewer: Viewer, letter_id: int, letter: letters.Letter) -> str:
    mark = fingerprint(letter.sender)
    automatic = letter.automatic or ("our own letter" if letter.sender in _our_addresses() else "")
    state, reason = ("automatic", automatic) if automatic else _doubt(letter, mark) or ("taken", "")
    sql.execute(
        """UPDATE mailroom_letter SET sender = %(sender)s, sender_mark = %(mark)s, sender_name = %(name)s, subject = %(subject)s,
             text = %(text)s, sent_at = %(sent)s, answers = %(answers)s, attachments = %(files)s::jsonb WHERE id = %(id)s""",
        {
            "id": letter_id, "sender": seal(letter.sender), "mark": mark, "name": seal(letter.sender_name),
            "subject": seal(letter.subject), "text": seal(letter.text), "sent": letter.sent_at, "answers": list(letter.answers),
            "files": json.dumps(_files(viewer, letter_id, letter.attachments) if state != "automatic" else [], ensure_ascii=False),
        },
    )  # fmt: skip
    return _settled(letter_id, state, reason)


def _doubt(letter: letters.Letter, mark: str) -> tuple[str, str] | None:
    """Why a person should look first: a flood, or a letter that lay in the mailbox long before we came."""
    if letter.sent_at is not None and letter.sent_at < clock.now() - dt.timedelta(days=OLD_DAYS):
        return "aside", f"written more than {OLD_DAYS} days before it came in"
    return ("aside", "too many from one sender") if _of_sender(mark) >= FLOOD else None


def _our_addresses() -> set[str]:
    given = (settings.DEFAULT_FROM_EMAIL, os.environ.get("TAYDO_IMAP_USER", ""), settings.TAYDO_MAIL_REPLY_TO)
    return {address.strip().lower() for address in given if address}


def _of_sender(mark: str) -> int:
    """How many letters of this sender came in the last hour."""
    found = sql.value(
        "SELECT count(*) FROM mailroom_letter WHERE sender_mark = %(m)s AND came_at > %(now)s - interval '1 hour'",
        {"m": mark, "now": clock.now()},
    )
    return int(found)


def _settled(letter_id: int, state: str, reason: str) -> str:
    sql.execute(
        "UPDATE mailroom_letter SET state = %(s)s, reason = %(r)s WHERE id = %(id)s",
        {"id": letter_id, "s": state, "r": reason[:300]},
    )
    if state == "taken":
        emit(LetterReceived(letter_id), letter_id)
    return state


def _files(viewer: Viewer, letter_id: int, attachments: tuple[letters.Attachment, ...]) -> list[dict[str, Any]]:
    """Keep the files that pass the files engine's checks; of the others, why they did not."""
    told = []
    for at, item in enumerate(attachments):
        said = {"name": item.name[:120], "size": len(item.data), "file": None, "type": item.content_type, "refused": ""}
        if at >= MOST_FILES:
            said["refused"] = "too_many_files"
        elif item.inline and item.content_type.startswith("image/") and len(item.data) < DECORATION:
            said["refused"] = "decoration"
        else:
            try:
                kept = files.keep(
                    viewer, io.BytesIO(item.data), item.name, object_kind="letter", object_id=str(letter_id)
                )
                said |= {"file": str(kept.id), "name": kept.name, "type": kept.content_type}
            except Problem as why:
                if why.status >= 500:
                    raise
                said["refused"] = why.code
        told.append(said)
    return told


@action("mailroom.read")
def set_aside(viewer: Viewer, letter_id: int, reason: str) -> None:
    """Give a letter up that cannot be read however often it is tried; its bytes stay."""
    about("letter", letter_id)
    sql.execute(
        "UPDATE mailroom_letter SET state = 'aside', reason = %(r)s WHERE id = %(id)s AND state = 'kept'",
        {"id": letter_id, "r": reason[:300]},
    )


@action("mailroom.release")
def release(viewer: Viewer, letter_id: int) -> None:
    """Let a letter that was set aside go on as if it had just come. 409 when it cannot be read or is not set aside."""
    about("letter", letter_id)
    found = sql.row("SELECT state, sender_mark FROM mailroom_letter WHERE id = %(id)s FOR UPDATE", {"id": letter_id})
    if found is None:
        raise missing("no_letter", "Không có thư này.", "There is no such letter.")
    if found["state"] not in ("aside", "automatic") or not found["sender_mark"]:
        raise conflict("not_releasable", "Thư này không cho đi tiếp được.", "This letter cannot be let go on.")
    _settled(letter_id, "taken", "")
