"""What `POST requests` sends: the standard's form fields, from a form, a multipart body or (tolerated) a JSON object."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from . import times
from .documents import Attribute
from .refusals import bad

MOST_WORDS = 4000
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\d*\])?")
TEXTS = (
    "jurisdiction_id", "api_key", "service_code", "address_string", "address_id", "email", "device_id", "account_id", "first_name",
    "last_name", "phone", "description", "media_url",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submission:
    """A request that somebody sends. Texts are "" when not given; `attributes`: code to the values given."""

    service_code: str
    lat: float | None = None
    long: float | None = None
    address_string: str = ""
    address_id: str = ""
    description: str = ""
    media_url: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    device_id: str = ""
    account_id: str = ""
    jurisdiction_id: str = ""
    api_key: str = field(default="", repr=False)
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def pairs_of(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form-encoded or JSON body. Raises Refusal when it cannot be read."""
    try:
        text = body.decode("utf-8")
        if content_type.split(";")[0].strip().lower() == "application/json":
            return list(_flat(json.loads(text)))
        return parse_qsl(text, keep_blank_values=True, max_num_fields=500)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise bad("the body cannot be read: send application/x-www-form-urlencoded in UTF-8") from None


def _flat(given: Any) -> Iterable[tuple[str, str]]:
    if not isinstance(given, dict):
        raise ValueError("not an object")
    for name, value in given.items():
        if name in ("attribute", "attributes") and isinstance(value, dict):
            for code, answers in value.items():
                for answer in answers if isinstance(answers, list) else [answers]:
                    yield f"attribute[{code}]", str(answer).encode().decode()
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, str(value).encode().decode()  # half a surrogate pair is no text: ValueError


def read(pairs: Iterable[tuple[str, str]]) -> Submission:
    """The submission of a body's fields. Raises Refusal naming every fault at once; whether the service exists is not known here."""
    texts: dict[str, str] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    place: dict[str, str] = {}
    for name, value in pairs:
        value = value.replace("\0", "").strip()
        found = _ATTRIBUTE.fullmatch(name)
        if found and value:
            attributes[found[1]] = (*attributes.get(found[1], ()), value)
        elif name in TEXTS and value:
            texts[name] = value
        elif name in ("lat", "long") and value:
            place[name] = value
    faults = [] if texts.get("service_code") else ["service_code was not provided"]
    lat, long = _place(place, faults)
    if not place and not texts.get("address_string") and not texts.get("address_id"):
        faults.append("a location must be given: lat and long, or address_string, or address_id")
    if len(texts.get("description", "")) > MOST_WORDS:
        faults.append(f"description may not be longer than {MOST_WORDS} characters")
    if faults:
        raise bad(*faults)
    return Submission(lat=lat, long=long, attributes=attributes, **texts)


def _place(given: dict[str, str], faults: list[str]) -> tuple[float | None, float | None]:
    if not given:
        return None, None
    try:
        lat, long = float(given["lat"]), float(given["long"])
    except (KeyError, ValueError):
        faults.append("lat and long must both be given, as decimal degrees")
        return None, None
    if not (math.isfinite(lat) and math.isfinite(long) and abs(lat) <= 90 and abs(long) <= 180):
        faults.append("lat or long is out of range")
    return lat, long


def check_attributes(known: Sequence[Attribute], given: dict[str, tuple[str, ...]]) -> None:
    """Raise Refusal unless what was given fits the definition: required ones are there, and each value is of its datatype."""
    faults = [
        f"attribute[{item.code}] is required" for item in known if item.variable and item.required and item.code not in given
    ]  # fmt: skip
    by_code = {item.code: item for item in known if item.variable}
    for code, answers in given.items():
        if code not in by_code:
            faults.append(f"attribute[{code}] is not defined for this service")
        else:
            faults += _misfits(by_code[code], answers)
    if faults:
        raise bad(*faults)


def _misfits(attribute: Attribute, answers: tuple[str, ...]) -> list[str]:
    name = f"attribute[{attribute.code}]"
    if len(answers) > 1 and attribute.datatype != "multivaluelist":
        return [f"{name} takes one value"]
    if attribute.datatype in ("singlevaluelist", "multivaluelist"):
        keys = [key for key, _ in attribute.values]
        return [f"{name}: {answer!r} is none of {', '.join(keys)}" for answer in answers if answer not in keys]
    reads: dict[str, Any] = {"number": float, "datetime": times.read}
    try:
        reads.get(attribute.datatype, str)(answers[0])
    except ValueError:
        return [f"{name} must be a {attribute.datatype}"]
    return []
