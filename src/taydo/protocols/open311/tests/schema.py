"""The schema of GeoReport v2 for tests: whether XML bytes keep it."""

from __future__ import annotations

from pathlib import Path

import xmlschema

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("georeport_v2.xsd"))


def faults(document: bytes) -> list[str]:
    """What breaks the schema; empty when nothing does."""
    return [f"{error.path}: {error.reason}" for error in SCHEMA.iter_errors(document.decode())]
