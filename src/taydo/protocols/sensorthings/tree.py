"""What a query means once it has been read: small frozen nodes, equal when they mean the same text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

LiteralKind = OneOf["null", "bool", "number", "string", "instant", "interval", "date", "time", "duration", "geometry"]


@dataclass(frozen=True)
class Literal:
    """A value written in the query.

    instant: microseconds since 1970 UTC; interval: pair of those; date: "2020-01-31"; time: "12:30:00";
    duration: microseconds; geometry: WKT text (EPSG:4326, longitude first).
    """

    kind: LiteralKind
    value: Any
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class Path:
    """A property reached over zero or more relations, then into JSON: ``Datastream/Thing/properties/area/0``."""

    steps: tuple[str, ...]
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class Unary:
    """``not x`` or ``-x``."""

    op: OneOf["not", "-"]
    operand: Expression


@dataclass(frozen=True)
class Binary:
    """``left op right`` with op one of or and eq ne gt ge lt le add sub mul div mod."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Membership:
    """``operand in (a, b, c)``."""

    operand: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Call:
    """A function of the standard with its arguments."""

    name: str
    args: tuple[Expression, ...]
    position: int = field(default=-1, compare=False)


Expression = Literal | Path | Unary | Binary | Membership | Call


@dataclass(frozen=True)
class Order:
    """One key of ``$orderby``."""

    by: Expression
    descending: bool = False


@dataclass(frozen=True)
class Expand:
    """One relation to be shown inline, with the options for what is shown."""

    relation: str
    query: Query
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class Query:
    """All options of one level. ``select`` None means everything; ``top`` None means the service decides."""

    filter: Expression | None = None
    expand: tuple[Expand, ...] = ()
    select: tuple[str, ...] | None = None
    orderby: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    result_format: str = ""
    skiptoken: str = ""


@dataclass(frozen=True)
class Step:
    """One segment of an address: a relation or collection name, the type it leads to, and a key when one was given."""

    name: str
    entity: str
    many: bool
    key: int | str | None = None


@dataclass(frozen=True)
class Resource:
    """An address: steps to an entity or collection, then perhaps a property path, ``$value`` or ``$ref``."""

    steps: tuple[Step, ...]
    inside: tuple[str, ...] = ()
    raw: bool = False
    ref: bool = False

    @property
    def entity(self) -> str:
        """The entity type the address ends at."""
        return self.steps[-1].entity

    @property
    def collection(self) -> bool:
        """True when the address names many entities."""
        last = self.steps[-1]
        return last.many and last.key is None
