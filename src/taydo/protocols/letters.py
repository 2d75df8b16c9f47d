"""Letters as they come by e-mail: who, about what, which words, which files, and whether a machine wrote it.

RFC 5322 and MIME (RFC 2045–2047, 2231) through the standard library, with limits, because letters are written by strangers. Automatic
letters are known by RFC 3834 (Auto-Submitted), RFC 3464 (reports), RFC 2919 (lists) and the customs of common mailers; they must not be
answered, or two machines write to each other for ever.
"""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message

from .htmltext import plain

MOST_HEADER, MOST_PARTS, MOST_DEEP, MOST_TEXT = 256_000, 200, 12, 20_000
_MOST_BODY = 1_000_000
_ADDRESS = re.compile(r"[^@\s,;<>\"()\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{2,63}", re.I)
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|bounces?[+=.-]?.*|.*-bounces?)@", re.I)
_QUOTE_BEGINS = re.compile(
    r"^\s*(>|-{3,}\s*(original message|forwarded message|thư gốc|tin nhắn gốc|nội dung gốc)|_{20,}\s*$"
    r"|(on|vào|ngày|lúc)\b.{4,200}\b(wrote|đã viết)\s*:\s*$|(from|từ)\s*:.+@)",
    re.I,
)
_WRAPPED_BEGIN = re.compile(r"^\s*(on|vào|ngày|lúc)\b.{4,200}$", re.I)
_WRAPPED_END = re.compile(r"\b(wrote|đã viết)\s*:\s*$", re.I)
_MACHINE_ID = re.compile(r"<([^<>\s]{1,250})>")


class Hostile(Exception):
    """A letter that is not read: says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a letter; `inline` when it stands within the text (a pasted photo, or a signature's logo)."""

    name: str
    content_type: str
    data: bytes
    inline: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `text` is what its writer adds, without what is quoted; `automatic` is empty or why no answer is due."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    sent_at: dt.datetime | None
    text: str
    answers: tuple[str, ...]
    automatic: str
    attachments: tuple[Attachment, ...]


def read(raw: bytes) -> Letter:
    """Read a letter's bytes. Raises Hostile when it has no sender, or parts or headers beyond all reason."""
    head = re.split(rb"\r?\n\r?\n", raw[: MOST_HEADER + 4], maxsplit=1)[0]
    if len(head) > MOST_HEADER:
        raise Hostile("headers longer than 256 kB")
    try:
        message = email.message_from_bytes(raw)
        parts = list(_parts(message, 0))
    except RecursionError as error:
        raise Hostile("parts nested too deep") from error
    name, sender = _sender(message)
    if not sender:
        raise Hostile("no sender that could be answered")
    subject = " ".join(_decoded(_header(message, "Subject")).split())[:500]
    return Letter(
        message_id=next(iter(_ids(message, "Message-ID")), ""),
        sender=sender,
        sender_name=name,
        subject=subject,
        sent_at=_date(message),
        text=_text(parts),
        answers=tuple(dict.fromkeys([*_ids(message, "In-Reply-To"), *reversed(_ids(message, "References"))]))[:30],
        automatic=automatic(message, sender),
        attachments=tuple(_attachments(parts)),
    )


def identity(raw: bytes) -> str:
    """What tells one letter from another (SHA-256, hex): the same when it comes twice by different ways, which changes only the
    trace headers; different for two letters that wrongly carry one Message-ID."""
    head, _, body = raw.partition(b"\r\n\r\n") if b"\r\n\r\n" in raw else raw.partition(b"\n\n")
    message = email.message_from_bytes(head[:MOST_HEADER] + b"\r\n\r\n")
    said = [_header(message, name) for name in ("Message-ID", "From", "Date", "Subject")]
    marks = "\0".join(said).encode("utf-8", "replace") + b"\0" + body.replace(b"\r\n", b"\n").strip()
    return hashlib.sha256(marks).hexdigest()


def automatic(message: Message, sender: str) -> str:
    """Why a letter must not be answered, or nothing: written by a machine, a list, or a report of mail that was not delivered."""
    told = {
        name: str(message.get(name, "")).strip().lower() for name in ("Auto-Submitted", "Precedence", "Return-Path")
    }
    if message.get_content_type() == "multipart/report" or told["Return-Path"] == "<>" or _MACHINES.match(sender):
        return "report of delivery"
    if told["Auto-Submitted"] and not told["Auto-Submitted"].startswith("no"):
        return f"Auto-Submitted: {told['Auto-Submitted'][:40]}"
    if told["Precedence"] in ("bulk", "junk", "list", "auto_reply"):
        return f"Precedence: {told['Precedence']}"
    for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "Feedback-ID"):
        if message.get(name):
            return name
    return ""


def _parts(message: Message, depth: int) -> Iterator[Message]:
    """The leaves, in order; letters within a letter stay closed."""
    pending, count = [(message, depth)], 0
    while pending:
        part, level = pending.pop()
        count += 1
        if count > MOST_PARTS or level > MOST_DEEP:
            raise Hostile("too many parts" if count > MOST_PARTS else "parts nested too deep")
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            pending += [(child, level + 1) for child in reversed(inner) if isinstance(child, Message)]
        else:
            yield part


def _headers(message: Message, name: str) -> list[str]:
    """A header's values; bytes that stand there unencoded are taken as text, as many mailers mean them."""
    given = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return [charset_text(value[:8000].encode("utf-8", "surrogateescape"), "utf-8") for value in given]


def _header(message: Message, name: str) -> str:
    return next(iter(_headers(message, name)), "")


def _decoded(header: str) -> str:
    """A header's words (RFC 2047), with whatever is broken in them replaced."""
    try:
        pieces = decode_header(header[:8000])
    except (ValueError, LookupError, email.errors.MessageError):
        pieces = [(header[:8000], None)]
    words = "".join(piece if isinstance(piece, str) else charset_text(piece, label or "") for piece, label in pieces)
    return _clean(words)


def _clean(text: str) -> str:
    """Normal form C without control and direction marks, lone surrogates and NUL; newlines and tabs stay."""
    kept = (
        c
        for c in unicodedata.normalize("NFC", text)
        if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Co")
    )
    return "".join(kept)


def charset_text(data: bytes, charset: str) -> str:
    """Text from bytes of a stated character set; a wrong or unknown one is guessed: UTF-8, then Vietnamese Windows (1258)."""
    for name in dict.fromkeys((charset.strip("\"' ").lower(), "utf-8", "cp1258")):
        try:
            return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("utf-8", "replace")


def _sender(message: Message) -> tuple[str, str]:
    """Name and address of the writer; no address when there is none to write to."""
    given = _header(message, "From")[:2000]
    name, address = email.utils.parseaddr(" ".join(given.split()))
    found = _ADDRESS.fullmatch(address.strip()) or _ADDRESS.search(given)
    return " ".join(_decoded(name).split())[:120], found[0].lower() if found else ""


def _ids(message: Message, name: str) -> list[str]:
    return _MACHINE_ID.findall(" ".join(_headers(message, name))[:8000])


def _date(message: Message) -> dt.datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(_header(message, "Date"))
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _name(part: Message) -> str:
    try:
        return " ".join(_decoded(part.get_filename() or "").split())
    except (ValueError, LookupError, TypeError, UnicodeError):
        return "tep"


def _is_text(part: Message) -> bool:
    return (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
        and not _name(part)
    )


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, TypeError, AssertionError):
        data = None
    return data if isinstance(data, bytes) else b""


def _text(parts: list[Message]) -> str:
    """What the writer says: the plain part, or else the web page's words; quoted letters are cut away."""
    texts = {"text/plain": "", "text/html": ""}
    for part in parts:
        if _is_text(part):
            said = charset_text(_payload(part)[:_MOST_BODY], str(part.get_content_charset() or ""))
            texts[part.get_content_type()] += said + "\n"
    if texts["text/plain"].strip():
        return without_quotes(_clean(texts["text/plain"].replace("\r\n", "\n")))[:MOST_TEXT]
    return without_quotes(_clean(plain(texts["text/html"])))[:MOST_TEXT]


def without_quotes(text: str) -> str:
    """The writer's own words: up to where an earlier letter or the signature begins, or, when that leaves none, all lines unquoted."""
    lines = text.split("\n")
    own: list[str] = []
    for at, line in enumerate(lines):
        wrapped = _WRAPPED_BEGIN.match(line) and at + 1 < len(lines) and _WRAPPED_END.search(lines[at + 1])
        if line.rstrip() == "--" or line == "-- " or wrapped or _QUOTE_BEGINS.match(line):
            break
        own.append(line)
    if not "".join(own).strip():
        own = [line for line in lines if not _QUOTE_BEGINS.match(line) and not _WRAPPED_END.search(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in own)).strip()


def _attachments(parts: list[Message]) -> Iterator[Attachment]:
    for part in parts:
        if not _is_text(part):
            inner = part.get_payload()
            data = (
                b"".join(item.as_bytes() for item in inner if isinstance(item, Message))
                if isinstance(inner, list)
                else _payload(part)
            )
            yield Attachment(
                _name(part) or "tep", part.get_content_type(), data, part.get_content_disposition() != "attachment"
            )
