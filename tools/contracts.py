"""Contracts of the house that import-linter does not bring along: anatomy, doors between domains, and manifests that tell the truth.

They hold for every engine and domain there is, also for one made tomorrow: nothing is listed by name and nothing is exempt.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

HOUSE = "taydo"
DECLARED = ("rules", "events")
ABOVE_PUBLIC = ("public", "actions", "queries", "models", *DECLARED)
ANATOMY: dict[str, tuple[str, ...]] = {
    "rules": (),
    "events": (),
    "migrations": DECLARED,
    "models": DECLARED,
    "queries": ("models", *DECLARED),
    "actions": ("queries", "models", *DECLARED),
    "public": ("actions", "queries", "models", *DECLARED),
    "panels": ABOVE_PUBLIC,
    "api": ABOVE_PUBLIC,
    "pages": ABOVE_PUBLIC,
    "faces": ABOVE_PUBLIC,
    "handlers": ABOVE_PUBLIC,
    "jobs": ABOVE_PUBLIC,
    "tests": ("panels", "api", "pages", "faces", "handlers", "jobs", "migrations", *ABOVE_PUBLIC),
}
OUTSIDE: dict[str, tuple[str, ...]] = {
    "rules": ("numpy", f"{HOUSE}.protocols", f"{HOUSE}.methods"),
    "events": (f"{HOUSE}.kernel",),
    "models": ("django", f"{HOUSE}.engines", f"{HOUSE}.kernel", f"{HOUSE}.protocols", f"{HOUSE}.methods"),
}


def folder(*names: str) -> Path:
    """The folder of a package of the house that is being checked."""
    spec = importlib.util.find_spec(HOUSE)
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]).joinpath(*names)


def members(graph: ImportGraph, floor: str) -> list[str]:
    """Names of the parts on a floor."""
    return sorted(name.rsplit(".", 1)[1] for name in graph.find_children(f"{HOUSE}.{floor}"))


def within(module: str, package: str) -> bool:
    """Whether a module is the package or stands in it."""
    return module == package or module.startswith(package + ".")


def imports_of(graph: ImportGraph, package: str) -> Iterator[tuple[str, str]]:
    """Every (importer, imported) pair whose importer stands in the package."""
    for importer in sorted({package} | graph.find_descendants(package)):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            yield importer, imported


def place(graph: ImportGraph, importer: str, imported: str) -> str:
    """`module:line: imports what` of an import."""
    details = graph.get_import_details(importer=importer, imported=imported)
    return f"{importer}:{details[0]['line_number'] if details else 1}: imports {imported}"


class Faults(Contract):
    """A contract that is kept when it finds no fault; each fault is one line of words."""

    def faults(self, graph: ImportGraph) -> Iterator[str]:
        """Everything that breaks the contract."""
        raise AssertionError("a contract says what breaks it")

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Called by import-linter."""
        found = list(self.faults(graph))
        return ContractCheck(kept=not found, metadata={"faults": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Called by import-linter."""
        for fault in check.metadata["faults"]:
            output.print_error(f"- {fault}")
        output.new_line()


class Anatomy(Faults):
    """Every file of a domain has a name from the table in ARCHITECTURE.md and imports only what the table allows."""

    type_name = "anatomy"

    def faults(self, graph: ImportGraph) -> Iterator[str]:
        """Strays, and imports that go up."""
        for domain in members(graph, "domains"):
            package = f"{HOUSE}.domains.{domain}"
            for child in sorted(graph.find_children(package)):
                name = child.rsplit(".", 1)[1]
                if name not in ANATOMY:
                    yield f"{child}: a domain has no file of this name; its files are {', '.join(sorted(ANATOMY))}"
                    continue
                yield from self._upward(graph, package, child, name)

    def _upward(self, graph: ImportGraph, package: str, child: str, name: str) -> Iterator[str]:
        for importer, imported in imports_of(graph, child):
            if imported == package or within(imported, child):
                continue
            if within(imported, package):
                if imported.split(".")[3] not in ANATOMY[name]:
                    yield f"{place(graph, importer, imported)} — {name} may not import {imported.split('.')[3]}"
            elif name in OUTSIDE and not _allowed(imported, OUTSIDE[name]):
                yield f"{place(graph, importer, imported)} — {name} may import only the standard library, {', '.join(OUTSIDE[name])}"


def _allowed(imported: str, packages: tuple[str, ...]) -> bool:
    top = imported.split(".")[0]
    return top in sys.stdlib_module_names or any(within(imported, package) for package in packages)


class Doors(Faults):
    """Domains meet only through `public` and events; what decides (rules, events, models, queries) meets nobody."""

    type_name = "doors"

    def faults(self, graph: ImportGraph) -> Iterator[str]:
        """Imports that go around the door."""
        for domain in members(graph, "domains"):
            package = f"{HOUSE}.domains.{domain}"
            for importer, imported in imports_of(graph, package):
                if not imported.startswith(f"{HOUSE}.domains.") or within(imported, package):
                    continue
                door = (imported.split(".") + [""])[3]
                asker = (importer.split(".") + [""])[3]
                if door not in ("public", "events"):
                    yield f"{place(graph, importer, imported)} — other domains are asked through their public.py"
                elif asker in ("rules", "events", "models", "queries"):
                    yield f"{place(graph, importer, imported)} — {asker} may not know other domains"


class Uses(Faults):
    """`uses:` of every manifest equals the engines and domains that the part imports (its tests do not count)."""

    type_name = "uses"

    def faults(self, graph: ImportGraph) -> Iterator[str]:
        """Differences between what is said and what is done."""
        for floor, file in (("engines", "engine.yaml"), ("domains", "domain.yaml")):
            for part in members(graph, floor):
                path = folder(floor, part, file)
                if not path.exists():
                    yield f"{HOUSE}.{floor}.{part}: has no {file}; every part of the house has a manifest"
                    continue
                declared: Any = yaml.safe_load(path.read_text("utf-8")) or {}
                yield from self._differences(
                    graph, f"{HOUSE}.{floor}.{part}", f"{floor}/{part}/{file}", set(declared.get("uses") or ())
                )

    def _differences(self, graph: ImportGraph, package: str, file: str, said: set[str]) -> Iterator[str]:
        done: dict[str, str] = {}
        for importer, imported in imports_of(graph, package):
            steps = imported.split(".")
            if within(importer, f"{package}.tests") or within(imported, package) or len(steps) < 3 or steps[0] != HOUSE:
                continue
            if steps[1] in ("engines", "domains"):
                done.setdefault(steps[2], place(graph, importer, imported))
        for name in sorted(done.keys() - said):
            yield f"{done[name]} — {file} does not say `uses: {name}`"
        for name in sorted(said - done.keys()):
            yield f"{file}: says `uses: {name}`, and nothing there imports it"
