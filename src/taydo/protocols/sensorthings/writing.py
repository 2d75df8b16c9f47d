"""Trees back to text: what a next link says, and the other half of the parser's round-trip test."""

from __future__ import annotations

from .expressions import PRECEDENCE
from .times import format_duration, format_instant, format_time
from .tree import Call, Expand, Expression, Literal, Membership, Path, Query, Unary


def write(node: Expression, lowest: int = 0) -> str:
    """The text of an expression; brackets only where precedence asks for them."""
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Path):
        return "/".join(node.steps)
    if isinstance(node, Call):
        return f"{node.name}({','.join(write(one) for one in node.args)})"
    if isinstance(node, Unary):
        inner = write(node.operand, 9)
        text = f"not {inner}" if node.op == "not" else f"-{inner}" if not _signless(node.operand) else f"-({inner})"
        return f"({text})" if lowest > 9 else text
    if isinstance(node, Membership):
        text = f"{write(node.operand, 3)} in ({','.join(write(one) for one in node.items)})"
        return f"({text})" if lowest > 3 else text
    strength = PRECEDENCE[node.op]
    text = f"{write(node.left, strength)} {node.op} {write(node.right, strength + 1)}"
    return f"({text})" if lowest > strength else text


def _signless(node: Expression) -> bool:
    return isinstance(node, Literal) and node.kind == "number"


def _literal(node: Literal) -> str:
    value = node.value
    if node.kind == "null":
        return "null"
    if node.kind == "bool":
        return "true" if value else "false"
    if node.kind == "instant":
        return format_instant(value)
    if node.kind == "interval":
        return format_time(*value)
    if node.kind == "string":
        return "'" + value.replace("'", "''") + "'"
    if node.kind == "duration":
        return f"duration'{format_duration(value)}'"
    if node.kind == "geometry":
        return "geography'" + value.replace("'", "''") + "'"
    return str(value)


def write_query(query: Query, separator: str = "&") -> str:
    """All options as text (not percent-encoded), joined by ``separator``."""
    parts = []
    if query.filter is not None:
        parts.append(f"$filter={write(query.filter)}")
    if query.expand:
        parts.append("$expand=" + ",".join(_expand(one) for one in query.expand))
    if query.select is not None:
        parts.append("$select=" + ",".join(query.select))
    if query.orderby:
        parts.append(
            "$orderby=" + ",".join(write(one.by) + (" desc" if one.descending else " asc") for one in query.orderby)
        )
    if query.top is not None:
        parts.append(f"$top={query.top}")
    if query.skip:
        parts.append(f"$skip={query.skip}")
    if query.count:
        parts.append("$count=true")
    if query.result_format:
        parts.append(f"$resultFormat={query.result_format}")
    if query.skiptoken:
        parts.append(f"$skiptoken={query.skiptoken}")
    return separator.join(parts)


def _expand(one: Expand) -> str:
    inner = write_query(one.query, ";")
    return f"{one.relation}({inner})" if inner else one.relation
