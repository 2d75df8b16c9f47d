"""The envelope around a message, as JSON or XML, and the portal's answer.

A request is `{session, madonvi, service, isUpdating, data}` or a question (`mahoso`, `maTTHC`); an answer carries `error_code`, "00" when
all is well, and `result` where something was asked. The XML form carries the same names (QCVN 120:2019/BTTTT: XML or JSON), each
object of a list in an `item`.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .codes import PARTIES
from .fields import WireError, read, write
from .messages import Agency, Dossier, Procedure, Progress

T = TypeVar("T")
OK = "00"
SYNC, PROGRESS, LOOK_UP = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "TraCuuHoSo"
PROCEDURE, PROCEDURES, AGENCIES, FIELDS = "LayThuTuc", "LayDanhSachTTHC", "LayDanhMucCoQuan", "LayDanhMucLinhVuc"
CENTRAL = "LayHoSoTapTrung"
"""Dossiers of centrally run services: our own name for what has no published one."""
SERVICES = (SYNC, PROGRESS, LOOK_UP, PROCEDURE, PROCEDURES, AGENCIES, FIELDS, "DongBoHoiDap", "TraCuuTechID")
OF_SERVICE: dict[str, type] = {
    SYNC: Dossier,
    PROGRESS: Progress,
    PROCEDURES: Procedure,
    PROCEDURE: Procedure,
    AGENCIES: Agency,
}
MOST_BYTES = 20_000_000


class Refused(Exception):
    """The portal's answer is an error: `code` as it gave it, `reason` its words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Packet:
    """A request. `items`: what is told (Dossier, Progress); `asks`: what is asked, such as {"mahoso": code}."""

    session: str
    unit: str
    service: str
    updating: bool = False
    items: tuple[Any, ...] = ()
    asks: Mapping[str, str] = field(default_factory=dict)


def written(packet: Packet, adapter: str = "opencps") -> dict[str, Any]:
    """The request as an object of JSON. Raises WireError naming the first field that cannot be sent."""
    made: dict[str, Any] = {"session": packet.session, "madonvi": packet.unit, "service": packet.service}
    if packet.items:
        made["isUpdating"] = "True" if packet.updating else "False"
        made["data"] = [write(item, PARTIES[adapter]) for item in packet.items]
    return made | dict(packet.asks)


def understood(given: Any, adapter: str = "opencps") -> Packet:
    """The request that an object of JSON is. Raises WireError naming the first field that is missing, unknown or wrong."""
    if not isinstance(given, dict):
        raise WireError("(packet)", "is not an object")
    head = {name: given.get(name, "") for name in ("session", "madonvi", "service")}
    for name, text in head.items():
        if not isinstance(text, str) or not text:
            raise WireError(name, "is required")
    if head["service"] not in (*SERVICES, CENTRAL):
        raise WireError("service", f"unknown service {head['service']!r}")
    data, cls = given.get("data"), OF_SERVICE.get(head["service"])
    items: tuple[Any, ...] = ()
    if head["service"] in (SYNC, PROGRESS):
        if not isinstance(data, list) or not data or cls is None:
            raise WireError("data", "is not a list of objects")
        if given.get("isUpdating", "False") not in ("True", "False"):
            raise WireError("isUpdating", "is neither True nor False")
        items = tuple(read(cls, item, f"data[{number}]", PARTIES[adapter]) for number, item in enumerate(data))
    rest = {name: str(text) for name, text in given.items() if name not in (*head, "isUpdating", "data")}
    return Packet(head["session"], head["madonvi"], head["service"], given.get("isUpdating") == "True", items, rest)


def answered(given: Any) -> list[Any]:
    """The `result` of an answer ([] when it has none); raises Refused when it is an error, WireError when it is no answer at all."""
    if not isinstance(given, dict) or "error_code" not in given:
        raise WireError("error_code", "is required")
    if str(given["error_code"]) != OK:
        raise Refused(str(given["error_code"]), str(given.get("message", "")))
    result = given.get("result", [])
    if not isinstance(result, list):
        raise WireError("result", "is not a list")
    return result


def as_xml(made: Mapping[str, Any], root: str = "GoiTin") -> bytes:
    """An object of JSON as the XML packet."""
    top = ET.Element(root)
    _put(top, made)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="utf-8")


def _put(parent: ET.Element, made: Mapping[str, Any]) -> None:
    for name, value in made.items():
        child = ET.SubElement(parent, name)
        if isinstance(value, Mapping):
            _put(child, value)
        elif isinstance(value, list):
            child.set("list", "true")
            for item in value:
                _put(ET.SubElement(child, "item"), item)
        else:
            child.text = str(value)


def of_xml(text: bytes) -> dict[str, Any]:
    """The object of JSON that an XML packet carries. Raises WireError when it is no XML, too large, or declares a document type."""
    if len(text) > MOST_BYTES or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise WireError("(packet)", "is too large or declares a document type")
    try:
        return _taken(ET.fromstring(text))
    except ET.ParseError as error:
        raise WireError("(packet)", f"is not XML: {error}") from None


def _taken(element: ET.Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element:
        if child.get("list") == "true":
            made[child.tag] = [_taken(item) for item in child]
        else:
            made[child.tag] = _taken(child) if len(child) else (child.text or "")
    return made


def of_json(text: bytes) -> dict[str, Any]:
    """The object of a JSON packet. Raises WireError when it is no object."""
    try:
        made = json.loads(text)
    except ValueError as error:
        raise WireError("(packet)", f"is not JSON: {error}") from None
    if not isinstance(made, dict):
        raise WireError("(packet)", "is not an object")
    return made


class Portal:
    """Speaking to the portal: signs in when needed, sends, asks. `post(path, body, headers) -> object` does the carrying.

    Sessions run out: an answer `EXPIRED` has it sign in again and say the same once more.
    """

    EXPIRED = "401"

    def __init__(
        self, post: Callable[[str, dict[str, Any], dict[str, str]], Any], user: str, password: str, unit: str, adapter: str = "opencps"
    ) -> None:  # fmt: skip
        self._post, self._user, self._password, self.unit, self.adapter = post, user, password, unit, adapter
        self._session = ""

    def sign_in(self) -> str:
        """A new session; raises Refused."""
        given = self._post("login", {"username": self._user, "password": self._password}, {})
        answered(given)
        if not given.get("session"):
            raise WireError("session", "is required")
        self._session = str(given["session"])
        return self._session

    def tell(self, service: str, items: Sequence[Any], *, updating: bool = False, key: str = "") -> None:
        """Send messages under an idempotency key; raises Refused."""
        self._say(Packet("", self.unit, service, updating, tuple(items)), {"Idempotency-Key": key} if key else {})

    def dossier(self, code: str) -> dict[str, Any] | None:
        """What the portal keeps of a dossier: its fields and `TienDo`, the steps; None when it knows none."""
        found = self._say(Packet("", self.unit, LOOK_UP, asks={"mahoso": code}))
        return dict(found[0]) if found else None

    def list(self, service: str, cls: type[T], **asks: str) -> list[T]:
        """A list of the portal's: procedures, agencies, mirrored dossiers."""
        found = self._say(Packet("", self.unit, service, asks=asks))
        return [read(cls, item, f"result[{number}]", PARTIES[self.adapter]) for number, item in enumerate(found)]

    def _say(self, packet: Packet, headers: dict[str, str] | None = None) -> list[Any]:
        body = written(packet, self.adapter)
        for attempt in (1, 2):
            body["session"] = self._session or self.sign_in()
            try:
                return answered(self._post("service", body, headers or {}))
            except Refused as refusal:
                if refusal.code != self.EXPIRED or attempt == 2:
                    raise
                self._session = ""
        raise AssertionError("not reached")
