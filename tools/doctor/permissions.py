"""A permission that is asked for is declared in a manifest; a role gives only what exists."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import yaml

from .manifests import manifests
from .tree import Fault, Tree

ASKING = {"action": 0, "needs": 0, "require": 0, "may": 0, "agencies": 0, "visible": 1, "topic": 1}
DECLARE = "declare it with its words under `permissions:` of the part's manifest, or correct the name"


def check(tree: Tree) -> Iterator[Fault]:
    """Permissions that are used and not declared."""
    declared = {name for _, manifest in manifests(tree) for name in manifest.permissions}
    for path in tree.ending(".py", under="src/taydo/"):
        if "/tests/" not in path and "/kernel/" not in path:
            for line, name in asked_in(tree, path):
                if name not in declared:
                    yield Fault(path, line, f"permission “{name}” is declared nowhere", DECLARE)
    for path, manifest in manifests(tree):
        for link in manifest.navigation:
            if link.permission and link.permission not in declared:
                yield Fault(path, 1, f"navigation asks for “{link.permission}”, declared nowhere", DECLARE)
    for path in tree.ending("/roles.yaml", under="cities/"):
        for line, name in _given(tree, path):
            if name not in declared:
                yield Fault(path, line, f"a role gives “{name}”, declared nowhere", DECLARE)


def asked_in(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """(line, permission) for every permission written out in a Python file; actions open to all need none."""
    for call in tree.calls(path):
        name = (
            call.func.id
            if isinstance(call.func, ast.Name)
            else call.func.attr
            if isinstance(call.func, ast.Attribute)
            else ""
        )
        position = ASKING.get(name)
        if position is None or len(call.args) <= position or any(k.arg == "open_to_all" for k in call.keywords):
            continue
        argument = call.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value:
            yield call.lineno, argument.value


def _given(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    try:
        roles = (yaml.safe_load(tree.text(path)) or {}).get("roles") or {}
    except (yaml.YAMLError, AttributeError):
        return
    lines = tree.lines(path)
    for role in roles.values():
        for name in role.get("permissions") or ():
            yield next((n for n, line in enumerate(lines, 1) if name in line), 1), name
