"""The generated reference says what the code says."""

from __future__ import annotations

from collections.abc import Iterator

from .django_of import hindrance
from .tree import Fault, Tree


def check(tree: Tree) -> Iterator[Fault]:
    """Pages of docs/reference that are missing or differ from what the code makes."""
    if hindrance(tree):
        return
    from tools import reference

    for name, text in reference.pages().items():
        path = f"{reference.FOLDER}/{name}"
        for line in text.splitlines():
            if reference.UNKNOWN in line:
                yield Fault(
                    "tools/reference.py",
                    1,
                    f"{line.split('|')[1].strip()} is read and not described",
                    "describe it in SETTINGS",
                )
        if path not in tree.files:
            yield Fault(path, 1, "is missing", "run `make docs`")
        elif tree.text(path) != text:
            there, wanted = tree.lines(path), text.splitlines()
            line = next(
                (n for n, (a, b) in enumerate(zip(there, wanted, strict=False), 1) if a != b),
                min(len(there), len(wanted)) + 1,
            )
            yield Fault(path, line, "differs from the code", "run `make docs`")
