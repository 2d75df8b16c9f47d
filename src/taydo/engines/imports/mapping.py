"""How the columns of a file become fields: declared by officials, in YAML."""

from __future__ import annotations

from collections.abc import Mapping as Map
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from taydo.kernel.specs import Label, Spec, load


class Source(Spec):
    """Where a field comes from: a column, what it holds, and what its values mean. `otherwise`: for values not in `values`."""

    column: str
    kind: Literal["text", "instant", "number"] = "text"
    formats: list[str] = Field(default_factory=list)
    required: bool = False
    values: dict[str, str] = Field(default_factory=dict)
    otherwise: str | None = None
    low: float | None = None
    high: float | None = None


class Place(Spec):
    """The columns of longitude and latitude (WGS 84). Pairs that are no place are left out and counted, the row is kept.

    `whole_degrees`: whether pairs such as (-77, 39), which other systems write for "somewhere", count as places.
    """

    lon: str
    lat: str
    whole_degrees: bool = False


class Mapping(Spec):
    """One kind of file. `order`: pairs of instants of which the second may not be earlier."""

    title: Label
    source: str
    zone: str = "Asia/Ho_Chi_Minh"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    public: bool = True
    fields: dict[str, Source]
    place: Place | None = None
    order: list[tuple[str, str]] = Field(default_factory=list)

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name} is no time zone") from error
        return name

    @property
    def columns(self) -> list[str]:
        """Every column the file must have."""
        return [one.column for one in self.fields.values()] + ([self.place.lon, self.place.lat] if self.place else [])


def declared(*folders: Path) -> Map[str, Path]:
    """Every mapping by its name (its file's name); later folders go before earlier ones."""
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def read(path: Path) -> Mapping:
    """One mapping. Raises SpecError with file, line and key."""
    return load(path, Mapping)
