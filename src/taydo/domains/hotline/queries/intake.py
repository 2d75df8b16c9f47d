"""What an operator needs while somebody is on the line: the caller's earlier reports, duplicates, a category, a known answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.cases import queries as cases
from taydo.engines.places import queries as places
from taydo.engines.suggestions import queries as labels
from taydo.kernel import audit, clock, contacts, i18n, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.methods import likeness

from .. import rules
from . import FROM, PUBLIC, SHOWN, categories, desk, learning, shown


def callers_earlier(viewer: Viewer, phone: str, purpose: str, limit: int = 10) -> list[dict[str, Any]]:
    """Earlier reports of the same phone number, recorded as a look at that person's data. 422 without a purpose."""
    number = contacts.phone(phone)
    if number is None:
        return []
    mark = sealing.fingerprint(number)
    audit.look(viewer, "caller", mark[:12], purpose, viewer.agency, [audit.person_by(number)])
    found = sql.rows(
        f"SELECT {SHOWN} FROM {FROM} WHERE r.phone_mark = %(mark)s ORDER BY r.id DESC LIMIT %(limit)s",
        {"mark": mark, "limit": limit},
    )
    return [shown(record) for record in found]


def duplicates(viewer: Viewer, text: str, lon: float | None, lat: float | None, hashes: list[int] | None = None,
               but: int = 0, limit: int = 5) -> list[dict[str, Any]]:  # fmt: skip
    """Reports that may be the same: near in place and time, similar in words or in a photo; the most alike first.

    Each with `alike` (0 to 1) and `why`, its reasons in words (`methods.likeness`). Nothing is merged by this. `but` is the report
    that is compared: then its own time and photos count, else now and `hashes`.
    """
    if lon is None or lat is None:
        return []
    own = sql.row("SELECT asked_at, photo_hash FROM hotline_report WHERE id = %(id)s", {"id": but}) if but else None
    at, photos = (own["asked_at"], own["photo_hash"]) if own else (clock.now(), hashes or [])
    rule, found = desk(), _near(viewer, text, lon, lat, photos, at, but)
    asked = likeness.Report(text, at, lon, lat, photos=photos)
    scales = likeness.Scales(half_distance_m=rule.near_m * 0.4, half_time_h=rule.near_days * 24 * 0.36)
    scored = []
    for record in found:
        other = likeness.Report(
            record["public_text"], record["asked_at"], record["lon"], record["lat"], photos=record.pop("photo_hash")
        )
        alike = likeness.likeness(asked, other, scales)
        if alike.score >= rule.alike_least:
            why = [i18n.t(reason.vi, reason.en) for reason in alike.reasons]
            scored.append(shown(record) | {"alike": round(alike.score, 2), "why": why})
    return sorted(scored, key=lambda record: (-record["alike"], record["id"]))[:limit]


def _near(
    viewer: Viewer, text: str, lon: float, lat: float, hashes: list[int], at: dt.datetime, but: int
) -> list[dict[str, Any]]:
    """Reports the viewer may see that could be the same: found by index of place, then a few words or bits in common."""
    rule, clause = desk(), cases.may_see(viewer)
    near = rules.box(lon, lat, rule.near_m)
    return sql.rows(
        f"""SELECT * FROM (SELECT {SHOWN}, r.photo_hash, similarity(r.words, %(words)s) AS in_words,
              EXISTS (SELECT 1 FROM unnest(r.photo_hash) a, unnest(%(hashes)s::bigint[]) b WHERE bit_count((a # b)::bit(64)) <= 10) AS same_photo,
              111320 * sqrt(power(r.lat - %(lat)s, 2) + power((r.lon - %(lon)s) * cos(radians(%(lat)s)), 2)) AS metres
            FROM {FROM} WHERE r.lon BETWEEN %(west)s AND %(east)s AND r.lat BETWEEN %(south)s AND %(north)s AND r.asked_at BETWEEN %(since)s AND %(until)s
              AND r.id <> %(but)s AND c.state NOT IN ('merged', 'withdrawn', 'rejected') AND ({PUBLIC} OR ({clause.text}))) d
            WHERE metres <= %(radius)s AND (same_photo OR in_words >= 0.12 OR metres <= 30)
            ORDER BY same_photo DESC, in_words - metres / 1000 DESC LIMIT 50""",
        {"words": places.fold(text), "hashes": hashes, "lat": lat, "lon": lon, "west": near.west, "east": near.east, "south": near.south,
         "north": near.north, "since": at - dt.timedelta(days=rule.near_days), "until": at + dt.timedelta(days=rule.near_days), "but": but, "radius": rule.near_m, **clause.params},
    )  # fmt: skip


def suggestions(text: str, most: int = 3) -> list[dict[str, Any]]:
    """Categories for a text, each with how sure (0 to 1); never more than a suggestion.

    `by` is `reports` when it was learned from the city's closed reports, `words` while it rests on the categories' keywords.
    """
    known = {record["id"]: record for record in categories()}
    learned = [(name, round(sure, 2)) for name, sure in labels.suggest(learning.CATEGORY, text, most) if name in known]
    if learned and labels.learned(learning.CATEGORY):
        return [
            {"category": name, "title": known[name]["title"], "sure": sure, "by": "reports"} for name, sure in learned
        ]
    words = {name: [places.fold(word) for word in record["keywords"]] for name, record in known.items()}
    found = rules.suggested(places.fold(text), words, most)
    return [{"category": name, "title": known[name]["title"], "sure": sure, "by": "words"} for name, sure in found]


def answers(text: str = "", limit: int = 8) -> list[dict[str, Any]]:
    """Known answers whose words are like what was asked, accents or not, the best and most used first."""
    words = places.fold(text)
    found = sql.rows(
        """SELECT *, word_similarity(%(words)s, words) AS alike FROM hotline_answer WHERE active
           AND (%(words)s = '' OR word_similarity(%(words)s, words) > 0.42) ORDER BY alike DESC, used DESC, id LIMIT %(limit)s""",
        {"words": words, "limit": limit},
    )
    return [
        record
        | {
            "question": i18n.t(record["question_vi"], record["question_en"]),
            "answer": i18n.t(record["answer_vi"], record["answer_en"]),
        }
        for record in found
    ]


def waiting_calls(limit: int = 50) -> list[dict[str, Any]]:
    """Who waits to be called back, the longest first; numbers are masked."""
    found = sql.rows(
        "SELECT id, at, kind, phone, note FROM hotline_call WHERE done_at IS NULL ORDER BY at LIMIT %(limit)s",
        {"limit": limit},
    )
    return [record | {"phone": contacts.masked(sealing.unseal(record["phone"]))} for record in found]


def calls_today() -> dict[str, int]:
    """Calls of today, those in and those out apart; callbacks waiting; reports held for a person."""
    today = dt.datetime.combine(clock.today(), dt.time(), clock.LOCAL)
    found = sql.row(
        """SELECT count(*) FILTER (WHERE kind IN ('in', 'voicemail', 'callback') AND at >= %(today)s) AS calls_in,
             count(*) FILTER (WHERE kind = 'out' AND at >= %(today)s) AS calls_out,
             count(*) FILTER (WHERE kind = 'walk_in' AND at >= %(today)s) AS visitors, count(*) FILTER (WHERE done_at IS NULL) AS waiting,
             (SELECT count(*) FROM hotline_report WHERE held <> '') AS held
           FROM hotline_call WHERE at >= %(today)s OR done_at IS NULL""",
        {"today": today},
    )
    return {name: int(number) for name, number in (found or {}).items()}


def held(viewer: Viewer, limit: int = 200) -> list[dict[str, Any]]:
    """Reports that wait for a person, the oldest first, with why (`held`), of those the viewer may see."""
    clause = cases.may_see(viewer)
    found = sql.rows(
        f"SELECT {SHOWN}, r.held, r.text FROM {FROM} WHERE r.held <> '' AND ({clause.text}) ORDER BY r.id LIMIT %(limit)s",
        {"limit": limit, **clause.params},
    )
    return [shown(record) for record in found]
