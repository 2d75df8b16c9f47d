"""Writes to files: keep one, scan what was not scanned."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Protocol

from taydo.kernel import ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import refused, too_large

from . import scanner, store
from .content import recognise
from .queries import COLUMNS, File, file

MOST_BYTES = 20 * 1024 * 1024


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


@action("files.keep")
def keep(
    viewer: Viewer, stream: Readable, name: str, *, object_kind: str = "", object_id: str = "", agency: str = "", public: bool = False,
    most_bytes: int = MOST_BYTES,
) -> File:  # fmt: skip
    """Keep a file by what it is: type by content, pictures redrawn without metadata, scanned, then durable before its row.

    413 over `most_bytes`; 422 for a kind that is not taken or a broken picture; 403 for malware; 503 when the scanner is silent.
    """
    viewer.require("files.keep", *([agency] if agency else []))
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        size = most_bytes // (1024 * 1024)
        raise too_large(
            "file_too_large", f"Tệp lớn hơn {size} MB.", f"The file is larger than {size} MB.", field="file"
        )
    content = recognise(data, name)
    state = scanner.scan(data)
    if state == scanner.INFECTED:
        raise refused(
            "file_infected",
            "Tệp này chứa mã độc nên không được nhận.",
            "This file holds malware and is not taken.",
            field="file",
        )
    kept = sql.row(
        f"""INSERT INTO files_file AS f (id, sha256, size, name, content_type, scan, object_kind, object_id, agency, public, kept_by,
                width, height, lon, lat)
            VALUES (%(id)s, %(sha)s, %(size)s, %(name)s, %(type)s, %(scan)s, %(kind)s, %(object)s, %(agency)s, %(public)s, %(by)s,
                %(width)s, %(height)s, %(lon)s, %(lat)s) RETURNING {COLUMNS}""",
        {
            "id": ids.uuid7(), "sha": _durable(content.data), "size": len(content.data), "name": tidy(name, content.extension),
            "type": content.type, "scan": state, "kind": object_kind, "object": object_id, "agency": agency, "public": public,
            "by": viewer.actor_id, "width": content.width, "height": content.height, "lon": content.lon, "lat": content.lat,
        },
    )  # fmt: skip
    assert kept is not None
    about("file", kept["id"], agency)
    return File(**kept)


@action("files.keep")
def rehome(
    viewer: Viewer,
    file_ids: Sequence[str],
    *,
    from_: tuple[str, str],
    to: tuple[str, str],
    agency: str = "",
    public: bool = False,
) -> int:
    """Give files about one object to another, such as those of a draft to what it became; returns how many there were."""
    viewer.require("files.keep", *([agency] if agency else []))
    about(to[0], to[1], agency)
    return sql.execute(
        """UPDATE files_file SET object_kind = %(to_kind)s, object_id = %(to_id)s, agency = %(agency)s, public = %(public)s
           WHERE id = ANY(%(ids)s::uuid[]) AND object_kind = %(kind)s AND object_id = %(id)s""",
        {
            "to_kind": to[0],
            "to_id": to[1],
            "agency": agency,
            "public": public,
            "ids": list(file_ids),
            "kind": from_[0],
            "id": from_[1],
        },
    )


def _durable(data: bytes) -> str:
    """Bytes on disk that nobody forgets before this transaction's row for them stands; their digest."""
    digest = store.write(data)
    hold_bytes(digest)
    return digest if store.place(digest).exists() else store.write(data)


def hold_bytes(digest: str) -> None:
    """Until the transaction ends, nobody forgets the bytes of this digest (`erasing`)."""
    sql.execute("SELECT pg_advisory_xact_lock_shared(hashtext('files.bytes'), hashtext(%(d)s))", {"d": digest})


@action("files.keep")
def copy(
    viewer: Viewer, file_id: uuid.UUID, *, object_kind: str, object_id: str, agency: str = "", name: str = ""
) -> File:
    """The same bytes as the file of another object, which the viewer may see; each is erased on its own. 404 when there is none."""
    viewer.require("files.keep", *([agency] if agency else []))
    found = file(viewer, file_id)
    hold_bytes(found.sha256)
    kept = sql.row(
        f"""INSERT INTO files_file AS f (id, sha256, size, name, content_type, scan, object_kind, object_id, agency, public, kept_by,
                width, height, lon, lat)
            SELECT %(id)s, f.sha256, f.size, coalesce(nullif(%(name)s, ''), f.name), f.content_type, f.scan, %(kind)s, %(object)s, %(agency)s,
                false, %(by)s, f.width, f.height, f.lon, f.lat FROM files_file f WHERE f.id = %(from)s RETURNING {COLUMNS}""",
        {"id": ids.uuid7(), "from": file_id, "name": name, "kind": object_kind, "object": object_id, "agency": agency, "by": viewer.actor_id},
    )  # fmt: skip
    assert kept is not None
    about("file", kept["id"], agency)
    return File(**kept)


@action("files.scan")
def scan_waiting(viewer: Viewer, most: int = 50) -> int:
    """Scan files that were kept while no scanner ran; returns how many."""
    waiting = sql.rows(
        "SELECT id, sha256 FROM files_file WHERE scan = 'unscanned' ORDER BY kept_at LIMIT %(most)s FOR UPDATE SKIP LOCKED",
        {"most": most},
    )
    states = [scanner.scan(store.read(item["sha256"])) for item in waiting]
    sql.execute(
        "UPDATE files_file f SET scan = s.state FROM unnest(%(ids)s::uuid[], %(states)s::text[]) AS s(id, state) WHERE f.id = s.id",
        {"ids": [item["id"] for item in waiting], "states": states},
    )
    return len(waiting)


def tidy(name: str, extension: str) -> str:
    """A file name that is safe to show and to save: no path, no control or direction marks, the extension its content has."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    plain = re.sub(r'[<>:"|?*%;]+', "_", plain).strip(" .")[:120]
    stem = plain.rsplit(".", 1)[0] if "." in plain else plain
    return f"{stem or 'tep'}.{extension}"
