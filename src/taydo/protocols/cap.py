"""OASIS Common Alerting Protocol 1.2: warnings built, read and checked; no schema file is needed at run time.

The structure of the standard (§3.2: order, number and kind of every element) stands once, in `SHAPES`; building, reading and
`faults` all follow it, together with the rules that a schema cannot say (§3.2 notes: identifiers, closed polygons, …).
Instants are aware; on the wire they carry an offset and never a `Z` (§3.3.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from .capmessage import (
    CATEGORIES,
    CERTAINTIES,
    MESSAGES,
    RESPONSES,
    SCOPES,
    SEVERITIES,
    STATUSES,
    URGENCIES,
    Alert,
    Area,
    Info,
    Point,
    Reference,
    Resource,
)

__all__ = [
    "CATEGORIES",
    "CERTAINTIES",
    "MESSAGES",
    "RESPONSES",
    "SCOPES",
    "SEVERITIES",
    "STATUSES",
    "URGENCIES",
    "Alert",
    "Area",
    "Fault",
    "Info",
    "NotCap",
    "Point",
    "Reference",
    "Resource",
    "build",
    "faults",
    "fits",
    "parse",
    "timestamp",
]

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where (path of elements), in both languages."""

    path: str
    code: str
    vi: str
    en: str


class NotCap(ValueError):
    """The bytes are no CAP 1.2 message that can be read; `faults` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.en}" for fault in faults))
        self.faults = faults


# element name → (attribute, least, most, kind); kinds: text, time, number, a tuple of allowed words, a class, or a codec name
Shape = tuple[tuple[str, str, int, int | None, Any], ...]
_MANY = None
SHAPES: dict[type, Shape] = {
    Alert: (
        ("identifier", "identifier", 1, 1, "token"), ("sender", "sender", 1, 1, "token"), ("sent", "sent", 1, 1, "time"),
        ("status", "status", 1, 1, STATUSES), ("msgType", "message", 1, 1, MESSAGES), ("source", "source", 0, 1, "text"),
        ("scope", "scope", 1, 1, SCOPES), ("restriction", "restriction", 0, 1, "text"), ("addresses", "addresses", 0, 1, "words"),
        ("code", "codes", 0, _MANY, "text"), ("note", "note", 0, 1, "text"), ("references", "references", 0, 1, "references"),
        ("incidents", "incidents", 0, 1, "words"), ("info", "infos", 0, _MANY, Info),
    ),
    Info: (
        ("language", "language", 0, 1, "language"), ("category", "categories", 1, _MANY, CATEGORIES), ("event", "event", 1, 1, "text"),
        ("responseType", "responses", 0, _MANY, RESPONSES), ("urgency", "urgency", 1, 1, URGENCIES),
        ("severity", "severity", 1, 1, SEVERITIES), ("certainty", "certainty", 1, 1, CERTAINTIES), ("audience", "audience", 0, 1, "text"),
        ("eventCode", "event_codes", 0, _MANY, "named"), ("effective", "effective", 0, 1, "time"), ("onset", "onset", 0, 1, "time"),
        ("expires", "expires", 0, 1, "time"), ("senderName", "sender_name", 0, 1, "text"), ("headline", "headline", 0, 1, "text"),
        ("description", "description", 0, 1, "text"), ("instruction", "instruction", 0, 1, "text"), ("web", "web", 0, 1, "uri"),
        ("contact", "contact", 0, 1, "text"), ("parameter", "parameters", 0, _MANY, "named"),
        ("resource", "resources", 0, _MANY, Resource), ("area", "areas", 0, _MANY, Area),
    ),
    Resource: (
        ("resourceDesc", "description", 1, 1, "text"), ("mimeType", "mime_type", 1, 1, "text"), ("size", "size", 0, 1, "integer"),
        ("uri", "uri", 0, 1, "uri"), ("derefUri", "inline", 0, 1, "text"), ("digest", "digest", 0, 1, "text"),
    ),
    Area: (
        ("areaDesc", "description", 1, 1, "text"), ("polygon", "polygons", 0, _MANY, "ring"), ("circle", "circles", 0, _MANY, "circle"),
        ("geocode", "geocodes", 0, _MANY, "named"), ("altitude", "altitude", 0, 1, "number"), ("ceiling", "ceiling", 0, 1, "number"),
    ),
}  # fmt: skip
_LISTS = {"addresses", "references", "incidents"}
"""Attributes that are tuples in Python but one element on the wire."""
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$")
_TOKEN = re.compile(r"^[^\s,<&]+$")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot carry in any form."""
_LANGUAGE = re.compile(r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$")


def timestamp(instant: datetime) -> str:
    """Return an aware instant as CAP writes it: local time of Viet Nam with its offset, whole seconds."""
    if instant.tzinfo is None:
        raise ValueError("a warning's instants must be aware")
    return instant.astimezone(LOCAL).replace(microsecond=0).isoformat()


def fits(text: str) -> bool:
    """Say whether a message can carry this text: XML has no room for control characters."""
    return not _UNFIT.search(text)


def build(alert: Alert) -> bytes:
    """Return the XML of a message. Raises NotCap when it would break the standard."""
    root = _element("alert", alert)
    found = list(_faults_of(root, Alert, "alert")) + list(_rule_faults(alert))
    if found:
        raise NotCap(found)
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ElementTree.tostring(root, encoding="utf-8")) + b"\n"


def parse(data: bytes) -> Alert:
    """Read a message. Raises NotCap, naming every fault, when it breaks the standard."""
    root = _root(data)
    found = list(_faults_of(root, Alert, "alert"))
    if found:
        raise NotCap(found)
    alert: Alert = _read(root, Alert)
    found = list(_rule_faults(alert))
    if found:
        raise NotCap(found)
    return alert


def faults(data: bytes) -> list[Fault]:
    """Return everything in which bytes break CAP 1.2; empty for a valid message."""
    try:
        parse(data)
    except NotCap as error:
        return error.faults
    return []


def _root(data: bytes) -> ElementTree.Element:
    if len(data) > MAX_BYTES:
        raise NotCap([Fault("", "too_large", "Bản tin quá lớn", "The message is too large")])
    # A document type can name entities that grow without end; CAP has no use for one.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise NotCap([Fault("", "doctype", "Bản tin không được có DOCTYPE", "A message must not have a DOCTYPE")])
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotCap([Fault("", "not_xml", f"Không phải XML: {error}", f"Not XML: {error}")]) from error
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise NotCap(
            [Fault("", "not_alert", "Gốc không phải alert của CAP 1.2", "The root is not an alert of CAP 1.2")]
        )
    return root


def _element(name: str, thing: Any) -> ElementTree.Element:
    made = ElementTree.Element(name, {"xmlns": NAMESPACE} if name == "alert" else {})
    for tag, attribute, _, most, kind in SHAPES[type(thing)]:
        held = getattr(thing, attribute)
        items = held if most is _MANY else [held] if held not in ("", None, ()) else []
        for item in items:
            made.append(_element(tag, item) if isinstance(kind, type) else _leaf(tag, item, kind))
    return made


def _leaf(tag: str, item: Any, kind: Any) -> ElementTree.Element:
    made = ElementTree.Element(tag)
    if kind == "named":
        for name, part in zip(("valueName", "value"), item, strict=True):
            ElementTree.SubElement(made, name).text = part
    else:
        made.text = _wire(item, kind)
    return made


def _wire(item: Any, kind: Any) -> str:
    if kind == "time":
        return timestamp(item)
    if kind == "words":
        return " ".join(f'"{word}"' if " " in word else word for word in item)
    if kind == "references":
        return " ".join(f"{r.sender},{r.identifier},{timestamp(r.sent)}" for r in item)
    if kind == "ring":
        return " ".join(_pair(point) for point in item)
    if kind == "circle":
        return f"{_pair(item[0])} {item[1]:g}"
    return str(item)


def _pair(point: Point) -> str:
    return f"{point[0]:.6f}".rstrip("0").rstrip(".") + "," + f"{point[1]:.6f}".rstrip("0").rstrip(".")


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).removeprefix(f"{{{NAMESPACE}}}")


def _faults_of(element: ElementTree.Element, kind: type, path: str) -> Iterator[Fault]:
    """Faults of order, number and content, as a schema would find them."""
    shape = SHAPES[kind]
    order = {tag: place for place, (tag, *_) in enumerate(shape)}
    seen: dict[str, int] = {}
    last = 0
    for child in element:
        tag = _name(child)
        place = f"{path}/{tag}"
        if tag not in order:
            # Enveloped signatures are the one foreign element the standard allows (§3.3.4).
            if not (kind is Alert and tag.startswith("{http://www.w3.org/2000/09/xmldsig#}")):
                yield Fault(place, "unknown", "Phần tử không có trong CAP 1.2", "Not an element of CAP 1.2")
            continue
        if order[tag] < last:
            yield Fault(place, "order", "Phần tử sai thứ tự", "The element is out of order")
        last = max(last, order[tag])
        seen[tag] = seen.get(tag, 0) + 1
        of = shape[order[tag]][4]
        if isinstance(of, type):
            yield from _faults_of(child, of, place)
        else:
            yield from _leaf_faults(child, of, place)
    for tag, _, least, most, _ in shape:
        if seen.get(tag, 0) < least:
            yield Fault(f"{path}/{tag}", "missing", "Thiếu phần tử bắt buộc", "A required element is missing")
        if most is not None and seen.get(tag, 0) > most:
            yield Fault(f"{path}/{tag}", "too_many", "Phần tử chỉ được có một lần", "The element may stand only once")


def _leaf_faults(element: ElementTree.Element, kind: Any, path: str) -> Iterator[Fault]:
    try:
        if kind == "named" or not len(element):
            _value(element, kind)
            return
    except (ValueError, TypeError, OverflowError):
        pass
    allowed = f" ({', '.join(kind)})" if isinstance(kind, tuple) else ""
    yield Fault(path, "content", f"Nội dung không hợp lệ{allowed}", f"The content is not valid{allowed}")


def _value(element: ElementTree.Element, kind: Any) -> Any:
    """The value of a leaf; ValueError when it is none of its kind."""
    if not all(fits(part) for part in element.itertext()):
        raise ValueError("not a character of XML")
    text = (element.text or "").strip()
    if isinstance(kind, tuple):
        return kind[kind.index(text)]
    if kind == "named":
        if [_name(child) for child in element] != ["valueName", "value"]:
            raise ValueError(text)
        return tuple((child.text or "").strip() for child in element)
    if kind == "ring":
        return tuple(_point(pair) for pair in text.split())
    if kind == "circle":
        centre, radius = text.split()
        return _point(centre), _finite(radius)
    if kind == "words":
        return tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', text))
    if kind == "references":
        return tuple(_reference(part) for part in text.split())
    return _scalar(text, kind)


def _scalar(text: str, kind: str) -> Any:
    patterns = {"time": _TIME, "token": _TOKEN, "language": _LANGUAGE, "integer": re.compile(r"^\d+$")}
    if kind in patterns and not patterns[kind].match(text):
        raise ValueError(text)
    if kind == "uri" and (not text or re.search(r"\s", text)):
        raise ValueError(text)
    if kind == "time":
        return datetime.fromisoformat(text)
    if kind == "integer":
        return int(text)
    return _finite(text) if kind == "number" else text


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _point(pair: str) -> Point:
    lat, lon = (_finite(part) for part in pair.split(","))
    if abs(lat) > 90 or abs(lon) > 180:
        raise ValueError(pair)
    return lat, lon


def _reference(part: str) -> Reference:
    sender, identifier, sent = part.split(",")
    if not _TIME.match(sent):
        raise ValueError(sent)
    return Reference(sender, identifier, datetime.fromisoformat(sent))


def _read(element: ElementTree.Element, kind: type) -> Any:
    held: dict[str, Any] = {}
    for tag, attribute, _, most, of in SHAPES[kind]:
        children = element.findall(f"{{{NAMESPACE}}}{tag}")
        values = [_read(child, of) if isinstance(of, type) else _value(child, of) for child in children]
        if most is _MANY:
            held[attribute] = tuple(values)
        elif values:
            held[attribute] = values[0]
    known = {item.name for item in fields(kind)}
    return kind(**{name: item for name, item in held.items() if name in known})


def _rule_faults(alert: Alert) -> Iterator[Fault]:
    """What the standard demands beyond order and content."""
    if alert.message in ("Update", "Cancel", "Ack", "Error") and not alert.references:
        yield Fault("alert/references", "references", "Phải nêu bản tin trước đó", "The earlier message must be named")
    if alert.scope == "Restricted" and not alert.restriction:
        yield Fault("alert/restriction", "restriction", "Phải nêu giới hạn phổ biến", "The restriction must be given")
    if alert.scope == "Private" and not alert.addresses:
        yield Fault("alert/addresses", "addresses", "Phải nêu nơi nhận", "The addressees must be given")
    for info in alert.infos:
        start = info.effective or alert.sent
        if info.expires is not None and info.expires <= start:
            yield Fault(
                "alert/info/expires", "expires", "Hết hiệu lực trước khi có hiệu lực", "It expires before it begins"
            )
        for area in info.areas:
            if any(len(ring) < 4 or ring[0] != ring[-1] for ring in area.polygons):
                yield Fault(
                    "alert/info/area/polygon",
                    "ring",
                    "Vùng phải khép kín, ít nhất 4 điểm",
                    "A ring needs 4 points, closed",
                )
            if any(radius < 0 for _, radius in area.circles):
                yield Fault("alert/info/area/circle", "radius", "Bán kính không được âm", "A radius cannot be negative")
            if area.ceiling is not None and area.altitude is None:
                yield Fault(
                    "alert/info/area/ceiling", "ceiling", "Có trần thì phải có độ cao", "A ceiling needs an altitude"
                )
