"""Locks pin what is installed and name no registry: whoever installs uses the one they trust."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .tree import Fault, Tree

ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|^registry\s*=")
PINNED = re.compile(r"^[A-Za-z0-9][\w.\-]*(\[[\w,\-]+\])?==\S+")


def check(tree: Tree) -> Iterator[Fault]:
    """Addresses in lock files, and requirements without version or hash."""
    for path in ("requirements.txt", "requirements-dev.txt"):
        if path not in tree.files:
            yield Fault(path, 1, "is missing", "run `make lock`")
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if ADDRESS.search(line):
                yield Fault(path, number, "an address of a registry", "run `make lock`")
            if line[:1].isalnum() and not (PINNED.match(line) and line.rstrip().endswith("\\")):
                yield Fault(path, number, "not pinned to a version with hashes", "run `make lock`")
    for path in tree.ending(".npmrc", "pip.conf", "uv.toml"):
        for number, line in enumerate(tree.lines(path), 1):
            if ADDRESS.search(line.strip()):
                yield Fault(
                    path,
                    number,
                    "an address of a registry",
                    "take it out; a machine's own configuration names its registry",
                )
    for path in tree.ending("package-lock.json"):
        for name, package in json.loads(tree.text(path)).get("packages", {}).items():
            if "resolved" in package and str(package["resolved"]).startswith("http"):
                line = tree.text(path)[: tree.text(path).find(package["resolved"])].count("\n") + 1
                yield Fault(path, line, f"{name}: an address of a registry", "run `make lock`")
            if name.startswith("node_modules/") and not package.get("link") and "integrity" not in package:
                yield Fault(path, 1, f"{name}: no integrity hash", "run `make lock`")
