"""Run every check, or those named: `python -m tools.doctor [--root FOLDER] [check …]`; exit 1 when something is wrong."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
import traceback
from pathlib import Path

from .tree import Fault, Tree

PLUMBING = {"tree", "django_of", "__main__"}


def checks() -> list[str]:
    """Names of every check there is."""
    return sorted(
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name not in PLUMBING
    )


def examine(tree: Tree, names: list[str]) -> list[Fault]:
    """Every fault the named checks find."""
    found: list[Fault] = []
    for name in names:
        try:
            found += importlib.import_module(f"{__package__}.{name}").check(tree)
        except Exception as error:  # what is examined may be too broken to be examined
            found.append(
                Fault(
                    *_where(error, tree),
                    f"{name} cannot be checked: {type(error).__name__}: {error}",
                    "correct that first",
                )
            )
    return found


def _where(error: Exception, tree: Tree) -> tuple[str, int]:
    if isinstance(error, SyntaxError) and error.filename:
        return str(Path(error.filename).resolve()).removeprefix(f"{tree.root}/"), error.lineno or 1
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/src/taydo/" in frame.filename]
    return (
        (frames[-1].filename.removeprefix(f"{tree.root}/"), frames[-1].lineno or 1) if frames else ("tools/doctor", 1)
    )


def main() -> int:
    """Parse the command line, print faults, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.doctor", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("check", nargs="*", default=checks(), help=f"one of: {', '.join(checks())}")
    options = parser.parse_args()
    sys.path.insert(0, str(options.root / "src"))
    start = time.perf_counter()
    found = examine(Tree(options.root.resolve()), options.check)
    for fault in found:
        print(fault)
    spent = time.perf_counter() - start
    print(f"doctor: {len(options.check)} checks, {len(found)} faults, {spent:.1f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
