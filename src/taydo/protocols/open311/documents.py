"""Documents in both formats: JSON, and the XML it stands for by the Spark convention (lists hold items of the singular name)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from xml.sax.saxutils import escape

import orjson

from . import times

Format = Literal["json", "xml"]
MEDIA_TYPES: dict[Format, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
ITEM = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request", "errors": "error",
    "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of request that may be sent; `metadata`: whether it has a definition with attributes to ask for."""

    code: str
    name: str
    description: str = ""
    metadata: bool = False
    type: Literal["realtime", "batch", "blackbox"] = "realtime"
    keywords: tuple[str, ...] = ()
    group: str = ""

    def document(self) -> dict[str, Any]:
        """As it stands in the list of services."""
        return {
            "service_code": self.code, "service_name": self.name, "description": self.description, "metadata": self.metadata,
            "type": self.type, "keywords": ", ".join(self.keywords), "group": self.group,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of a service's definition; not `variable`: words to show, nothing to fill in. `values`: (key, name) of a list."""

    code: str
    description: str
    datatype: str = "string"
    required: bool = False
    variable: bool = True
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def document(self, order: int) -> dict[str, Any]:
        """As it stands in a definition; `order` counts from 1."""
        made: dict[str, Any] = {
            "variable": self.variable, "code": self.code, "datatype": self.datatype, "required": self.required,
            "datatype_description": self.hint or None, "order": order, "description": self.description,
        }  # fmt: skip
        if self.values:
            made["values"] = [{"key": key, "name": name} for key, name in self.values]
        return made


def definition(code: str, attributes: Sequence[Attribute]) -> dict[str, Any]:
    """The definition of a service."""
    return {"service_code": code, "attributes": [item.document(at) for at, item in enumerate(attributes, 1)]}


def service_request(
    identifier: str, status: Literal["open", "closed"], *, service_name: str, service_code: str, description: str | None,
    requested: dt.datetime, updated: dt.datetime, expected: dt.datetime | None = None, status_notes: str | None = None,
    agency: str | None = None, notice: str | None = None, address: str | None = None, lat: float | None = None, long: float | None = None,
    media_url: str | None = None, zone: dt.tzinfo = dt.UTC,
) -> dict[str, Any]:  # fmt: skip
    """A request with every field of the standard in its order; what is not known is null (an empty element in XML)."""
    return {
        "service_request_id": identifier, "status": status, "status_notes": status_notes or None, "service_name": service_name or None,
        "service_code": service_code or None, "description": description or None, "agency_responsible": agency or None,
        "service_notice": notice or None, "requested_datetime": times.stamp(requested, zone),
        "updated_datetime": times.stamp(updated, zone), "expected_datetime": times.stamp(expected, zone), "address": address or None,
        "address_id": None, "zipcode": None, "lat": lat, "long": long, "media_url": media_url or None,
    }  # fmt: skip


def write(root: str, document: Any, form: Format) -> bytes:
    """A document's bytes; `root` is the name of the XML's outermost element (JSON has none)."""
    if form == "json":
        return orjson.dumps(document)
    parts = [_DECLARATION]
    _element(parts, root, document)
    return "".join(parts).encode("utf-8", "replace")


def _element(parts: list[str], name: str, value: Any) -> None:
    if isinstance(value, str):
        parts.append(f"<{name}>{_text(value)}</{name}>")
    elif value is None:
        parts.append(f"<{name}></{name}>")
    elif isinstance(value, bool):
        parts.append(f"<{name}>{'true' if value else 'false'}</{name}>")
    elif isinstance(value, Mapping):
        parts.append(f"<{name}>")
        for key, item in value.items():
            _element(parts, key, item)
        parts.append(f"</{name}>")
    elif isinstance(value, Iterable):
        parts.append(f"<{name}>")
        for item in value:
            _element(parts, ITEM[name], item)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}>{value}</{name}>")


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value))
