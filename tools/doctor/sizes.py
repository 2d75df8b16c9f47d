"""Files and functions stay small: ugliness sits in the tail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .tree import Fault, Tree

FUNCTION, FILE, KERNEL, ENGINE, README, HOWTO = 40, 400, 300, 2000, 200, 80
DOMAIN = {
    "domain.yaml": 120, "events.py": 100, "rules.py": 400, "models.py": 400, "queries.py": 300, "actions.py": 400,
    "public.py": 120, "api.py": 400, "pages.py": 400, "handlers.py": 150, "jobs.py": 150,
}  # fmt: skip
SPLIT = "split it by what its parts are for, and name each part for that"


def check(tree: Tree) -> Iterator[Fault]:
    """Files above their cap, functions above 40 lines, engines above 2,000."""
    engines: dict[str, int] = defaultdict(int)
    for path in tree.ending(".py", ".ts", ".css", ".html", ".yaml", ".md"):
        if "/migrations/" in path or path.startswith("docs/reference/"):
            continue
        count, cap = len(tree.lines(path)), cap_of(path)
        if cap and count > cap:
            yield Fault(path, cap + 1, f"{count} lines, the cap is {cap}", SPLIT)
        if path.endswith(".py"):
            yield from _functions(tree, path)
            if path.startswith("src/taydo/engines/") and "/tests/" not in path:
                engines["/".join(path.split("/")[:4])] += count
    for folder, count in engines.items():
        if count > ENGINE:
            yield Fault(
                f"{folder}/engine.yaml",
                1,
                f"the engine has {count} lines, the cap is {ENGINE}",
                "move what serves one domain there",
            )


def cap_of(path: str) -> int:
    """How many lines a file may have; 0 for no cap."""
    steps = path.split("/")
    if path.endswith(".md"):
        return HOWTO if path.startswith("docs/howto/") else 0
    if path.endswith(".yaml"):
        if path.startswith("src/taydo/domains/"):
            return DOMAIN.get(steps[-1], 200)
        return FILE
    if path.startswith("src/taydo/kernel/") and path.endswith(".py") and "/tests/" not in path:
        return KERNEL
    if path.startswith("src/taydo/domains/") and len(steps) == 5:
        return DOMAIN.get(steps[-1], FILE)
    return FILE


def _functions(tree: Tree, path: str) -> Iterator[Fault]:
    for node in tree.functions(path):
        count = (node.end_lineno or node.lineno) - node.lineno + 1
        if count > FUNCTION:
            yield Fault(path, node.lineno, f"function {node.name} has {count} lines, the cap is {FUNCTION}", SPLIT)
