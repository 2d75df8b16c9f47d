"""Query options: ``$filter $expand $select $orderby $top $skip $count $resultFormat`` of one request."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote_plus

from .errors import StaError
from .expressions import expression, path
from .lexer import Reader
from .tree import Expand, Order, Query
from .vocabulary import TYPES

MAX_NUMBER = 2**31 - 1
#: how many relations one request may show inline altogether; each costs one statement
MAX_EXPANDS = 24


def parse_query(entity: str, query_string: str) -> Query:
    """The options of a raw (percent-encoded) query string for an address ending at ``entity``. Raises StaError."""
    found = Query()
    seen: set[str] = set()
    for pair in query_string.split("&"):
        if not pair:
            continue
        name, _, raw = pair.partition("=")
        name, text = unquote_plus(name), unquote_plus(raw, errors="replace")
        if name in seen:
            raise StaError(f"Tham số {name} lặp lại", f"{name} is given twice", option=name)
        seen.add(name)
        if "\x00" in text:
            raise StaError("Ký tự rỗng trong truy vấn", "Null character in the query", option=name)
        reader = _reader(name, text)
        try:
            found = _OPTIONS[name](found, reader, entity)
            reader.finish()
        except StaError as error:
            raise error.located(name, text) from None
    _count_expands(found)
    return found


def _reader(name: str, text: str) -> Reader:
    if name not in _OPTIONS:
        raise StaError(f"Không hiểu tham số {name[:40]!r}", f"Unknown query option {name[:40]!r}", option=name[:40])
    try:
        return Reader(f"'{text}'" if name == "$skiptoken" else text)
    except StaError as error:
        raise error.located(name, text) from None


def _count_expands(query: Query) -> int:
    total = sum(1 + _count_expands(one.query) for one in query.expand)
    if total > MAX_EXPANDS:
        raise StaError(
            f"$expand có quá {MAX_EXPANDS} quan hệ",
            f"$expand names more than {MAX_EXPANDS} relations",
            option="$expand",
        )
    return total


def _filter(query: Query, reader: Reader, entity: str) -> Query:
    return replace(query, filter=expression(reader))


def _orderby(query: Query, reader: Reader, entity: str) -> Query:
    keys: list[Order] = []
    while True:
        by = expression(reader)
        descending = reader.skips("desc") or reader.skips("DESC")
        if not descending:
            reader.skips("asc") or reader.skips("ASC")
        keys.append(Order(by, descending))
        if not reader.skips(","):
            return replace(query, orderby=tuple(keys))


def _select(query: Query, reader: Reader, entity: str) -> Query:
    names: list[str] = []
    kind = TYPES[entity]
    while True:
        token = reader.here
        if reader.skips("*"):
            names.extend(kind.properties)
        else:
            steps = path(reader).steps
            name = "@iot.id" if steps[0] in ("id", "@iot.id") else steps[0]
            known = name in kind.properties or name in kind.relations or name.startswith("@iot.")
            if not known:
                raise reader.wrong(
                    f"{entity} không có thuộc tính {name!r}", f"{entity} has no property {name!r}", token
                )
            names.append("/".join((name, *steps[1:])))
        if not reader.skips(","):
            return replace(query, select=tuple(names))


def _expand(query: Query, reader: Reader, entity: str) -> Query:
    found = list(query.expand)
    while True:
        found.append(_one_expand(reader, entity))
        if not reader.skips(","):
            return replace(query, expand=_merged(found))


def _one_expand(reader: Reader, entity: str) -> Expand:
    """``Datastreams``, ``Datastreams/Observations`` or ``Datastreams($top=1;$expand=…)``."""
    reader.deeper()
    token = reader.take()
    relation = TYPES[entity].relations.get(token.text)
    if relation is None:
        raise reader.wrong(
            f"{entity} không có quan hệ {token.text!r}", f"{entity} has no relation {token.text!r}", token
        )
    inner = Query()
    if reader.skips("/"):
        inner = Query(expand=(_one_expand(reader, relation.target),))
    elif reader.skips("("):
        inner = _nested(reader, relation.target)
        reader.wants(")")
    reader.shallower()
    return Expand(relation.name, inner, token.position)


def _nested(reader: Reader, entity: str) -> Query:
    """The options between the brackets of an expand, separated by semicolons (ampersands cannot occur here)."""
    found = Query()
    seen: set[str] = set()
    while True:
        token = reader.take()
        if token.text not in _NESTED:
            raise reader.wrong("cần một tham số như $select", "expected an option such as $select", token)
        if token.text in seen:
            raise reader.wrong(f"{token.text} lặp lại", f"{token.text} is given twice", token)
        seen.add(token.text)
        reader.wants("=")
        found = _OPTIONS[token.text](found, reader, entity)
        if not reader.skips(";"):
            return found


def _merged(expands: list[Expand]) -> tuple[Expand, ...]:
    """``A/B,A/C`` means A with both; options given once hold for the relation."""
    by_name: dict[str, Expand] = {}
    for one in expands:
        if one.relation not in by_name:
            by_name[one.relation] = one
            continue
        first = by_name[one.relation]
        query = replace(
            first.query if first.query != Query() else one.query,
            expand=_merged([*first.query.expand, *one.query.expand]),
        )
        by_name[one.relation] = Expand(one.relation, query, first.position)
    return tuple(by_name.values())


def _number(reader: Reader) -> int:
    token = reader.take()
    if not (token.kind == "number" and token.text.isdigit() and int(token.text) <= MAX_NUMBER):
        raise reader.wrong("cần một số nguyên không âm", "expected a whole number of at least 0", token)
    return int(token.text)


def _top(query: Query, reader: Reader, entity: str) -> Query:
    return replace(query, top=_number(reader))


def _skip(query: Query, reader: Reader, entity: str) -> Query:
    return replace(query, skip=_number(reader))


def _count(query: Query, reader: Reader, entity: str) -> Query:
    token = reader.take()
    if token.text not in ("true", "false"):
        raise reader.wrong("$count là true hoặc false", "$count is true or false", token)
    return replace(query, count=token.text == "true")


def _result_format(query: Query, reader: Reader, entity: str) -> Query:
    token = reader.take()
    if token.text not in ("dataArray", "json"):
        raise reader.wrong("$resultFormat là dataArray", "$resultFormat is dataArray", token)
    if token.text == "dataArray" and entity != "Observation":
        raise reader.wrong("dataArray chỉ dùng cho Observations", "dataArray is for Observations only", token)
    return replace(query, result_format="" if token.text == "json" else token.text)


def _skiptoken(query: Query, reader: Reader, entity: str) -> Query:
    return replace(query, skiptoken=reader.take().text[1:-1])


_NESTED = {
    "$filter": _filter,
    "$expand": _expand,
    "$select": _select,
    "$orderby": _orderby,
    "$top": _top,
    "$skip": _skip,
    "$count": _count,
}
_OPTIONS = {**_NESTED, "$resultFormat": _result_format, "$skiptoken": _skiptoken}
