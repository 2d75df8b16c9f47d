"""Taking one's papers along: an index, and a zip that is made while it is sent."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from taydo.engines.files import queries as files
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from . import Paper, mine
from .letting import consents, looks, uses


def everything(viewer: Viewer) -> list[dict[str, Any]]:
    """Every own paper with what is known of it, what it was used for, whom it was shared with and who looked."""
    return [
        _index(one)
        | {
            "uses": uses(viewer, one.id),
            "consents": [{key: item[key] for key in item if key not in ("to_id", "token")} for item in consents(viewer, one.id)],
            "looks": looks(viewer, one.id),
        }
        for one in mine(viewer)
    ]  # fmt: skip


def _index(one: Paper) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "title": one.title, "origin": one.origin, "issuer": one.issuer, "number": one.number, "issued_on": one.issued_on,
        "valid_to": one.valid_to, "state": one.state, "verify": f"/verify/{one.verify}" if one.verify else "", "data": one.data,
        "keep_until": "for ever" if one.kept_for_ever else one.keep_until,
    }  # fmt: skip


class _Pipe(io.RawIOBase):
    """What was written since it was last asked: a zip can be sent while it grows."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """The bytes since the last time."""
        data, self.waiting = b"".join(self.waiting), []
        return data


def as_zip(viewer: Viewer) -> Iterator[bytes]:
    """Every own paper's file and `papers.json`, one file in memory at a time."""
    pipe, index = _Pipe(), []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for one in everything(viewer):
            kept = next(iter(files.files_of(viewer, "paper", one["id"])), None)
            if kept is not None:
                one["file"] = f"{one['id'][-12:]}-{kept.name}"
                try:
                    archive.writestr(one["file"], files.open_file(viewer, kept.id)[1])
                except Problem as problem:
                    one["file"], one["missing"] = "", problem.vi
                yield pipe.taken()
            index.append(one)
        text = json.dumps({"at": clock.now(), "papers": index}, ensure_ascii=False, indent=1, default=str)
        archive.writestr("papers.json", text)
    yield pipe.taken()
