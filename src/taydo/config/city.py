"""Loads the city's folder into the running house: units, agencies, accounts, stations, limits — idempotent and quick."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from taydo.kernel import manifest, specs, sql
from taydo.kernel.jobs import LOADS


def checksum(folder: Path) -> str:
    """One hash over every declaration of the city and of the parts, and over whether this is a demonstration."""
    digest = hashlib.sha256(b"demo" if settings.TAYDO_DEMO else b"")
    files = [*folder.rglob("*")]
    for part in manifest.parts():
        files += (manifest.ROOT / part.floor / part.module.rsplit(".", 1)[1]).rglob("*.yaml")
    for path in sorted(path for path in files if path.is_file()):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load(force: bool = False) -> Iterator[str]:
    """Load everything that changed since last time; yields a line for each step done."""
    mark = checksum(specs.city())
    if not force and sql.value("SELECT checksum FROM kernel_loaded WHERE name = 'city'") == mark:
        yield "city unchanged"
        return
    for step in sorted(LOADS.values(), key=lambda load: (load.order, load.name)):
        yield f"{step.name}: {step.run(specs.city())}"
    sql.execute(
        """INSERT INTO kernel_loaded (name, checksum, tags) VALUES ('city', %(c)s, '{}')
           ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, at = now()""",
        {"c": mark},
    )
