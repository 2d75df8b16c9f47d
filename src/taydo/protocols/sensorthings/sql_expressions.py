"""Expressions to SQL over one row `e` of an entity type; relations become joins that hide what the viewer may not see."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import StaError
from .sql_functions import FUNCTIONS, arithmetic
from .sql_values import Params, Piece, Schema, column, compare, json, literal, truth
from .tree import Binary, Call, Expression, Literal, Membership, Order, Path, Unary
from .vocabulary import TYPES

MAX_JOINS = 12


@dataclass
class Scope:
    """The row an expression is about, and the joins it has asked for so far (by the relations walked)."""

    schema: Schema
    entity: str
    params: Params
    prefix: str
    joins: dict[tuple[str, ...], str] = field(default_factory=dict)
    clauses: list[str] = field(default_factory=list)

    def alias(self, steps: tuple[str, ...], entity: str, before: str) -> tuple[str, str]:
        """(alias, entity type) at the end of the relations `steps`, joined when it is new."""
        relation = TYPES[entity].relations[steps[-1]]
        if steps not in self.joins:
            name = f"{self.prefix}{len(self.joins)}"
            if len(self.joins) >= MAX_JOINS:
                raise StaError("Biểu thức đi qua quá nhiều quan hệ", "The expression walks over too many relations")
            link = self.schema.links[entity, relation.name]
            seen, params = self.schema.visible(relation.target, name)
            self.params.found.update(params)
            on = link.on.format(a=name, k=link.key.format(a=before))
            self.clauses.append(f"LEFT JOIN {self.schema.tables[relation.target]} {name} ON ({on}) AND ({seen})")
            self.joins[steps] = name
        return self.joins[steps], relation.target

    def path(self, node: Path) -> Piece:
        """The value a property path leads to."""
        entity, alias = self.entity, "e"
        for index, step in enumerate(node.steps):
            if step in TYPES[entity].relations:
                alias, entity = self.alias(node.steps[: index + 1], entity, alias)
                continue
            name = "@iot.id" if step == "id" else step
            if name not in self.schema.columns[entity]:
                raise StaError(
                    f"{entity} không có thuộc tính {step!r}",
                    f"{entity} has no property {step!r}",
                    position=node.position,
                )
            return self._inside(column(self.schema.columns[entity][name], alias), node, node.steps[index + 1 :])
        raise StaError(
            f"{'/'.join(node.steps)} là quan hệ, cần một thuộc tính của nó",
            f"{'/'.join(node.steps)} is a relation; name one of its properties",
            position=node.position,
        )

    def _inside(self, found: Piece, node: Path, rest: tuple[str, ...]) -> Piece:
        if not rest:
            return found
        if "json" not in found.forms:
            raise StaError(
                f"{node.steps[-len(rest) - 1]!r} không có thuộc tính con",
                f"{node.steps[-len(rest) - 1]!r} has nothing inside",
                position=node.position,
            )
        return json(f"({found.forms['json']} #> {self.params.add(list(rest))}::text[])")


def _many(node: Expression, entity: str) -> bool:
    """Whether an expression walks over a relation to many."""
    if isinstance(node, Path):
        for step in node.steps:
            relation = TYPES[entity].relations.get(step)
            if relation is None:
                return False
            if relation.many:
                return True
            entity = relation.target
        return False
    if isinstance(node, Unary):
        return _many(node.operand, entity)
    if isinstance(node, Binary):
        return _many(node.left, entity) or _many(node.right, entity)
    if isinstance(node, Membership):
        return any(_many(one, entity) for one in (node.operand, *node.items))
    return isinstance(node, Call) and any(_many(one, entity) for one in node.args)


def condition(scope: Scope, node: Expression) -> str:
    """A filter as one boolean. Over relations to many it holds when it holds for one combination of related entities."""
    if not _many(node, scope.entity):
        return f"({_value(scope, node).take('bool')})"
    inner = Scope(scope.schema, scope.entity, scope.params, "m")
    test = _value(inner, node).take("bool")
    return f"EXISTS (SELECT FROM (SELECT 1) AS one {' '.join(inner.clauses)} WHERE {test})"


CONSTANT = ("TRUE", "FALSE", "NULL")


def ordering(scope: Scope, keys: tuple[Order, ...]) -> list[str]:
    """The keys of ORDER BY. Raises StaError for a key over a relation to many."""
    found = []
    for key in keys:
        if isinstance(key.by, Literal):  # a constant orders nothing, and SQL would take a number for a column's place
            continue
        if _many(key.by, scope.entity):
            raise StaError("Không sắp xếp được theo quan hệ nhiều", "Cannot order by a relation to many")
        piece = _value(scope, key.by)
        forms = ["json"] if "json" in piece.forms and "number" not in piece.forms else [piece.kind]
        if not piece.forms:
            continue
        if "json" in piece.forms:
            forms = ["json"]
        direction = "DESC NULLS LAST" if key.descending else "ASC NULLS LAST"
        found += [f"{piece.forms[form]} {direction}" for form in forms if piece.forms[form] not in CONSTANT]
    return found


def _value(scope: Scope, node: Expression) -> Piece:
    if isinstance(node, Literal):
        return literal(node, scope.params)
    if isinstance(node, Path):
        return scope.path(node)
    if isinstance(node, Call):
        return _called(scope, node)
    if isinstance(node, Unary):
        inner = _value(scope, node.operand)
        return (
            truth(f"(NOT {inner.take('bool')})")
            if node.op == "not"
            else Piece({"number": f"(- {inner.take('number')})"})
        )
    if isinstance(node, Membership):
        operand = _value(scope, node.operand)
        tests = [compare("eq", operand, _value(scope, item)).take("bool") for item in node.items]
        return truth("(" + (" OR ".join(tests) or "FALSE") + ")")
    return _binary(scope, node)


def _called(scope: Scope, node: Call) -> Piece:
    try:
        return FUNCTIONS[node.name](*(_value(scope, one) for one in node.args))
    except StaError as error:
        if error.position is not None:
            raise
        raise StaError(
            f"Hàm {node.name}: {error.vi}", f"Function {node.name}: {error.en}", position=node.position
        ) from None


def _binary(scope: Scope, node: Binary) -> Piece:
    quick = _observation_id(scope, node)
    if quick is not None:
        return quick
    left, right = _value(scope, node.left), _value(scope, node.right)
    if node.op in ("and", "or"):
        return truth(f"({left.take('bool')} {node.op.upper()} {right.take('bool')})")
    if node.op in ("add", "sub", "mul", "div", "mod"):
        return arithmetic(node.op, left, right)
    return compare(node.op, left, right)


def _observation_id(scope: Scope, node: Binary) -> Piece | None:
    """`id eq '7-1600000000000000'` on observations goes to the primary key."""
    if (
        scope.entity != "Observation"
        or node.op != "eq"
        or not isinstance(node.left, Path)
        or not isinstance(node.right, Literal)
    ):
        return None
    if node.left.steps not in (("id",), ("@iot.id",)) or node.right.kind != "string":
        return None
    return truth(scope.schema.is_one("Observation", "e", node.right.value, scope.params))
