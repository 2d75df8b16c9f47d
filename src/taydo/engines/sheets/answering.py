"""Answers that are saved as files: the rows of a page as CSV or XLSX."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from urllib.parse import quote

from django.http import StreamingHttpResponse

from . import comma, workbook
from .columns import Column, Row

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PART = 64 * 1024


def as_csv(name: str, columns: Sequence[Column], rows: Iterable[Row], *, mark: bool = True) -> StreamingHttpResponse:
    """The rows as `name`.csv, sent while they are read."""
    return _saved(StreamingHttpResponse(comma.lines(columns, rows, mark=mark), content_type=CSV), name, "csv")


def as_xlsx(
    name: str, columns: Sequence[Column], rows: Iterable[Row], *, title: str, notes: Sequence[str] = ()
) -> StreamingHttpResponse:
    """The rows as `name`.xlsx, made on disk and then sent."""
    made = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    workbook.write(made, columns, rows, title=title, notes=notes)
    size = made.tell()
    answer = StreamingHttpResponse(_parts(made), content_type=XLSX)
    answer["Content-Length"] = str(size)
    return _saved(answer, name, "xlsx")


def _parts(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        made.seek(0)
        while part := made.read(PART):
            yield part


def _saved(answer: StreamingHttpResponse, name: str, ending: str) -> StreamingHttpResponse:
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w.-]+", "-", plain).strip("-") or "table"
    answer["Content-Disposition"] = (
        f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(name)}.{ending}"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer
