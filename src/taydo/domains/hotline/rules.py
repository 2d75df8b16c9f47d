"""What decides about reports, as pure functions: what strangers may read, what a report is about, who is responsible, what is held."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taydo.methods.labelling import folded

MASK = "•••"
MOST_WORDS = 5000
MOST_PHOTOS = 5
OWN = "Người phản ánh"
"""How the timeline calls whoever reported: officials see no name without giving a purpose."""

_GAP = r"[\s.\-()_/]{0,3}"
_PHONE = re.compile(rf"(?<!\d)(?:\+{_GAP}8{_GAP}4|8{_GAP}4|0)(?:{_GAP}\d){{8,10}}(?!\d)")
_LONG = re.compile(r"\d{8,}")
_GROUPED = re.compile(r"(?<!\d)\d{3}(?:[ .\-]\d{3}){2,3}(?![\d.])(?!\s*(?:đồng|đ\b|vnđ|vnd|triệu))", re.I)
_MAIL = re.compile(r"[^\s@<>,;:()\"]+\s?@\s?[a-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]+)+", re.I)


def masked(text: str) -> str:
    """Words as strangers may read them: phone numbers, e-mail addresses, identity and account numbers become •••.

    NĐ 13/2023/NĐ-CP and Luật 91/2025/QH15: contact and identity numbers are personal data. Amounts of money stay.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    for pattern in (_MAIL, _PHONE, _GROUPED, _LONG):
        plain = pattern.sub(MASK, plain)
    return plain


def title_of(text: str, category: str, most: int = 90) -> str:
    """A short title: the first sentence of the words, else the category."""
    line = next((part.strip() for part in re.split(r"[\n.!?;]", text) if part.strip()), "") or category
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def holds(folded: str, word: str) -> bool:
    """Whether folded words hold a folded word or phrase as a whole."""
    return bool(word) and f" {word} " in f" {folded} "


def denounces(folded: str, words: Iterable[str]) -> bool:
    """Whether words read like a denunciation or complaint about officials, which stays secret (Luật Tố cáo 2018, Đ8 and Đ47-58)."""
    return any(holds(folded, word) for word in words)


def code_of(source: str, folded: str) -> str:
    """A code for programs from folded words, such as NYC-NOISE-RESIDENTIAL."""
    return re.sub(r"[^A-Z0-9]+", "-", f"{source} {folded}".upper()).strip("-")


def is_responsible(rule: str) -> bool:
    """Whether a category's rule of responsibility can be read: `local`, `centre`, `field:<field>` or an agency's code."""
    return bool(re.fullmatch(r"local|centre|field:[a-z-]+|[A-Y][0-9]{2}(\.[A-Z0-9]+)*", rule))


def suggested(folded: str, keywords: Mapping[str, Sequence[str]], most: int = 3) -> list[tuple[str, float]]:
    """Categories whose folded keywords occur in folded words, best first, each with its share of the evidence (0 to 1).

    Longer phrases count more. A rule of thumb for the first day; what was learnt from closed reports takes its place.
    """
    scores = {
        name: sum(len(word.split()) ** 1.5 for word in set(words) if holds(folded, word))
        for name, words in keywords.items()
    }
    total = sum(scores.values())
    found = sorted(((name, score) for name, score in scores.items() if score), key=lambda pair: (-pair[1], pair[0]))
    return [(name, round(score / (total + 1), 2)) for name, score in found[:most]]


def held_for(counts: Mapping[str, int], most: Mapping[str, int], blocked: bool) -> str:
    """Why a report waits for a person before anything else: `blocked`, `burst`, or nothing.

    `counts`: how many reports each kind of sender mark has sent lately, this one not counted.
    """
    if blocked:
        return "blocked"
    return "burst" if any(kind in most and number >= most[kind] for kind, number in counts.items()) else ""


@dataclass(frozen=True)
class Box:
    """Degrees around a point that hold every place within some metres of it."""

    west: float
    south: float
    east: float
    north: float


def box(lon: float, lat: float, metres: float) -> Box:
    """The smallest box around a circle; near the poles the whole circle of latitude."""
    high = metres / 111_320
    wide = min(180.0, high / max(math.cos(math.radians(lat)), 1e-6))
    return Box(lon - wide, lat - high, lon + wide, lat + high)


def may_reopen(state: str, since: dt.datetime | None, days: int, now: dt.datetime) -> bool:
    """Whether the reporter may still say that it is not done: so many days after the answer."""
    return state in ("answered", "closed", "rejected") and since is not None and now - since <= dt.timedelta(days=days)


def may_withdraw(state: str) -> bool:
    """Whether the reporter may take the report back."""
    return state in ("received", "routed", "in_progress", "waiting_citizen")


def may_rate(state: str) -> bool:
    """Whether there is an answer to rate."""
    return state in ("answered", "closed")


STEPS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "received": (
        ("Đã nhận phản ánh {code}", "Report {code} received"),
        ("Chúng tôi sẽ trả lời trước {due}.", "We will answer by {due}."),
    ),
    "forwarded": (
        ("Phản ánh {code} đã chuyển cơ quan xử lý", "Report {code} was forwarded"),
        ("{agency} đang xử lý; hạn trả lời {due}.", "{agency} takes care of it; an answer is due by {due}."),
    ),
    "waiting_citizen": (
        ("Phản ánh {code} cần bạn bổ sung", "Report {code} needs something from you"),
        ("{note}", "{note}"),
    ),
    "answered": (
        ("Phản ánh {code} đã có trả lời", "Report {code} was answered"),
        ("{note} Mời bạn chấm điểm; chưa xong thì bấm mở lại.", "{note} Please rate it; reopen it if it is not fixed."),
    ),
    "rejected": (
        ("Phản ánh {code} không được tiếp nhận", "Report {code} was not accepted"),
        ("Lý do: {note}", "Reason: {note}"),
    ),
    "reopened": (
        ("Phản ánh {code} đã mở lại", "Report {code} was reopened"),
        ("{agency} xử lý lại; hạn mới {due}.", "{agency} works on it again; new date {due}."),
    ),
    "merged": (
        ("Phản ánh {code} được gộp với phản ánh trùng", "Report {code} was merged with another"),
        ("Bạn sẽ được báo khi phản ánh chung có trả lời.", "You will be told when the common report is answered."),
    ),
    "late": (
        ("Xin lỗi bạn: phản ánh {code} trễ hạn", "We are sorry: report {code} is late"),
        (
            "{agency} chưa trả lời đúng hạn {due}. Chúng tôi đã nhắc cơ quan này.",
            "{agency} has not answered by {due}. We have reminded them.",
        ),
    ),
    "extended": (
        ("Xin lỗi bạn: phản ánh {code} cần thêm thời gian", "We are sorry: report {code} needs more time"),
        ("{agency} hẹn trả lời trước {due}.", "{agency} now promises an answer by {due}."),
    ),
}
"""What the reporter is told at each public step: (title vi, en), (body vi, en)."""


def told(step: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Title and body of a step's notice in one language."""
    at = 1 if language == "en" else 0
    title, body = STEPS[step]
    return title[at].format_map(values), " ".join(body[at].format_map(values).split())


STEP_OF_STATE = {
    "answered": "answered",
    "rejected": "rejected",
    "waiting_citizen": "waiting_citizen",
    "merged": "merged",
}


_CODE = re.compile(r"(?<![A-Za-z0-9])PA[- ]?([0-9A-Z]{7})(?![A-Za-z0-9])", re.I)
_MARKS = re.compile("[ăâđêôơư\u0300-\u036f]")
_ENGLISH = {"the", "is", "a", "on", "in", "at", "my", "there", "street", "please", "and", "not", "hello", "of"}
_STOP = {"huy", "thoi", "huy bo", "cancel", "stop"}
_SKIP = {"bo qua", "khong biet", "khong", "khong co", "skip", "no", "xong", "done"}
_GREETING = {"hi", "hello", "alo", "a lo", "chao", "xin chao", "chao ban", "bat dau", "start", "help", "giup", "menu"}
_THANKS = {"cam on", "cam on ban", "thanks", "thank you", "ok", "oke", "da", "vang"}
SAYS: dict[str, tuple[str, str]] = {
    "greet": (
        "Tổng đài 1022 xin chào. Hãy viết chuyện gì xảy ra, gửi ảnh và vị trí. Gửi mã phản ánh (PA-…) để xem tiến độ.",
        "This is 1022. Write what is wrong, send a photo and the place. Send a report's code (PA-…) to see how it stands.",
    ),
    "ask_text": ("Đã nhận. Hãy viết thêm: chuyện gì xảy ra?", "Received. Please write: what is wrong?"),
    "ask_place": (
        "Ở đâu? Hãy chia sẻ vị trí, hoặc viết địa chỉ. Viết “bỏ qua” nếu không rõ.",
        "Where? Share the place or write the address. Write “skip” if you do not know.",
    ),
    "cancelled": ("Đã huỷ, chưa ghi phản ánh nào.", "Cancelled; nothing was reported."),
    "thanks": ("Cảm ơn bạn.", "Thank you."),
    "reported": (
        "Đã ghi phản ánh {code}. Xem tiến độ: {link}",
        "Report {code} was written down. Follow it: {link}",
    ),
    "added": ("Đã thêm vào phản ánh {code}.", "Added to report {code}."),
    "unknown": ("Không có phản ánh {code} mà bạn xem được.", "There is no report {code} that you may see."),
    "state": ("{code}: {state}. {answer} {link}", "{code}: {state}. {answer} {link}"),
    "how": (
        "Thư của bạn chưa có nội dung. Hãy viết chuyện gì xảy ra, ở đâu, và kèm ảnh nếu có.",
        "Your letter holds no words. Please write what is wrong and where, with a photo if you have one.",
    ),
}
"""What we answer in letters and chats: (Vietnamese, English)."""


def code_in(text: str) -> str:
    """The code of a report named in words, or ""."""
    found = _CODE.search(text)
    return f"PA-{found[1].upper()}" if found else ""


def language_of(text: str) -> str:
    """`en` for words that are plainly English, else `vi`."""
    if _MARKS.search(unicodedata.normalize("NFD", text.lower())):
        return "vi"
    return "en" if len(_ENGLISH & set(re.findall(r"[a-z]+", text.lower()))) >= 2 else "vi"


def converse(
    draft: Mapping[str, Any], text: str, place: tuple[float, float] | None, photos: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """What is known of a report after one more message, and what to do: greet, thanks, cancelled, ask_text, ask_place or report.

    The draft holds text, lon, lat, address, photos and which `step` was asked for. A place is asked for once.
    """
    said, step = folded(" ".join(re.findall(r"\w+", text))), draft.get("step", "")
    if said in _STOP:
        return {}, "cancelled"
    known = {key: item for key, item in draft.items() if key in ("text", "lon", "lat", "address", "photos")}
    known["photos"] = [*known.get("photos", []), *photos][:MOST_PHOTOS]
    if place:
        known["lon"], known["lat"] = place
    if not known.get("text") and not place and not photos and said in _GREETING | _THANKS:
        return dict(draft), "thanks" if said in _THANKS else "greet"
    if step == "place":
        if said and said not in _SKIP:
            known["address"] = text.strip()[:500]
        return (known, "report") if said or place else (known | {"step": step}, "ask_place")
    if text.strip():
        known["text"] = "\n".join(part for part in (known.get("text", ""), text.strip()) if part)[:MOST_WORDS]
    if len(known.get("text", "")) < 3:
        return known | {"step": "text"}, "ask_text"
    return (known, "report") if known.get("lon") is not None else (known | {"step": "place"}, "ask_place")
