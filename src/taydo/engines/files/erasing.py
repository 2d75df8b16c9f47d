"""Erasing files: the row at once, the bytes as soon as nobody else keeps the same ones."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import job

from . import store


@action("files.erase")
def erase(viewer: Viewer, object_kind: str, object_ids: Sequence[str]) -> int:
    """Erase every file about these objects; called by the objects' owner, inside its action. Returns how many.

    The bytes go by a job of the same transaction: they are gone soon after it, also when the process is killed in between.
    """
    about(object_kind, ",".join(object_ids))
    gone = sql.rows(
        "DELETE FROM files_file WHERE object_kind = %(kind)s AND object_id = ANY(%(ids)s) RETURNING sha256",
        {"kind": object_kind, "ids": list(object_ids)},
    )
    forget_bytes.later_many([{"digest": item} for item in sorted({item["sha256"] for item in gone})])
    return len(gone)


@job("files.forget_bytes", retry=8)
def forget_bytes(digest: str) -> None:
    """Remove the bytes of a digest unless a file still stands on them; whoever keeps the same bytes meanwhile waits or is waited for."""
    with transaction.atomic():
        sql.execute("SELECT pg_advisory_xact_lock(hashtext('files.bytes'), hashtext(%(d)s))", {"d": digest})
        if not sql.value("SELECT EXISTS (SELECT FROM files_file WHERE sha256 = %(d)s)", {"d": digest}):
            store.place(digest).unlink(missing_ok=True)
