"""Every declaration in YAML is read by a typed class, and reads well; a declaration nobody reads is refused."""

from __future__ import annotations

import fnmatch
import importlib
from collections.abc import Iterator
from typing import Any

import yaml

from .django_of import hindrance
from .tree import Fault, Tree

READ_BY = {
    "src/taydo/*/*/specs/case_types/*.yaml": "taydo.engines.cases.casetype:CaseType",
    "cities/*/identity.yaml": "taydo.domains.identity.queries:Policy",
    "src/taydo/*/*/specs/imports/*.yaml": "taydo.engines.imports.mapping:Mapping",
    "cities/*/*/imports/*.yaml": "taydo.engines.imports.mapping:Mapping",
    "cities/*/roles.yaml": "taydo.kernel.actors:Roles",
    "cities/*/hotline/categories.yaml": "taydo.domains.hotline.models:Categories",
    "cities/*/hotline/answers.yaml": "taydo.domains.hotline.models:Answers",
    "cities/*/hotline/desk.yaml": "taydo.domains.hotline.models:Desk",
}
MANIFESTS = ("domain.yaml", "engine.yaml")


def check(tree: Tree) -> Iterator[Fault]:
    """Declarations that are not YAML, repeat a key, or do not fit their class."""
    paths = [*tree.ending(".yaml", under="src/"), *tree.ending(".yaml", under="cities/")]
    for path in paths:
        yield from _readable(tree, path)
    if not hindrance(tree):
        for path in paths:
            name = next((owner for shape, owner in READ_BY.items() if fnmatch.fnmatch(path, shape)), "")
            if name:
                yield from _fits(tree, path, name)


def _readable(tree: Tree, path: str) -> Iterator[Fault]:
    try:
        node = yaml.compose(tree.text(path), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield Fault(path, mark.line + 1 if mark else 1, f"not YAML: {getattr(error, 'problem', error)}", "correct it")
        return
    yield from _repeated(path, node)


def _repeated(path: str, node: yaml.Node | None) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield Fault(path, key.start_mark.line + 1, f"“{key.value}” stands twice", "keep one")
            seen.add(str(key.value))
            yield from _repeated(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(path, value)


def model(name: str) -> Any:
    """The class of `module:Class`."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _fits(tree: Tree, path: str, name: str) -> Iterator[Fault]:
    from taydo.kernel.specs import SpecError, parse

    try:
        parse(tree.text(path), model(name), path)
    except SpecError as error:
        for line in str(error).splitlines():
            where, _, rest = line.removeprefix(path + ":").partition(":")
            yield Fault(
                path,
                int(where) if where.isdigit() else 1,
                rest.strip() or line,
                f"make it fit {name.replace(':', '.')}",
            )
