"""The project runs anywhere: no file names a folder of one machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import Fault, Tree

PATH = re.compile(r"(?<![\w.$}~/-])/(?:wor" + r"k|home/[a-z]\w*|Users/[A-Z]\w*|root)/[\w.]|[A-Z]:\\Users\\")
READ = (
    ".py",
    ".ts",
    ".html",
    ".yaml",
    ".toml",
    ".md",
    ".sh",
    ".json",
    ".cfg",
    ".importlinter",
    "Makefile",
    ".csv",
    ".in",
    ".txt",
    "run",
)


def check(tree: Tree) -> Iterator[Fault]:
    """Absolute paths into somebody's home or workshop."""
    for path in tree.ending(*READ):
        if path.endswith("package-lock.json"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if PATH.search(line):
                yield Fault(
                    path,
                    number,
                    "a path of one machine",
                    "make it relative to the project, or read it from the environment",
                )
