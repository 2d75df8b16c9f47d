"""How a dataclass and the portal's names go together: one declaration per field, written and read strictly.

On the wire every value is a string; instants are `yyyyMMddHHmmss` in Việt Nam's time; lists hold objects. A reading error names the
field by its path in the message, such as `data[0].TaiLieuNop[1].TenTepDinhKem`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_INSTANT = re.compile(r"\d{14}")
_YES, _NO = ("1", "true"), ("", "0", "false")


class WireError(ValueError):
    """A message is not as the portal's description says: `field` is its path, `reason` what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def wire(
    name: str, kind: str = "text", *, required: bool = False, codes: Mapping[str, str] | None = None, of: Any = None
) -> Any:
    """A field's declaration. `kind`: text, instant, number, flag, code (by `codes`), party (by the adapter), list (of `of`).

    Optional ones are given by keyword."""
    empty: dict[str, Any] = {"text": "", "instant": None, "number": None, "flag": False, "code": "", "party": "person"}
    meta = {"wire": name, "kind": kind, "required": required, "codes": codes, "of": of}
    if required:
        return dataclasses.field(metadata=meta)
    if kind == "list":
        return dataclasses.field(default=(), kw_only=True, metadata=meta)
    return dataclasses.field(default=empty[kind], kw_only=True, metadata=meta)


def write(item: Any, parties: Mapping[str, str]) -> dict[str, Any]:
    """The object on the wire, every field of the declaration in its order. Raises WireError for a missing or unknown value."""
    made: dict[str, Any] = {}
    for field in dataclasses.fields(item):
        meta, value = field.metadata, getattr(item, field.name)
        if meta["required"] and value in (None, ""):
            raise WireError(meta["wire"], "is required")
        made[meta["wire"]] = _written(meta, value, parties)
    return made


def _written(meta: Mapping[str, Any], value: Any, parties: Mapping[str, str]) -> Any:
    kind = meta["kind"]
    if kind == "list":
        return [write(item, parties) for item in value]
    if kind == "instant":
        return instant(value)
    if kind == "flag":
        return "1" if value else "0"
    if kind in ("code", "party") and value != "":
        codes = parties if kind == "party" else meta["codes"]
        if value not in codes:
            raise WireError(meta["wire"], f"no code for {value!r}")
        return codes[value]
    return "" if value is None else str(value)


def instant(value: dt.datetime | None) -> str:
    """`yyyyMMddHHmmss` of an aware instant in Việt Nam's time; empty for none."""
    if value is None:
        return ""
    if value.tzinfo is None:
        raise WireError("instant", "is not aware of its time zone")
    return value.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")


def read(cls: type[T], data: Any, path: str, parties: Mapping[str, str]) -> T:
    """The dataclass of an object on the wire. Raises WireError naming the first field that is missing, unknown or wrong."""
    if not isinstance(data, Mapping):
        raise WireError(path, "is not an object")
    declared = {field.metadata["wire"]: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if strange := sorted(set(data) - set(declared)):
        raise WireError(f"{path}.{strange[0]}", "is not a field of this message")
    given: dict[str, Any] = {}
    for name, field in declared.items():
        if name not in data or data[name] in (None, ""):
            if field.metadata["required"]:
                raise WireError(f"{path}.{name}", "is required")
            continue
        given[field.name] = _read(field.metadata, data[name], f"{path}.{name}", parties)
    return cls(**given)


def _read(meta: Mapping[str, Any], value: Any, path: str, parties: Mapping[str, str]) -> Any:
    kind = meta["kind"]
    if kind == "list":
        if not isinstance(value, list):
            raise WireError(path, "is not a list")
        return tuple(read(meta["of"], item, f"{path}[{number}]", parties) for number, item in enumerate(value))
    if isinstance(value, bool | list | Mapping):
        raise WireError(path, "is not a text")
    text = str(value)
    if kind == "instant":
        return read_instant(text, path)
    if kind == "number":
        if not re.fullmatch(r"\d{1,15}", text):
            raise WireError(path, f"is not a whole number: {text!r}")
        return int(text)
    if kind == "flag":
        if text.lower() not in (*_YES, *_NO):
            raise WireError(path, f"is neither yes nor no: {text!r}")
        return text.lower() in _YES
    if kind in ("code", "party"):
        codes = parties if kind == "party" else meta["codes"]
        found = next((word for word, code in codes.items() if code == text), None)
        if found is None:
            raise WireError(path, f"unknown code {text!r}")
        return found
    return text


def read_instant(text: str, path: str) -> dt.datetime:
    """The aware instant of `yyyyMMddHHmmss`."""
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LOCAL)
    except ValueError:
        raise WireError(path, f"is not an instant yyyyMMddHHmmss: {text!r}") from None
