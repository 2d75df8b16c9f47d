"""Files over HTTP: keep one, read what is known about it. Its bytes are at `/files/{id}`."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import File as FileIn
from ninja import Form, Router
from ninja.files import UploadedFile

from taydo.kernel.errors import invalid
from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["files"])


@router.post("/files")
def keep_file(
    request: HttpRequest,
    file: FileIn[UploadedFile],
    object_kind: Form[str] = "",
    object_id: Form[str] = "",
    agency: Form[str] = "",
) -> dict[str, Any]:
    """Keep a file for an agency; it is not public. What belongs to a guarded object is attached there, not here."""
    who = viewer(request)
    who.require("files.keep")
    if queries.guarded(object_kind):
        raise invalid(
            "attach_there",
            "Hãy đính kèm tệp tại chính đối tượng đó.",
            "Attach the file at the object itself.",
            field="object_kind",
        )
    kept = actions.keep(
        who, file, file.name or "", object_kind=object_kind, object_id=object_id, agency=agency or who.agency
    )
    return _shown(kept)


@router.get("/files/{uuid:file_id}")
def about_file(request: HttpRequest, file_id: uuid.UUID) -> dict[str, Any]:
    """What is known about a file, and whether it was scanned."""
    return _shown(queries.file(viewer(request), file_id))


def _shown(file: queries.File) -> dict[str, Any]:
    return {**dataclasses.asdict(file), "id": str(file.id), "address": file.address}
