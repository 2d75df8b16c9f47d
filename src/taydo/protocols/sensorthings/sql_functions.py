"""The functions of the filter language in SQL (18-088, tables 25–27)."""

from __future__ import annotations

from collections.abc import Callable

from .sql_values import Piece, instant, number, text, truth

_PARTS = ("year", "month", "day", "hour", "minute")
_SPATIAL = ("equals", "disjoint", "touches", "within", "overlaps", "crosses", "intersects", "contains")


def _utc(piece: Piece) -> str:
    return f"({piece.take('instant')} AT TIME ZONE 'UTC')"


def _part(name: str) -> Callable[[Piece], Piece]:
    return lambda at: number(f"extract({name} FROM {_utc(at)})::float8")


def _spatial(name: str) -> Callable[[Piece, Piece], Piece]:
    return lambda a, b: truth(f"coalesce(ST_{name.capitalize()}({a.take('geometry')}, {b.take('geometry')}), FALSE)")


def _relate(a: Piece, b: Piece, pattern: Piece | None = None) -> Piece:
    pair = f"{a.take('geometry')}, {b.take('geometry')}"
    return text(f"ST_Relate({pair})") if pattern is None else truth(f"ST_Relate({pair}, {pattern.take('text')})")


def _substring(whole: Piece, start: Piece, length: Piece | None = None) -> Piece:
    begin = f"greatest({start.take('number')}, 0)::integer + 1"
    if length is None:
        return text(f"substring({whole.take('text')} FROM {begin})")
    return text(f"substring({whole.take('text')} FROM {begin} FOR greatest({length.take('number')}, 0)::integer)")


def _date(at: Piece) -> Piece:
    return Piece({"date": f"{_utc(at)}::date"})


def _time(at: Piece) -> Piece:
    return Piece({"time": f"{_utc(at)}::time"})


def _between(test: str) -> Callable[[Piece, Piece], Piece]:
    """Relations of intervals; `{a} {A}` are start and end of the first, `{b} {B}` of the second."""
    return lambda x, y: truth(
        "(" + test.format(a=x.take("instant"), A=x.last, b=y.take("instant"), B=y.last) + ")"
    )  # fmt: skip


FUNCTIONS: dict[str, Callable[..., Piece]] = {
    "substringof": lambda part, whole: truth(f"(strpos({whole.take('text')}, {part.take('text')}) > 0)"),
    "contains": lambda whole, part: truth(f"(strpos({whole.take('text')}, {part.take('text')}) > 0)"),
    "startswith": lambda whole, part: truth(f"starts_with({whole.take('text')}, {part.take('text')})"),
    "endswith": lambda whole, part: truth(
        f"(right({whole.take('text')}, length({part.take('text')})) = {part.take('text')})"
    ),
    "length": lambda whole: number(f"length({whole.take('text')})"),
    "indexof": lambda whole, part: number(f"(strpos({whole.take('text')}, {part.take('text')}) - 1)"),
    "substring": _substring,
    "tolower": lambda whole: text(f"lower({whole.take('text')})"),
    "toupper": lambda whole: text(f"upper({whole.take('text')})"),
    "trim": lambda whole: text(f"btrim({whole.take('text')})"),
    "concat": lambda first, second: text(f"({first.take('text')} || {second.take('text')})"),
    **{name: _part(name) for name in _PARTS},
    "second": lambda at: number(f"floor(extract(second FROM {_utc(at)}))::float8"),
    "fractionalseconds": lambda at: number(f"mod(extract(second FROM {_utc(at)}), 1)::float8"),
    "date": _date,
    "time": _time,
    "totaloffsetminutes": lambda at: number(f"(CASE WHEN {at.take('instant')} IS NOT NULL THEN 0 END)"),
    "now": lambda: instant("now()"),
    "mindatetime": lambda: instant("timestamptz '0001-01-01T00:00:00Z'"),
    "maxdatetime": lambda: instant("timestamptz '9999-12-31T23:59:59.999999Z'"),
    "round": lambda x: number(f"round(({x.take('number')})::numeric)::float8"),
    "floor": lambda x: number(f"floor(({x.take('number')})::float8)"),
    "ceiling": lambda x: number(f"ceil(({x.take('number')})::float8)"),
    "geo.distance": lambda a, b: number(f"ST_Distance({a.take('geometry')}, {b.take('geometry')})"),
    "geo.length": lambda line: number(f"ST_Length({line.take('geometry')})"),
    "geo.intersects": _spatial("intersects"),
    **{f"st_{name}": _spatial(name) for name in _SPATIAL},
    "st_relate": _relate,
    "before": _between("{a} < {b} AND {A} <= {b}"),
    "after": _between("{a} > {b} AND {a} >= {B}"),
    "meets": _between("{A} = {b} OR {B} = {a}"),
    "during": _between("{a} >= {b} AND {A} <= {B}"),
    "overlaps": _between("{a} <= {B} AND {b} <= {A}"),
    "starts": _between("{a} = {b}"),
    "finishes": _between("{A} = {B}"),
}


def arithmetic(op: str, left: Piece, right: Piece) -> Piece:
    """add sub mul div mod on numbers; add and sub also on times and durations."""
    if "number" not in left.forms or "number" not in right.forms or (left.kind, right.kind) == ("instant", "instant"):
        moved = _moved(op, left, right)
        if moved is not None:
            return moved
    a, b = f"({left.take('number')})::float8", f"({right.take('number')})::float8"
    if op == "mod":
        return number(f"mod(({a})::numeric, nullif(({b})::numeric, 0))::float8")
    if op == "div":
        return number(f"({a} / nullif({b}, 0))")
    return number(f"({a} {'+-*'[('add', 'sub', 'mul').index(op)]} {b})")


def _moved(op: str, left: Piece, right: Piece) -> Piece | None:
    """Time ± duration, time − time, duration ± duration."""
    sign = {"add": "+", "sub": "-"}.get(op)
    if sign is None:
        return None
    if "duration" in right.forms and ("instant" in left.forms or "duration" in left.forms):
        form = "instant" if "instant" in left.forms else "duration"
        return Piece({form: f"({left.forms[form]} {sign} {right.forms['duration']})"})
    if "duration" in left.forms and "instant" in right.forms and op == "add":
        return instant(f"({right.forms['instant']} + {left.forms['duration']})")
    if op == "sub" and "instant" in left.forms and "instant" in right.forms and "number" not in left.forms:
        return Piece({"duration": f"({left.forms['instant']} - {right.forms['instant']})"})
    return None
