"""Values of a query in PostgreSQL's SQL: where they stand in the tables, what they can be taken as, how they are compared.

A store describes its tables by a `Schema`; geometry and times inside JSON are read by three functions that it provides:
`sensorthings_geometry(jsonb)`, `sensorthings_instant(text)` and `sensorthings_number(jsonb)`, which return NULL for anything odd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import StaError
from .tree import Literal

#: what a value can be taken as, the strictest first: the first form both sides have is the one they are compared in
FORMS = ("instant", "date", "time", "duration", "geometry", "number", "bool", "text", "json")
_OPS = {"eq": "=", "ne": "IS DISTINCT FROM", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@dataclass(frozen=True)
class Column:
    """A property: the kind it is compared as, its SQL over alias `{a}`, an interval's end, and what is fetched to show it."""

    kind: str
    sql: str
    end: str = ""
    shown: str = ""


@dataclass(frozen=True)
class Link:
    """A relation: the key as SQL over the parent `{a}`, and the condition on the child `{a}` given that key as `{k}`."""

    key: str
    on: str


@dataclass
class Params:
    """Named parameters of a statement as they are collected."""

    found: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        """Keeps a value and returns its placeholder."""
        name = f"p{len(self.found)}"
        self.found[name] = value
        return f"%({name})s"


@dataclass(frozen=True)
class Schema:
    """The tables behind the data model as one viewer may see them.

    `visible`: (entity type, alias) → condition and parameters; `is_one`: (entity type, alias, key, params) → the condition
    that picks the entity with this identifier.
    """

    tables: dict[str, str]
    columns: dict[str, dict[str, Column]]
    links: dict[tuple[str, str], Link]
    visible: Callable[[str, str], tuple[str, dict[str, Any]]]
    is_one: Callable[[str, str, int | str, Params], str]


@dataclass(frozen=True)
class Piece:
    """A compiled value: SQL by form; `end` is the end of an interval (an instant is its own end)."""

    forms: dict[str, str]
    end: str = ""

    def take(self, form: str) -> str:
        """The SQL of this value as `form`. Raises StaError when it cannot be."""
        if form not in self.forms:
            raise StaError(
                f"Giá trị kiểu {self.kind} không dùng được như {form}", f"A {self.kind} cannot be used as {form}"
            )
        return self.forms[form]

    @property
    def kind(self) -> str:
        """The word for what this is."""
        return next((form for form in FORMS if form in self.forms), "null")

    @property
    def last(self) -> str:
        """The end of an interval, or the instant itself."""
        return self.end or self.forms["instant"]


def number(sql: str) -> Piece:
    """A float8."""
    return Piece({"number": sql})


def text(sql: str) -> Piece:
    """A text."""
    return Piece({"text": sql})


def truth(sql: str) -> Piece:
    """A boolean."""
    return Piece({"bool": sql})


def instant(sql: str, end: str = "") -> Piece:
    """A timestamptz, or an interval."""
    return Piece({"instant": sql}, end)


def json(sql: str) -> Piece:
    """A jsonb value: it is whatever the other side is."""
    return Piece({
        "json": sql,
        "text": f"({sql} #>> '{{}}')",
        "number": f"sensorthings_number({sql})",
        "bool": f"CASE WHEN jsonb_typeof({sql}) = 'boolean' THEN ({sql} #>> '{{}}')::boolean END",
        "instant": f"sensorthings_instant({sql} #>> '{{}}')",
        "geometry": f"sensorthings_geometry({sql})",
    })  # fmt: skip


def column(found: Column, alias: str) -> Piece:
    """A property of the row under `alias`."""
    sql = found.sql.format(a=alias)
    if found.kind == "json":
        return json(sql)
    if found.kind == "instant":
        return instant(sql, found.end.format(a=alias))
    if found.kind == "result":
        other = json(f"({alias}.extra -> 'result')").forms
        return Piece({**other, "number": sql, "json": f"coalesce({alias}.extra -> 'result', to_jsonb({sql}))"})
    return Piece({found.kind: sql})


def literal(node: Literal, params: Params) -> Piece:
    """A value of the query; everything but small whole numbers travels as a parameter."""
    value = node.value
    if node.kind == "null":
        return Piece({})
    if node.kind == "bool":
        return truth("TRUE" if value else "FALSE")
    if node.kind == "number":
        small = isinstance(value, int) and abs(value) < 2**31
        return number(f"({value})" if small else params.add(float(value)) + "::float8")
    if node.kind == "string":
        return text(params.add(value) + "::text")
    if node.kind == "geometry":
        return Piece({"geometry": f"ST_GeomFromText({params.add(value)}, 4326)"})
    if node.kind == "duration":
        return Piece({"duration": f"make_interval(secs => {params.add(value / 1e6)})"})
    if node.kind == "date":
        day = params.add(value)
        return Piece({"date": f"{day}::date", "instant": f"({day}::date::timestamp AT TIME ZONE 'UTC')"})
    if node.kind == "time":
        return Piece({"time": params.add(value) + "::time"})
    start, end = value if node.kind == "interval" else (value, None)
    return instant(_moment(start, params), "" if end is None else _moment(end, params))


def _moment(microseconds: int, params: Params) -> str:
    return f"(timestamptz 'epoch' + {params.add(microseconds)}::bigint * interval '1 microsecond')"


def compare(op: str, left: Piece, right: Piece) -> Piece:
    """`left op right` as a boolean; a missing value equals only null (OData 4.0, 5.1.1.1)."""
    if not left.forms or not right.forms:
        other = left if left.forms else right
        return truth(_against_null(op, other))
    common = [form for form in FORMS if form in left.forms and form in right.forms]
    if not common:
        raise StaError(
            f"Không so sánh được {left.kind} với {right.kind}", f"Cannot compare {left.kind} with {right.kind}"
        )
    form = "json" if "json" in common else common[0]
    a, b = left.forms[form], right.forms[form]
    if form == "instant":
        return truth(_times(op, left, right))
    if form == "geometry":
        if op not in ("eq", "ne"):
            raise StaError("Hình học chỉ so sánh bằng eq, ne", "Geometries compare by eq and ne only")
        return truth(f"coalesce(ST_Equals({a}, {b}), FALSE) = {'TRUE' if op == 'eq' else 'FALSE'}")
    return truth(f"({a} {_OPS[op]} {b})")


def _against_null(op: str, other: Piece) -> str:
    if not other.forms:
        return "TRUE" if op in ("eq", "ge", "le") else "FALSE"
    if op not in ("eq", "ne"):
        return "FALSE"
    form = "json" if "json" in other.forms else other.kind
    sql = other.forms[form]
    sql = f"nullif({sql}, 'null'::jsonb)" if form == "json" else sql
    return f"({sql} IS {'NOT ' if op == 'ne' else ''}NULL)"


def _times(op: str, left: Piece, right: Piece) -> str:
    """Instants and intervals: before is wholly before, after wholly after; a half-open interval may touch the next."""
    a, b, a_end, b_end = left.forms["instant"], right.forms["instant"], left.last, right.last
    if not left.end and not right.end:
        return f"({a} {_OPS[op]} {b})"
    both = f"({a} = {b} AND {a_end} = {b_end})"
    if op == "eq":
        return both
    if op == "ne":
        return f"({both} IS NOT TRUE)"
    if op == "gt":
        return f"({a} > {b})" if not right.end else f"({a} >= {b_end} AND {a} > {b})"
    if op == "ge":
        return f"({a} >= {b})"
    # The plain comparison of starts is implied; it is what an index can use.
    if op == "le":
        return f"({a} <= {b_end} AND {a_end} <= {b_end})"
    return f"({a} < {b} AND ({a_end} < {b} OR ({a_end} > {a} AND {a_end} <= {b})))"
