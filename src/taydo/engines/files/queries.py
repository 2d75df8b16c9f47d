"""Every read of files, through one predicate: public ones, those of the viewer's agencies, one's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing, refused
from taydo.kernel.permissions import visible
from taydo.kernel.sql import Sql

from . import scanner, store

COLUMNS = """f.id, f.sha256, f.size, f.name, f.content_type, f.scan, f.object_kind, f.object_id, f.agency, f.public, f.kept_by, f.kept_at,
    f.width, f.height, f.lon, f.lat"""


@dataclass(frozen=True, slots=True)
class File:
    """A kept file; `size` in bytes, `scan`: clean, infected or unscanned."""

    id: uuid.UUID
    sha256: str
    size: int
    name: str
    content_type: str
    scan: str
    object_kind: str
    object_id: str
    agency: str
    public: bool
    kept_by: int | None
    kept_at: datetime
    width: int | None
    height: int | None
    lon: float | None
    lat: float | None

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"/files/{self.id}"


_guards: dict[str, Callable[[Viewer], Sql]] = {}
_watchers: dict[str, Callable[[Viewer, File], None]] = {}


def guard(kind: str, maker: Callable[[Viewer], Sql], opened: Callable[[Viewer, File], None] | None = None) -> None:
    """Let the owner of a kind of object decide who sees the files about it: `maker` gives its predicate over alias f.

    Nothing else opens such a file then: neither a permission on files nor that it is public nor who kept it. `opened` is told before
    bytes leave, whichever door they leave by, and may still refuse; such files are not kept by browsers.
    """
    assert kind.isidentifier()
    _guards[kind] = maker
    if opened:
        _watchers[kind] = opened


def watched(kind: str) -> bool:
    """Whether every opening of files about this kind of object counts."""
    return kind in _watchers


def guarded(kind: str) -> bool:
    """Whether files about this kind of object are its owner's to open, and so also to attach."""
    return kind in _guards


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of files (alias f)."""
    clause = visible(viewer, "files.see", "f.agency", public="f.public")
    if viewer.actor_id is not None:
        clause |= Sql("f.kept_by = %(kept_by_me)s", {"kept_by_me": viewer.actor_id})
    if _guards:
        clause = Sql("f.object_kind <> ALL (%(guarded)s::text[])", {"guarded": sorted(_guards)}) & clause
    for kind in sorted(_guards):
        clause |= Sql(f"f.object_kind = '{kind}'") & _guards[kind](viewer)
    return clause


def file(viewer: Viewer, file_id: uuid.UUID) -> File:
    """One file's row; 404 when there is none the viewer may see."""
    clause = may_see(viewer)
    found = sql.row(
        f"SELECT {COLUMNS} FROM files_file f WHERE f.id = %(id)s AND ({clause.text})", {"id": file_id, **clause.params}
    )
    if found is None:
        raise _no_such_file()
    return File(**found)


def files_of(viewer: Viewer, object_kind: str, *object_ids: str) -> list[File]:
    """The files about one object or several of a kind that the viewer may see, the oldest first."""
    clause = may_see(viewer)
    params: dict[str, Any] = {"kind": object_kind, "objects": list(object_ids), **clause.params}
    found = sql.rows(
        f"""SELECT {COLUMNS} FROM files_file f
            WHERE f.object_kind = %(kind)s AND f.object_id = ANY (%(objects)s) AND ({clause.text}) ORDER BY f.id""",
        params,
    )
    return [File(**item) for item in found]


def open_file(viewer: Viewer, file_id: uuid.UUID) -> tuple[File, bytes]:
    """A file with its bytes. 403 when it is infected; 404 when the viewer may not see it or the bytes are gone or changed."""
    found = file(viewer, file_id)
    if found.scan == scanner.INFECTED:
        raise refused(
            "file_infected", "Tệp này chứa mã độc nên không mở được.", "This file holds malware and is not given out."
        )
    try:
        data = store.read(found.sha256)
    except (OSError, ValueError) as error:
        raise _no_such_file() from error
    if found.object_kind in _watchers:
        _watchers[found.object_kind](viewer, found)
    return found, data


def _no_such_file() -> Problem:
    return missing("no_such_file", "Không có tệp này.", "There is no such file.")
