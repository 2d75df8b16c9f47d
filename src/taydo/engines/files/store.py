"""Bytes on disk under their own SHA-256: written aside, flushed, then given their name, so that a name never stands for half a file."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from django.conf import settings


def root() -> Path:
    """The folder of all files."""
    return Path(settings.TAYDO_HOME) / "files"


def place(digest: str) -> Path:
    """Where the bytes of a digest stand."""
    return root() / digest[:2] / digest[2:4] / digest


def write(data: bytes) -> str:
    """Keep bytes durably; returns their SHA-256 in hexadecimal. The same bytes are kept once."""
    digest = hashlib.sha256(data).hexdigest()
    target = place(digest)
    if target.exists():
        return digest
    aside = root() / "aside"
    aside.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=aside)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, target)
    for folder in (target.parent, target.parent.parent, root()):
        _flush(folder)
    return digest


def read(digest: str) -> bytes:
    """The bytes of a digest, checked; raises OSError when they are gone and ValueError when they have been changed."""
    data = place(digest).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"the bytes of {digest} have been changed")
    return data


def sweep(older_s: float = 86_400) -> int:
    """Remove what a killed process left aside; returns how many."""
    gone = 0
    for path in (root() / "aside").glob("*"):
        if time.time() - path.stat().st_mtime > older_s:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
