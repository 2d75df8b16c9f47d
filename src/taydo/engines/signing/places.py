"""Where visible signatures stand and how they look, after NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 7 and 8. Nothing here knows the database.

The person's between office and name, blue. The agency's seal red, of its real size, over about a third of the person's, to the left. Without a
place for a person (a copy, an attachment): the agency's words at the top right of the first page, black, 10 pt, with the instant of signing.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from . import seals
from .pades import Look, Place

MM = 72 / 25.4
PERSON = (70 * MM, 27 * MM)
"""Width and height of a person's visible signature, points."""
SEAL = 36 * MM
"""Width of a seal, points, unless its key says otherwise (`seal_mm`)."""
CORNER = (90 * MM, 14 * MM)
BLUE, RED, BLACK = "#12308f", "#c8102e", "#000000"


def spots(pdf: bytes) -> dict[str, tuple[int, float, float]]:
    """Places that a paper names for signatures (destinations `ky-…`): page from 0, x and y in points from the lower left."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        names = reader.root["/Names"]["/Dests"]["/Names"]
        page_of: Any = reader.find_page_for_modification
        pages = [page_of(at)[0].idnum for at in range(int(reader.root["/Pages"]["/Count"]))]
        found = {}
        for at in range(0, len(names), 2):
            if str(names[at]).startswith("ky-"):
                goal = names[at + 1]
                goal = goal["/D"] if isinstance(goal, DictionaryObject) else goal
                number = goal.raw_get(0).idnum
                found[str(names[at])[3:]] = (pages.index(number), float(goal[2]), float(goal[3]))
        return found
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, PdfReadError):
        return {}


def look(pdf: bytes, key: Mapping[str, Any], at: int, given: Sequence[Place], now: dt.datetime) -> Look | None:
    """How signature number `at` of a paper is seen: at the place that was given, else where NĐ 30/2020 puts it, else not at all.

    `key`: its row (role, subject, config with `image`: PNG in base64, `seal_mm`); `now`: the instant that is written, in its own time zone.
    """
    role, config = str(key["role"]), key["config"]
    picture = base64.b64decode(config.get("image", "") or "")
    stamp = f"{now:%d/%m/%Y %H:%M:%S} {now:%z}"[:-2] + ":00"
    found = spots(pdf).get("officer")
    if given:
        place = given[at] if at < len(given) else None
    elif role == "seal":
        place = _seal(found, float(config.get("seal_mm", 0)) * MM or SEAL) if found else corner(pdf)
    else:
        place = _person(found) if found else None
    if place is None:
        return None
    width, height = place.box[2] - place.box[0], place.box[3] - place.box[1]
    if role == "seal" and (given or found):
        return Look(place, picture or seals.words([key["subject"], stamp], width, height, RED, 9))
    if role == "seal":
        return Look(place, seals.words([key["subject"], stamp], width, height, BLACK, 10))
    lines = [f"Ký bởi: {key['subject']}", f"Thời gian ký: {stamp}"]
    return Look(place, seals.words(lines, width, height, BLUE, 9, picture))


def _person(spot: tuple[int, float, float]) -> Place:
    page, x, top = spot
    width, height = PERSON
    return Place(page, _box(x - width / 2, top - height - 4, width, height))


def _seal(spot: tuple[int, float, float], size: float) -> Place:
    """Over the left third of the person's signature, its middle at the same height."""
    page, x, top = spot
    width, height = PERSON
    right = x - width / 2 + width / 3
    return Place(page, _box(right - size, top - 4 - height / 2 - size / 2, size, size))


def corner(pdf: bytes) -> Place | None:
    """The top right of the first page."""
    try:
        box = PdfFileReader(io.BytesIO(pdf), strict=False).root["/Pages"]["/Kids"][0].get("/MediaBox", [0, 0, 595, 842])
        right, top = float(box[2]), float(box[3])
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, PdfReadError):
        return None
    width, height = CORNER
    return Place(0, _box(right - width - 10 * MM, top - height - 4 * MM, width, height))


def _box(x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
    return round(x), round(y), round(x + width), round(y + height)
