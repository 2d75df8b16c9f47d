"""No file is named for nothing: what has no name has no home yet and stays beside its single caller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from .tree import Fault, Tree

BANNED = frozenset(
    [
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "misc",
        "base",
        "core",
        "extras",
        "mixins",
        "managers",
        "services",
        "signals",
        "const",
        "constants",
        "types",
    ]
)
OURS = ("src/", "tests/", "tools/", "web/", "conftest.py")


def check(tree: Tree) -> Iterator[Fault]:
    """Files and folders with a banned name."""
    seen = set()
    for path in tree.files:
        if not path.startswith(OURS):
            continue
        steps = PurePosixPath(path).parts
        for depth, step in enumerate(steps):
            name = step.split(".")[0].lower()
            place = "/".join(steps[: depth + 1])
            if name in BANNED and place not in seen:
                seen.add(place)
                yield Fault(
                    place,
                    1,
                    f"“{name}” says nothing",
                    "name it for what it does, or leave the code beside its single caller",
                )
