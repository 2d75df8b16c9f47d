"""How alike two reports are: by words, place, time and photo, from 0 to 1, with the reasons. People decide whether they are one.

Words: shared words and shared runs of three letters, both without marks (Dice 1945; token sets as in fuzzy record linkage,
Christen, "Data Matching", 2012). Place: great circle on a sphere of 6,371,008.8 m (IUGG mean radius). Photo: perceptual hash
of 64 bits by the discrete cosine transform (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010)
compared by Hamming distance; two photos of one pothole from two phones differ in it, the same photo sent twice does not.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import imagehash
import numpy as np
from PIL import Image

from .labelling import folded, words

EARTH_M = 6_371_008.8
_MASK = (1 << 64) - 1
_FLAT = 3.0
"""Standard deviation of grey values (0 to 255) below which a picture shows nothing to tell it by."""


@dataclass(frozen=True, slots=True)
class Scales:
    """What counts as near; an official may change it. At `half_*` a likeness has fallen to one half."""

    half_distance_m: float = 80.0
    half_time_h: float = 120.0
    photo_bits: int = 10
    other_category: float = 0.6
    unknown: float = 0.5
    words_share: float = 0.6


@dataclass(frozen=True, slots=True)
class Report:
    """What is compared; place in degrees (WGS 84), `photos` are hashes by `photo_hash`."""

    text: str
    at: dt.datetime
    lon: float | None = None
    lat: float | None = None
    category: str = ""
    photos: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign: `words place time photo category`, how alike by it (0 to 1), and what was measured, in words."""

    sign: str
    alike: float
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A score from 0 to 1 and its reasons."""

    score: float
    reasons: tuple[Reason, ...] = field(default=())


def likeness(one: Report, other: Report, scales: Scales | None = None) -> Likeness:
    """How alike two reports are, the same whichever comes first; 1 for a report and itself.

    Place and time limit what words can say: the same words 2 km apart are two lamps. What is not known neither helps nor rules
    out. The same photo speaks for itself.
    """
    by = scales or Scales()
    reasons = [_words(one, other, by), _place(one, other, by), _time(one, other, by)]
    said, near, soon = (item.alike for item in reasons)
    score = near * soon * (1 - by.words_share + by.words_share * said)
    if one.category and other.category and one.category != other.category:
        score *= by.other_category
        reasons.append(Reason("category", by.other_category, "khác lĩnh vực", "another category"))
    if (photo := _photo(one, other, by)) is not None:
        score = 1 - (1 - score) * (1 - photo.alike)
        reasons.append(photo)
    return Likeness(score, tuple(reasons))


def _words(one: Report, other: Report, by: Scales) -> Reason:
    alike = text_likeness(one.text, other.text)
    if alike is None:
        return Reason("words", by.unknown, "không có lời để so", "no words to compare")
    return Reason("words", alike, f"lời giống {alike:.0%}", f"words {alike:.0%} alike")


def _place(one: Report, other: Report, by: Scales) -> Reason:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return Reason("place", by.unknown, "không rõ vị trí", "place not known")
    metres = distance_m(one.lon, one.lat, other.lon, other.lat)
    return Reason("place", 0.5 ** (metres / by.half_distance_m), f"cách {metres:.0f} m", f"{metres:.0f} m apart")


def _time(one: Report, other: Report, by: Scales) -> Reason:
    hours = abs((one.at - other.at).total_seconds()) / 3600
    return Reason("time", 0.5 ** (hours / by.half_time_h), f"cách {hours:.0f} giờ", f"{hours:.0f} hours apart")


def _photo(one: Report, other: Report, by: Scales) -> Reason | None:
    if not one.photos or not other.photos:
        return None
    bits = min(hamming(first, second) for first in one.photos for second in other.photos)
    if bits > by.photo_bits:
        return None
    alike = 1 - 0.5 * bits / max(by.photo_bits, 1)
    return Reason(
        "photo", alike, f"ảnh gần như một (lệch {bits}/64 bit)", f"nearly the same photo ({bits}/64 bits differ)"
    )


def text_likeness(one: str, other: str) -> float | None:
    """How alike two texts are, marks and order of words aside; None when one of them has no words."""
    first, second = [folded(word) for word in words(one)], [folded(word) for word in words(other)]
    if not first or not second:
        return None
    if sorted(first) == sorted(second):
        return 1.0
    return max(_dice(_threes(first), _threes(second)), 0.9 * _dice(set(first), set(second)))


def _threes(said: list[str]) -> set[str]:
    joined = f"  {' '.join(said)} "
    return {joined[at : at + 3] for at in range(len(joined) - 2)}


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def distance_m(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Metres along the great circle between two places in degrees (haversine)."""
    up, down = math.radians(lat), math.radians(lat2)
    chord = math.sin((down - up) / 2) ** 2 + math.cos(up) * math.cos(down) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(chord)))


def photo_hash(picture: Image.Image) -> int | None:
    """64 bits that stay when a picture is made smaller or pressed harder, as a signed integer; None for a picture of nothing."""
    grey = picture.convert("L")
    if float(np.asarray(grey, np.float32).std()) < _FLAT:
        return None
    bits = int(str(imagehash.phash(grey)), 16)
    return bits - (1 << 64) if bits >> 63 else bits


def hash_of(data: bytes) -> int | None:
    """The hash of a picture file; None for a file that is no picture, or shows nothing. Large JPEGs are read small."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft("L", (256, 256))
            return photo_hash(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def hamming(one: int, other: int) -> int:
    """How many of 64 bits differ."""
    return ((one ^ other) & _MASK).bit_count()
