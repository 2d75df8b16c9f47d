"""Writes of the hotline that begin with people who report: take a report, add to it, rate, reopen, withdraw. Officials': `handling`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from taydo.engines.cases import actions as cases
from taydo.engines.files import actions as files
from taydo.engines.files import store
from taydo.engines.files.actions import Readable
from taydo.kernel import clock, contacts, i18n, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, missing
from taydo.kernel.events import emit
from taydo.methods.likeness import hash_of

from .. import queries, rules
from ..events import ReportRated
from ..models import CHANNELS

HOUSE = Viewer.system("hotline")
ASKER = dataclasses.replace(HOUSE, name=rules.OWN)
"""The house acting for whoever reported: officials read no name on the timeline."""
KEY_LEAST = 16
OPEN_CHANNELS = ("web", "app", "open311")
"""Channels on which people write themselves; on the others an operator, or the house, writes for them."""
_INSERT = """
INSERT INTO hotline_report (id, case_id, code, channel, category, text, public_text, words, address, unit_code, lon, lat, public, listed, held,
  urgent, actor_id, name, phone, email, phone_mark, email_mark, senders, language, asked_at, token_hash, client_key, photo_hash, extra)
VALUES (%(id)s, %(case_id)s, %(code)s, %(channel)s, %(category)s, %(text)s, %(public_text)s, cases_fold(%(words)s), %(address)s, %(unit_code)s,
  %(lon)s, %(lat)s, %(public)s, %(listed)s, %(held)s, %(urgent)s, %(actor_id)s, %(name)s, %(phone)s, %(email)s, %(phone_mark)s, %(email_mark)s,
  %(senders)s, %(language)s, %(asked_at)s, %(token_hash)s, %(client_key)s,
  %(photo_hash)s, %(extra)s::jsonb)
"""
_SECRET = ("text", "address", "name", "phone", "email", "photos", "key", "extra", "senders")


@action("hotline.report", secret=_SECRET, open_to_all=True)
def report(
    viewer: Viewer, text: str, *, category: str = "", lon: float | None = None, lat: float | None = None, unit_code: str = "",
    address: str = "", channel: str = "web", public: bool = True, name: str = "", phone: str = "", email: str = "",
    photos: Sequence[tuple[Readable, str]] = (), key: str = "", urgent: bool = False, senders: Sequence[tuple[str, str]] = (),
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take a report from anybody; returns code, case_id, token, href, public, held ("" unless it waits for a person first).

    The same `key` again gives the same report. Place: the point, else the photo's own, else commune and words. `senders`: (kind,
    value) of who sends, such as address or device, kept as marks only. 422 names each wrong field; a denunciation becomes private.
    """
    if channel not in OPEN_CHANNELS:
        viewer.require("hotline.take_calls", queries.desk().centre)
    given: dict[str, Any] = {
        "text": text.strip(), "category": category, "lon": lon, "lat": lat, "unit_code": unit_code, "address": address.strip()[:500],
        "channel": channel, "name": name.strip()[:120], "urgent": urgent, "extra": json.dumps(extra or {}, ensure_ascii=False),
        "language": viewer.language if viewer.signed_in else i18n.language(), "client_key": _key(viewer, channel, key),
        "actor_id": viewer.actor_id if channel in ("web", "app", "open311") and viewer.kind != "system" else None,
    }  # fmt: skip
    given |= _contacts(phone, email)
    _check(given, photos)
    if earlier := _earlier(given["client_key"]):
        return earlier
    given["id"] = int(sql.value("SELECT nextval('hotline_report_id_seq')"))
    _keep_photos(given, photos)
    given["unit_code"] = queries.unit_of(given["lon"], given["lat"], given["unit_code"])
    given["senders"] = _marks(given, senders)
    return _open(given, public)


def _key(viewer: Viewer, channel: str, key: str) -> str | None:
    """The client's key as it is kept: nobody reaches another's report by guessing it."""
    if not key:
        return None
    if not viewer.signed_in and not KEY_LEAST <= len(key) <= 120:
        raise invalid(
            "key_length",
            "Khoá gửi phải dài 16–120 ký tự.",
            "The client key must have 16 to 120 characters.",
            field="key",
        )
    return sealing.fingerprint(f"hotline key|{channel}|{viewer.username}|{key}")


def _contacts(phone: str, email: str) -> dict[str, str]:
    number, address = contacts.phone(phone) or "", contacts.email(email) or ""
    wrong = {}
    if phone.strip() and not number:
        wrong["phone"] = i18n.t("Số điện thoại chưa đúng.", "This is no phone number.")
    if email.strip() and not address:
        wrong["email"] = i18n.t("Địa chỉ thư chưa đúng.", "This is no e-mail address.")
    if wrong:
        raise invalid("report_incomplete", "Có chỗ chưa đúng.", "Something is not right.", **wrong)
    return {
        "phone": number, "email": address, "phone_mark": sealing.fingerprint(number) if number else "",
        "email_mark": sealing.fingerprint(address) if address else "",
    }  # fmt: skip


def _check(given: dict[str, Any], photos: Sequence[Any]) -> None:
    wrong: dict[str, str] = {}
    if len(given["text"]) < 3 and not (photos and given["category"]):
        wrong["text"] = i18n.t("Hãy viết chuyện gì xảy ra.", "Write what is wrong.")
    if len(given["text"]) > rules.MOST_WORDS or "\0" in given["text"]:
        wrong["text"] = i18n.t(
            f"Nội dung dài quá {rules.MOST_WORDS} ký tự.", f"More than {rules.MOST_WORDS} characters."
        )
    if len(photos) > rules.MOST_PHOTOS:
        wrong["photos"] = i18n.t(f"Nhiều nhất {rules.MOST_PHOTOS} ảnh.", f"At most {rules.MOST_PHOTOS} photos.")
    if given["category"] and queries.category(given["category"]) is None:
        wrong["category"] = i18n.t("Không có loại này.", "There is no such category.")
    lon, lat = given["lon"], given["lat"]
    if (lon is None) != (lat is None) or (lon is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90)):
        wrong["place"] = i18n.t("Vị trí chưa đúng.", "The place is not right.")
    if given["channel"] not in CHANNELS:
        wrong["channel"] = i18n.t("Không có kênh này.", "There is no such channel.")
    if wrong:
        raise invalid("report_incomplete", "Phản ánh còn thiếu hoặc sai.", "The report lacks something.", **wrong)


def _earlier(mark: str | None) -> dict[str, Any] | None:
    """The report already taken under this key; a second request that comes meanwhile waits here for the first one's end."""
    if mark is None:
        return None
    sql.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(m)s, 0))", {"m": mark})
    found = sql.row("SELECT id, code, case_id, public, held FROM hotline_report WHERE client_key = %(m)s", {"m": mark})
    return _answer(found) | {"again": True} if found else None


def _answer(found: dict[str, Any]) -> dict[str, Any]:
    token = queries.token_of(found["code"])
    return {
        "id": found["id"], "code": found["code"], "case_id": found["case_id"], "token": token, "public": found["public"],
        "held": found["held"], "href": f"/report/{found['code']}?t={token}", "again": False,
    }  # fmt: skip


def _keep_photos(given: dict[str, Any], photos: Sequence[tuple[Readable, str]]) -> None:
    """Keep the photos and the hashes by which they are known again; the first that knows its place gives it to a report without one."""
    given["photo_hash"] = []
    for stream, label in photos:
        kept = files.keep(HOUSE, stream, label, object_kind="report", object_id=str(given["id"]))
        if kept.width and (known := hash_of(store.read(kept.sha256))) is not None:
            given["photo_hash"].append(known)
        if given["lon"] is None and kept.lon is not None:
            given["lon"], given["lat"] = kept.lon, kept.lat


def _marks(given: dict[str, Any], senders: Sequence[tuple[str, str]]) -> list[str]:
    known = [(kind, value) for kind, value in senders if value]
    known += [(kind, given[kind]) for kind in ("phone", "email") if given[kind]]
    if given["actor_id"]:
        known.append(("account", str(given["actor_id"])))
    return [f"{kind}:{sealing.fingerprint(value)[:32]}" for kind, value in known]


def _held(given: dict[str, Any]) -> str:
    rule, marks = queries.desk(), given["senders"]
    if given["channel"] in ("phone", "desk", "import") or not marks:
        return ""
    counted = sql.rows(
        """SELECT split_part(m, ':', 1) AS kind, count(*) AS n FROM hotline_report r CROSS JOIN unnest(r.senders) m
           WHERE r.senders && %(marks)s AND m = ANY(%(marks)s) AND r.asked_at > %(since)s GROUP BY 1""",
        {"marks": marks, "since": clock.now() - dt.timedelta(hours=rule.burst_hours)},
    )
    blocked = sql.value(
        "SELECT EXISTS (SELECT FROM hotline_block WHERE mark = ANY(%(marks)s) AND (until IS NULL OR until > %(now)s))",
        {"marks": marks, "now": clock.now()},
    )
    return rules.held_for(
        {item["kind"]: item["n"] for item in counted},
        {str(kind): most for kind, most in rule.burst.items()},
        bool(blocked),
    )


def _open(given: dict[str, Any], public: bool) -> dict[str, Any]:
    """Open the case at the centre and write the report beside it."""
    rule = queries.desk()
    category = queries.category(given["category"]) or {}
    secret = category.get("private") or queries.reads_like_denunciation(given["text"])
    held = _held(given)
    shown: dict[str, Any] = {
        "public": public and not secret, "held": held, "listed": public and not secret and not held and rule.moderation == "immediately",
        "urgent": given["urgent"] or category.get("deadline_class") == "urgent", "public_text": rules.masked(given["text"]),
    }  # fmt: skip
    title = rules.title_of(given["text"], category.get("title_vi", "Phản ánh"))
    opened = cases.open_case(
        ASKER, "report", title, agency=rule.centre, summary=given["text"], subject=("report", str(given["id"])),
        unit_code=given["unit_code"], lon=given["lon"], lat=given["lat"], public=shown["listed"], priority=int(shown["urgent"]),
        restricted=not shown["public"], asker_id=given["actor_id"],
        deadline="urgent" if shown["urgent"] else category.get("deadline_class", "standard"),
    )  # fmt: skip
    given |= shown | {
        "case_id": opened["id"], "code": opened["code"], "asked_at": clock.now(), "token_hash": queries.token_hash(queries.token_of(opened["code"])),
        "words": " ".join((opened["code"], shown["public_text"], rules.masked(given["address"]), category.get("title_vi", ""))),
    }  # fmt: skip
    about("report", given["code"], rule.centre)
    sql.execute(_INSERT, given | {part: sealing.seal(given[part]) for part in ("name", "phone", "email")})
    return _answer(given)


def _own(viewer: Viewer, code: str, token: str) -> dict[str, Any]:
    """A report of the viewer's own; the same 404 for everybody else."""
    found = queries.report(viewer, code, token)
    if not found["owner"]:
        raise missing("no_report", "Không có phản ánh này.", "There is no such report.")
    about("report", found["code"], found["agency"])
    return found


@action("hotline.add", secret=("token", "text", "photos"), open_to_all=True)
def add(
    viewer: Viewer, code: str, text: str = "", photos: Sequence[tuple[Readable, str]] = (), *, token: str = ""
) -> dict[str, Any]:
    """The reporter adds words or photos; a report that waited for them goes on."""
    found = _own(viewer, code, token)
    text = text.strip()[: rules.MOST_WORDS]
    if not text and not photos:
        raise invalid("nothing_added", "Hãy viết thêm hoặc gửi ảnh.", "Write something or send a photo.", field="text")
    for stream, label in photos[: rules.MOST_PHOTOS]:
        files.keep(HOUSE, stream, label, object_kind="report", object_id=str(found["id"]))
    note = text or i18n.t("Đã gửi thêm ảnh.", "More photos were sent.")
    if found["state"] == "waiting_citizen":
        cases.move(ASKER, found["case_id"], "citizen_answered", note)
    else:
        cases.comment(ASKER, found["case_id"], note, public=True)
    return {"code": found["code"]}


@action("hotline.rate", secret=("token", "text"), open_to_all=True)
def rate(viewer: Viewer, code: str, rating: int, text: str = "", *, token: str = "") -> dict[str, Any]:
    """The reporter rates the answer, 1 to 5; again replaces the earlier rating. 409 before there is an answer.

    Who is content ends it: from the city's `close_rating` on the report closes at once.
    """
    found = _own(viewer, code, token)
    if not 1 <= rating <= 5:
        raise invalid("rating_range", "Chấm từ 1 đến 5.", "Rate from 1 to 5.", field="rating")
    if not rules.may_rate(found["state"]):
        raise conflict("not_answered", "Phản ánh chưa có trả lời để chấm.", "There is no answer to rate yet.")
    sql.execute(
        "UPDATE hotline_report SET rating = %(r)s, rating_text = %(t)s, rated_at = %(now)s WHERE id = %(id)s",
        {"r": rating, "t": text.strip()[:1000], "now": clock.now(), "id": found["id"]},
    )
    if found["state"] == "answered" and rating >= queries.desk().close_rating:
        cases.move(ASKER, found["case_id"], "close")
    emit(ReportRated(found["id"], found["code"], found["agency"], rating), found["code"])
    return {"code": found["code"], "rating": rating, "ask_why": rating <= 2 and not text.strip()}


@action("hotline.reopen", secret=("token", "reason"), open_to_all=True)
def reopen(viewer: Viewer, code: str, reason: str, *, token: str = "") -> dict[str, Any]:
    """The reporter says it is not done: it opens again with a new deadline. 422 without a reason, 409 too late or not answered."""
    found = _own(viewer, code, token)
    if not reason.strip():
        raise invalid("reason_missing", "Hãy viết vì sao chưa xong.", "Say what is not done.", field="reason")
    days = queries.desk().reopen_days
    if not rules.may_reopen(found["state"], found["answered_at"] or found["closed_at"], days, clock.now()):
        raise conflict(
            "not_to_reopen", f"Chỉ mở lại được trong {days} ngày sau khi có trả lời.",
            f"A report can be reopened within {days} days after its answer.",
        )  # fmt: skip
    cases.move(ASKER, found["case_id"], "reopen", reason.strip()[: rules.MOST_WORDS])
    return {"code": found["code"]}


@action("hotline.withdraw", secret=("token",), open_to_all=True)
def withdraw(viewer: Viewer, code: str, reason: str = "", *, token: str = "") -> dict[str, Any]:
    """The reporter takes the report back; it is no longer shown to strangers. 409 when it has ended."""
    found = _own(viewer, code, token)
    if not rules.may_withdraw(found["state"]):
        raise conflict("has_ended", "Phản ánh đã kết thúc.", "The report has ended.")
    cases.move(ASKER, found["case_id"], "withdraw", reason.strip()[:1000])
    sql.execute("UPDATE hotline_report SET listed = FALSE WHERE id = %(id)s", {"id": found["id"]})
    cases.set_visibility(ASKER, found["case_id"], public=False, restricted=not found["public"])
    return {"code": found["code"]}
