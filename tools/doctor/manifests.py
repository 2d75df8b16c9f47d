"""Every engine and domain says who it is, correctly and in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .tree import Fault, Tree

SYSTEM = re.compile(r"^[A-Z]\d{1,2}$")


def manifests(tree: Tree) -> Iterator[tuple[str, Any]]:
    """(path from the root, manifest) of every part whose manifest can be read."""
    from taydo.kernel.manifest import Manifest
    from taydo.kernel.specs import SpecError, parse

    for path in _paths(tree):
        try:
            yield path, parse(tree.text(path), Manifest, path)
        except SpecError:
            continue


def _paths(tree: Tree) -> list[str]:
    return [
        path
        for path in tree.ending("/domain.yaml", "/engine.yaml", under="src/taydo/")
        if len(path.split("/")) == 5 and path.split("/")[2] in ("engines", "domains")
    ]


def check(tree: Tree) -> Iterator[Fault]:
    """Manifests that are missing, that do not read, or that say something that is not so."""
    from taydo.kernel.manifest import Manifest
    from taydo.kernel.specs import SpecError, parse

    folders = {"/".join(path.split("/")[:4]) for path in tree.ending(".py", under="src/taydo/") if _in_a_part(path)}
    having = {str(Path(path).parent) for path in _paths(tree)}
    for folder in sorted(folders - having):
        yield Fault(
            folder,
            1,
            "a part of the house without a manifest",
            "write domain.yaml or engine.yaml (see ARCHITECTURE.md)",
        )
    ids = {Path(path).parent.name for path in _paths(tree)}
    for path in _paths(tree):
        try:
            manifest = parse(tree.text(path), Manifest, path)
        except SpecError as error:
            for line in str(error).splitlines():
                where, _, rest = line.removeprefix(path + ":").partition(":")
                yield Fault(
                    path,
                    int(where) if where.isdigit() else 1,
                    rest.strip() or line,
                    "correct it; ARCHITECTURE.md describes manifests",
                )
            continue
        yield from _sayings(tree, path, manifest, ids)


def _in_a_part(path: str) -> bool:
    steps = path.split("/")
    return len(steps) > 4 and steps[2] in ("engines", "domains")


def _sayings(tree: Tree, path: str, manifest: Any, ids: set[str]) -> Iterator[Fault]:
    def at(word: str) -> int:
        return next((n for n, line in enumerate(tree.lines(path), 1) if word in line), 1)

    folder = Path(path).parent.name
    if manifest.id != folder:
        yield Fault(path, at("id:"), f"id “{manifest.id}” is not the folder's name", f"write `id: {folder}`")
    for name in manifest.uses:
        if name not in ids:
            yield Fault(
                path, at("uses:"), f"uses “{name}”, which is not there", "name engines and domains by their folder"
            )
    for system in manifest.systems:
        if not SYSTEM.match(system):
            yield Fault(path, at("systems:"), f"“{system}” is no system", "a letter and a number, such as U4")
    for name in manifest.permissions:
        if not re.fullmatch(rf"{re.escape(manifest.id)}\.[a-z_]+", name):
            yield Fault(path, at(name), f"permission “{name}” is not of this part", f"name it `{manifest.id}.verb`")
    for link in manifest.navigation:
        if not link.path.startswith("/"):
            yield Fault(path, at(link.path), f"navigation path “{link.path}”", "begin it with /")
