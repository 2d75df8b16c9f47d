"""Links in the documents lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from .tree import Fault, Tree

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.*)$")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def check(tree: Tree) -> Iterator[Fault]:
    """Relative links to files that are not there, and to headings that are not there."""
    present = set(tree.files) | {str(parent) for path in tree.files for parent in PurePosixPath(path).parents}
    for path in tree.ending(".md"):
        text = CODE.sub(lambda found: re.sub(r"[^\n]", "_", found.group()), tree.text(path))
        for found in LINK.finditer(text):
            target, _, heading = found.group(1).partition("#")
            line = text.count("\n", 0, found.start()) + 1
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            goal = _resolved(path, target) if target else path
            if goal not in present:
                yield Fault(path, line, f"link to {found.group(1)}, which is not there", "correct the link")
            elif heading and goal.endswith(".md") and heading not in anchors(tree, goal):
                yield Fault(path, line, f"link to a heading that is not there: #{heading}", "correct the link")


def _resolved(path: str, target: str) -> str:
    steps: list[str] = [] if target.startswith("/") else list(PurePosixPath(path).parent.parts)
    for step in PurePosixPath(target.lstrip("/")).parts:
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps) or "."


def anchors(tree: Tree, path: str) -> set[str]:
    """The anchors that a reader of Markdown makes of the headings."""
    found = set()
    for line in tree.lines(path):
        if heading := HEADING.match(line):
            words = re.sub(r"[^\w\- ]", "", heading.group(1).strip().lower())
            found.add(words.replace(" ", "-"))
    return found
