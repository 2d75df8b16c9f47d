"""Manifests: what each domain and engine is, serves, uses and permits (`domain.yaml`, `engine.yaml`)."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from pathlib import Path

from pydantic import Field

from .specs import Label, Spec, load

ROOT = Path(__file__).resolve().parents[1]


class Link(Spec):
    """An entry of the navigation; the lower its `order`, the further in front."""

    path: str
    title: Label
    permission: str | None = None
    order: int = 50


class Manifest(Spec):
    """One domain or engine: who it is and what it lets people do."""

    id: str
    title: Label
    systems: list[str] = Field(default_factory=list)
    uses: list[str] = Field(default_factory=list)
    permissions: dict[str, Label] = Field(default_factory=dict)
    navigation: list[Link] = Field(default_factory=list)


class Part(Spec):
    """A manifest with where it stands."""

    manifest: Manifest
    module: str
    floor: str


@functools.cache
def parts() -> tuple[Part, ...]:
    """Every engine, then every domain, by name. A folder without a manifest is not part of the house."""
    found: list[Part] = []
    for floor, file in (("engines", "engine.yaml"), ("domains", "domain.yaml")):
        for folder in sorted((ROOT / floor).iterdir()):
            if (folder / file).exists():
                manifest = load(folder / file, Manifest)
                found.append(Part(manifest=manifest, module=f"taydo.{floor}.{folder.name}", floor=floor))
    return tuple(found)


def permissions() -> dict[str, Label]:
    """Every permission of the house with its words."""
    return {name: label for part in parts() for name, label in part.manifest.permissions.items()}


def discover(name: str) -> list[str]:
    """Import module `name` (such as `handlers`) of every part that has one; return the modules' names."""
    loaded = []
    for part in parts():
        full = f"{part.module}.{name}"
        if importlib.util.find_spec(full) is not None:
            importlib.import_module(full)
            loaded.append(full)
    return loaded
