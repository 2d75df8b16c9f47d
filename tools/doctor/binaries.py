"""The project is text. Pictures may illustrate the documents; data, archives and programs stay outside."""

from __future__ import annotations

from collections.abc import Iterator

from .tree import Fault, Tree

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".ico", ".woff2")
PICTURE_FOLDERS = ("docs/", "web/public/", "src/taydo/static/")
MOST, MOST_PICTURE = 600_000, 1_500_000


def check(tree: Tree) -> Iterator[Fault]:
    """Files with bytes that are not text, and files too large to read."""
    for path in tree.files:
        file = tree.root / path
        size = file.stat().st_size
        if path.endswith(PICTURES) and path.startswith(PICTURE_FOLDERS):
            if size > MOST_PICTURE:
                yield Fault(
                    path, 1, f"a picture of {size // 1000} kB", f"keep pictures under {MOST_PICTURE // 1000} kB"
                )
            continue
        with file.open("rb") as source:
            start = source.read(8192)
        if b"\0" in start:
            yield Fault(path, 1, "binary data", "have a program fetch or make it, outside the project")
        elif size > MOST:
            yield Fault(path, 1, f"{size // 1000} kB in one file", "big data stays outside the project")
