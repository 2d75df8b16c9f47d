"""Letters and chats become reports, words added to reports, or answers about how a report stands. Once each: handlers see to that."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from taydo.engines.cases import actions as cases
from taydo.engines.chats import actions as chats
from taydo.engines.chats import queries as messages
from taydo.engines.files import queries as files
from taydo.engines.mailroom import queries as mailroom
from taydo.engines.notices import actions as notices
from taydo.engines.notices import queries as told
from taydo.engines.notices.tokens import absolute
from taydo.kernel import clock, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .. import queries, rules
from . import add, report

HOUSE, NOBODY = Viewer.system("hotline"), Viewer.anonymous()
PICTURES = ("image/jpeg", "image/png", "image/webp")
MORE_PHOTOS = dt.timedelta(minutes=30)
"""How long after a report a photo without words still belongs to it."""


@action("hotline.keep")
def take_letter(viewer: Viewer, letter_id: int) -> str:
    """Make of a letter what it is: words for a report of its sender's, or a report; returns the code ("" when it holds nothing).

    Photos go with the report, other files with its case, where officials read them.
    """
    letter = mailroom.letter(HOUSE, letter_id)
    kept = [files.file(HOUSE, item["file"]) for item in letter.attachments if item["file"]]
    pictures = [one for one in kept if one.content_type in PICTURES]
    code = rules.code_in(letter.subject) or rules.code_in(told.href_of(letter.notice_id) if letter.notice_id else "")
    about("letter", letter_id)
    if code and _mark_of(code) == sealing.fingerprint(letter.sender):
        if letter.text.strip() or pictures:
            add(NOBODY, code, letter.text, _photos(str(one.id) for one in pictures), token=queries.token_of(code))
    else:
        code = _new_by_letter(letter, pictures, code)
    if code:
        case_id = queries.report(HOUSE, code)["case_id"]
        for one in (one for one in kept if one not in pictures):
            cases.attach(HOUSE, case_id, io.BytesIO(files.open_file(HOUSE, one.id)[1]), one.name)
    return code


def _new_by_letter(letter: mailroom.Letter, pictures: Sequence[files.File], about_code: str) -> str:
    """A report of its own; a letter without words and photos is told so instead."""
    subject = "" if letter.subject.strip() in letter.text else letter.subject.strip()
    words = "\n".join(part for part in (subject, letter.text.strip()) if part)[: rules.MOST_WORDS]
    language = rules.language_of(words)
    if len(words) < 3 and not pictures:
        title = (f"Thư gửi {queries.desk().phone}", f"Your letter to {queries.desk().phone}")
        notices.notify(
            HOUSE,
            "hotline.own",
            f"letter:{letter.id}",
            title,
            rules.SAYS["how"],
            contacts=[("mail", letter.sender, language)],
        )
        return ""
    lon, lat = _place_of(pictures) or (None, None)
    made = report(
        dataclasses.replace(HOUSE, language=language), words if len(words) >= 3 else "(ảnh gửi qua thư)", channel="mail",
        public=queries.desk().letters_public, name=letter.sender_name, email=letter.sender, lon=lon, lat=lat,
        photos=_photos(str(one.id) for one in pictures), key=f"letter:{letter.id}",
        extra={"letter": letter.id, **({"about": about_code} if about_code else {})},
    )  # fmt: skip
    return str(made["code"])


def _mark_of(code: str) -> str:
    return str(sql.value("SELECT email_mark FROM hotline_report WHERE code = %(c)s", {"c": code}) or "")


def _place_of(kept: Sequence[files.File]) -> tuple[float, float] | None:
    """Where the first photo that knows it was taken (read before it was redrawn without)."""
    return next(((one.lon, one.lat) for one in kept if one.lon is not None and one.lat is not None), None)


def _photos(identifiers: Any) -> list[tuple[io.BytesIO, str]]:
    """Files kept with a letter or chat, to be kept with the report."""
    opened = (files.open_file(HOUSE, identifier) for identifier in list(identifiers)[: rules.MOST_PHOTOS])
    return [(io.BytesIO(data), kept.name) for kept, data in opened]


@action("hotline.keep")
def take_chat(viewer: Viewer, message_id: int) -> str:
    """Carry a conversation on by one message; returns what was said in answer."""
    said = messages.message(HOUSE, message_id)
    about("conversation", said.conversation_id)
    kept = [files.file(HOUSE, photo["file"]) for photo in said.photos if photo["file"]]
    place = (said.lon, said.lat) if said.lon is not None and said.lat is not None else _place_of(kept)
    photos = [str(one.id) for one in kept]
    language = rules.language_of(f"{said.draft.get('text', '')} {said.text}")
    answer = _about_a_report(said, photos, language) or _of_a_new_one(said, place, photos, language)
    chats.reply(HOUSE, said.conversation_id, answer, f"hotline:{message_id}")
    return answer


def _about_a_report(said: messages.Message, photos: Sequence[str], language: str) -> str:
    """The answer when a message is about a report there is: asks for its state, or adds to one's own. "" when it is not."""
    code, own = rules.code_in(said.text), _own_reports(said.conversation_id)
    words = said.text.replace(code, "").strip() if code else said.text.strip()
    waiting = next((one["code"] for one in own if one["state"] == "waiting_citizen"), "")
    late = clock.now().isoformat() > str(said.draft.get("until", ""))
    target = (
        code
        or waiting
        or ("" if late or words or not photos or said.lon is not None else str(said.draft.get("last", "")))
    )
    if not target:
        return ""
    mine = target in {one["code"] for one in own}
    if mine and ((words and len(words) > 2) or photos):
        add(NOBODY, target, words, _photos(photos), token=queries.token_of(target))
        return _say("added", language, code=target)
    try:
        found = queries.report(NOBODY, target, queries.token_of(target) if mine else "")
    except Problem:
        return _say("unknown", language, code=target)
    due = f"{found['due_at'].astimezone(clock.LOCAL):%d/%m/%Y}" if found["due_at"] else "—"
    promised = ("Hạn trả lời " if language == "vi" else "An answer is due by ") + due
    return _say(
        "state",
        language,
        code=target,
        state=found["state_word"],
        answer=found["answer"] or promised,
        link=_link(target, mine),
    )


def _of_a_new_one(
    said: messages.Message, place: tuple[float, float] | None, photos: Sequence[str], language: str
) -> str:
    draft, step = rules.converse(said.draft, said.text, place, photos)
    if step != "report":
        chats.remember(HOUSE, said.conversation_id, draft)
        return _say(step, language)
    made = report(
        HOUSE, draft["text"], channel="chat", lon=draft.get("lon"), lat=draft.get("lat"), address=draft.get("address", ""),
        public=queries.desk().letters_public, photos=_photos(draft["photos"]), key=f"chat:{said.id}", senders=[("chat", said.sender_mark)],
        extra={"conversation": said.conversation_id, "provider": said.provider, "language": language},
    )  # fmt: skip
    until = (clock.now() + MORE_PHOTOS).isoformat()
    chats.remember(HOUSE, said.conversation_id, {"last": made["code"], "until": until})
    return _say("reported", language, code=made["code"], link=_link(made["code"], True))


def _own_reports(conversation_id: int) -> list[dict[str, Any]]:
    """Reports that came by this conversation, the newest first: code, state."""
    return sql.rows(
        """SELECT r.code, c.state FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
           WHERE r.channel = 'chat' AND r.extra ->> 'conversation' = %(c)s ORDER BY r.id DESC LIMIT 50""",
        {"c": str(conversation_id)},
    )


def _say(step: str, language: str, **values: str) -> str:
    words = rules.SAYS[step][1 if language == "en" else 0].format_map(values)
    return " ".join(words.split())


def _link(code: str, own: bool) -> str:
    return absolute(f"/report/{code}" + (f"?t={queries.token_of(code)}" if own else ""))
