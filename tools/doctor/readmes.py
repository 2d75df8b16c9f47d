"""Every domain explains itself to the next person."""

from __future__ import annotations

from collections.abc import Iterator

from .manifests import manifests
from .tree import Fault, Tree


def check(tree: Tree) -> Iterator[Fault]:
    """Domains without a README, and READMEs that say nothing."""
    present = set(tree.files)
    for path, _ in manifests(tree):
        if "/domains/" not in path:
            continue
        readme = path.replace("domain.yaml", "README.md")
        if readme not in present:
            yield Fault(readme, 1, "is missing", "say what the domain does, for whom, and where its truth comes from")
        elif len(tree.text(readme).split()) < 20:
            yield Fault(readme, 1, "says nothing", "say what the domain does, for whom, and where its truth comes from")
