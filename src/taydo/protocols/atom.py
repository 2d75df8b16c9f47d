"""Atom feeds (RFC 4287) of warnings, with links to the CAP messages themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in a feed: `identifier` is an IRI that never changes, `message_url` its XML, `page_url` for people."""

    identifier: str
    title: str
    updated: datetime
    published: datetime
    author: str
    summary: str
    message_url: str
    message_type: str
    page_url: str = ""
    categories: tuple[str, ...] = ()


def feed(identifier: str, title: str, self_url: str, updated: datetime, author: str, entries: Iterable[Entry]) -> bytes:
    """Return an Atom feed as XML bytes; instants are aware."""
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "vi"})
    for tag, text in (("id", identifier), ("title", title), ("updated", _stamp(updated))):
        ElementTree.SubElement(root, tag).text = text
    ElementTree.SubElement(ElementTree.SubElement(root, "author"), "name").text = author
    ElementTree.SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": self_url})
    for entry in entries:
        root.append(_entry(entry))
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ElementTree.tostring(root, encoding="utf-8")) + b"\n"


def _entry(entry: Entry) -> ElementTree.Element:
    made = ElementTree.Element("entry")
    texts = (
        ("id", entry.identifier),
        ("title", entry.title),
        ("updated", _stamp(entry.updated)),
        ("published", _stamp(entry.published)),
        ("summary", entry.summary),
    )
    for tag, text in texts:
        ElementTree.SubElement(made, tag).text = text
    ElementTree.SubElement(ElementTree.SubElement(made, "author"), "name").text = entry.author
    for category in entry.categories:
        ElementTree.SubElement(made, "category", {"term": category})
    link = {"rel": "alternate", "type": entry.message_type, "href": entry.message_url}
    ElementTree.SubElement(made, "link", link)
    if entry.page_url:
        ElementTree.SubElement(made, "link", {"rel": "related", "type": "text/html", "href": entry.page_url})
    return made


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
