"""Every label stands in both languages, and every `t(…)` has two texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from .tree import Fault, Tree

BOTH = "write it in Vietnamese and in English"
CALL = re.compile(r"(?<![\w.])t\(")


def check(tree: Tree) -> Iterator[Fault]:
    """Labels with one language, texts without their twin, and Vietnamese on a template that is not in `t(…)`."""
    for path in tree.ending(".yaml", under="src/") + tree.ending(".yaml", under="cities/"):
        try:
            node = yaml.compose(tree.text(path), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            continue
        yield from _labels(path, node)
    for path in tree.ending(".py", under="src/"):
        for call in tree.calls(path):
            if isinstance(call.func, ast.Name) and call.func.id == "t" and len(call.args) + len(call.keywords) != 2:
                yield Fault(path, call.lineno, "t() with one text", BOTH)
    for path in tree.ending(".html", under="src/"):
        yield from _template(tree, path)


def _labels(path: str, node: yaml.Node | None) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        keys = {key.value: value for key, value in node.value}
        if "vi" in keys or "en" in keys:
            for language in ("vi", "en"):
                if language not in keys or not str(getattr(keys[language], "value", "")).strip():
                    yield Fault(path, node.start_mark.line + 1, f"a label without “{language}”", BOTH)
        for _, value in node.value:
            yield from _labels(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _labels(path, value)


def _template(tree: Tree, path: str) -> Iterator[Fault]:
    text = tree.text(path)
    for found in CALL.finditer(text):
        if arguments(text, found.end()) != 2:
            yield Fault(path, text.count("\n", 0, found.start()) + 1, "t() with one text", BOTH)


def arguments(text: str, start: int) -> int:
    """How many arguments a call has whose bracket opened just before `start` (strings and nested brackets are seen)."""
    depth, count, quote, some = 1, 0, "", False
    at = start
    while at < len(text) and depth:
        letter = text[at]
        if quote:
            if letter == "\\":
                at += 1
            elif letter == quote:
                quote = ""
        elif letter in "\"'":
            quote, some = letter, True
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 1:
            count += 1
        elif not letter.isspace():
            some = True
        at += 1
    return count + 1 if some else 0
