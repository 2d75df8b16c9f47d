"""Pages keep the content security policy: no inline script, no inline style, no handler in an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import Fault, Tree

TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(r"\sstyle\s*=", re.IGNORECASE)
DATA_BLOCK = re.compile(r"type\s*=\s*[\"']application/(ld\+)?json[\"']")
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def check(tree: Tree) -> Iterator[Fault]:
    """What a browser would refuse under the policy."""
    for path in [*tree.ending(".html", under="src/"), *tree.ending(".html", under="web/")]:
        text = JINJA.sub(lambda found: re.sub(r"[^\n]", "_", found.group()), tree.text(path))
        for found in TAG.finditer(text):
            for wrong, do in _wrong(found.group(1).lower(), found.group(2)):
                yield Fault(path, text.count("\n", 0, found.start()) + 1, wrong, do)


def _wrong(tag: str, attributes: str) -> Iterator[tuple[str, str]]:
    if tag == "script" and "src" not in attributes and not DATA_BLOCK.search(attributes):
        yield "inline script", "put it into a module in web/ and load that"
    if tag == "style" or STYLE.search(attributes):
        yield "inline style", "use a class of the style sheet"
    if HANDLER.search(attributes):
        yield "event handler in an attribute", "listen from a module in web/"
    if "javascript:" in attributes.lower():
        yield "javascript: address", "use a button and a module in web/"
