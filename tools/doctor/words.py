"""Nothing unfinished leaves the workshop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import Fault, Tree

WORDS = [
    "TO" + "DO",
    "FIX" + "ME",
    "X" + "XX",
    "HA" + "CK",
    "W" + "IP",
    "T" + "BD",
    "NotImplemented" + "Error",
    "lorem " + "ipsum",
    "coming " + "soon",
]
UNFINISHED = re.compile(r"(?<![\w-])(" + "|".join(WORDS) + r")(?![\w-])")
READ = (".py", ".ts", ".css", ".html", ".yaml", ".yml", ".toml", ".md", ".sh", ".cfg", "Makefile")


def check(tree: Tree) -> Iterator[Fault]:
    """Marks of work that was left."""
    for path in tree.ending(*READ):
        for number, line in enumerate(tree.lines(path), 1):
            if found := UNFINISHED.search(line):
                yield Fault(path, number, f"“{found.group()}”", "do it now, or take it out and write an issue")
