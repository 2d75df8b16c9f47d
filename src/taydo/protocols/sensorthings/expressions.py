"""``$filter`` and ``$orderby`` expressions: text → tree, by precedence climbing (18-088, 9.3.3.5)."""

from __future__ import annotations

from .errors import StaError
from .lexer import Reader, Token
from .times import parse_duration, parse_time
from .tree import Binary, Call, Expression, Literal, Membership, Path, Unary

#: binary operators and how tightly they bind
PRECEDENCE = {
    "or": 1,
    "and": 2,
    "eq": 3,
    "ne": 3,
    "in": 3,
    "gt": 4,
    "ge": 4,
    "lt": 4,
    "le": 4,
    "add": 5,
    "sub": 5,
    "mul": 6,
    "div": 6,
    "mod": 6,
}

#: functions of 18-088 tables 25–27 (with OData's contains, FROST's interval relations): least and most arguments
FUNCTIONS: dict[str, tuple[int, int]] = {
    "substringof": (2, 2),
    "contains": (2, 2),
    "endswith": (2, 2),
    "startswith": (2, 2),
    "length": (1, 1),
    "indexof": (2, 2),
    "substring": (2, 3),
    "tolower": (1, 1),
    "toupper": (1, 1),
    "trim": (1, 1),
    "concat": (2, 2),
    "year": (1, 1),
    "month": (1, 1),
    "day": (1, 1),
    "hour": (1, 1),
    "minute": (1, 1),
    "second": (1, 1),
    "fractionalseconds": (1, 1),
    "date": (1, 1),
    "time": (1, 1),
    "totaloffsetminutes": (1, 1),
    "now": (0, 0),
    "mindatetime": (0, 0),
    "maxdatetime": (0, 0),
    "round": (1, 1),
    "floor": (1, 1),
    "ceiling": (1, 1),
    "geo.distance": (2, 2),
    "geo.length": (1, 1),
    "geo.intersects": (2, 2),
    "st_equals": (2, 2),
    "st_disjoint": (2, 2),
    "st_touches": (2, 2),
    "st_within": (2, 2),
    "st_overlaps": (2, 2),
    "st_crosses": (2, 2),
    "st_intersects": (2, 2),
    "st_contains": (2, 2),
    "st_relate": (2, 3),
    "before": (2, 2),
    "after": (2, 2),
    "meets": (2, 2),
    "during": (2, 2),
    "overlaps": (2, 2),
    "starts": (2, 2),
    "finishes": (2, 2),
}


def parse_filter(text: str) -> Expression:
    """The tree of a ``$filter``. Raises StaError with the position of the first thing that is wrong."""
    reader = Reader(text)
    found = expression(reader)
    reader.finish()
    return found


def expression(reader: Reader, lowest: int = 1) -> Expression:
    """Reads one expression whose operators bind at least as tightly as ``lowest``."""
    reader.deeper()
    left = _unary(reader)
    while reader.here.kind == "name" and (strength := PRECEDENCE.get(reader.here.text, 0)) >= lowest:
        op = reader.take().text
        if op == "in":
            left = Membership(left, _arguments(reader))
        else:
            left = Binary(op, left, expression(reader, strength + 1))
    reader.shallower()
    return left


def _unary(reader: Reader) -> Expression:
    """``not x``, ``-x`` or a plain value; a minus before a number is the number's own sign."""
    reader.deeper()
    token = reader.here
    found: Expression
    if token.kind == "name" and token.text == "not":
        reader.take()
        found = Unary("not", _unary(reader))
    elif reader.skips("-"):
        inner = _unary(reader)
        signed = isinstance(inner, Literal) and inner.kind == "number" and not str(inner.value).startswith("-")
        found = Unary("-", inner)
        if signed and isinstance(inner, Literal):
            found = Literal("number", -inner.value, token.position)
    else:
        found = _primary(reader)
    reader.shallower()
    return found


def _primary(reader: Reader) -> Expression:
    token = reader.here
    if reader.skips("("):
        found = expression(reader)
        reader.wants(")")
        return found
    if token.kind in _LITERALS:
        reader.take()
        return _LITERALS[token.kind](reader, token)
    if token.kind == "name":
        if token.text in ("true", "false", "null"):
            reader.take()
            return (
                Literal("null", None, token.position)
                if token.text == "null"
                else Literal("bool", token.text == "true", token.position)
            )
        if reader.words[reader.at + 1].text == "(" and reader.words[reader.at + 1].kind == "mark":
            return _call(reader)
        return path(reader)
    raise reader.wrong("cần một giá trị", "expected a value")


def _call(reader: Reader) -> Call:
    token = reader.take()
    name = token.text
    if name not in FUNCTIONS:
        raise reader.wrong(f"không có hàm {name!r}", f"there is no function {name!r}", token)
    args = _arguments(reader)
    least, most = FUNCTIONS[name]
    if not least <= len(args) <= most:
        want = str(least) if least == most else f"{least}–{most}"
        raise reader.wrong(
            f"hàm {name} cần {want} tham số, có {len(args)}", f"{name} takes {want} arguments, got {len(args)}", token
        )
    return Call(name, args, token.position)


def _arguments(reader: Reader) -> tuple[Expression, ...]:
    reader.wants("(")
    found: list[Expression] = []
    if reader.skips(")"):
        return ()
    while True:
        found.append(expression(reader))
        if not reader.skips(","):
            break
    reader.wants(")")
    return tuple(found)


def path(reader: Reader) -> Path:
    """A property path: names separated by slashes, with array positions as ``/0`` or ``[0]``."""
    first = reader.take()
    if first.kind != "name":
        raise reader.wrong("cần tên thuộc tính", "expected a property name", first)
    steps = [first.text]
    while True:
        if reader.skips("/"):
            token = reader.take()
            if token.kind not in ("name", "number"):
                raise reader.wrong("cần tên thuộc tính sau '/'", "expected a property name after '/'", token)
            steps.append(token.text)
        elif reader.skips("["):
            token = reader.take()
            if not (token.kind == "number" and token.text.isdigit()):
                raise reader.wrong("cần số thứ tự", "expected an array position", token)
            steps.append(token.text)
            reader.wants("]")
        else:
            return Path(tuple(steps), first.position)


def _time(reader: Reader, token: Token) -> Literal:
    try:
        start, end = parse_time(token.text)
    except StaError as error:
        raise StaError(
            f"Vị trí {token.position}: {error.vi}",
            f"Position {token.position}: {error.en}",
            position=token.position,
            text=reader.text,
        ) from None
    return (
        Literal("instant", start, token.position) if end is None else Literal("interval", (start, end), token.position)
    )


def _date(reader: Reader, token: Token) -> Literal:
    try:
        parse_time(token.text + "T00:00:00Z")
    except StaError:
        raise reader.wrong("ngày không tồn tại", "no such date", token) from None
    return Literal("date", token.text, token.position)


def _clock(reader: Reader, token: Token) -> Literal:
    text = token.text if token.text.count(":") == 2 else token.text + ":00"
    if int(text[:2]) > 23 or int(text[3:5]) > 59 or int(text[6:8]) > 59:
        raise reader.wrong("giờ không tồn tại", "no such time of day", token)
    return Literal("time", text, token.position)


def _number(reader: Reader, token: Token) -> Literal:
    value = int(token.text) if token.text.isdigit() else float(token.text)
    if abs(value) > 1e300:
        raise reader.wrong("số quá lớn", "the number is too large", token)
    return Literal("number", value, token.position)


def _string(reader: Reader, token: Token) -> Literal:
    value = token.text[1:-1].replace("''", "'")
    if "\x00" in value:
        raise reader.wrong("ký tự rỗng trong chuỗi", "null character in a string", token)
    return Literal("string", value, token.position)


def _tagged(reader: Reader, token: Token) -> Literal:
    tag, _, rest = token.text.partition("'")
    inner = rest[:-1].replace("''", "'")
    if tag == "duration":
        try:
            return Literal("duration", parse_duration(inner), token.position)
        except StaError:
            raise reader.wrong("khoảng thời gian sai", "bad duration", token) from None
    wkt = inner.split(";", 1)[1] if inner.upper().startswith("SRID=4326;") else inner
    if not plausible_wkt(wkt):
        raise reader.wrong("hình học WKT sai", "bad WKT geometry", token)
    return Literal("geometry", wkt, token.position)


def plausible_wkt(text: str) -> bool:
    """True when the text has the shape of a WKT geometry; whether the rings close is for the database to say."""
    word = text.strip().split("(", 1)[0].strip().upper().removesuffix(" Z")
    kinds = {"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}
    return word in kinds and text.count("(") == text.count(")") > 0 and "\x00" not in text


_LITERALS = {"time": _time, "date": _date, "clock": _clock, "number": _number, "string": _string, "tagged": _tagged}
