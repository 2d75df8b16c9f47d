"""Station files of TT 10/2021/TT-BTNMT from `TAYDO_HOME/drop/<station>/*.txt`.

A file is read, its readings are committed, and only then is it moved: killed at any point, it is read again, and reading
again changes nothing. `done/` holds what was taken; `refused/` what was not, with a `.why.txt` beside it that says why in
Vietnamese and English. Single refused lines go to quarantine and do not stop the others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from taydo.engines.streams import ingest, quarantine, reasons, registry
from taydo.engines.streams.messages import STATUS
from taydo.engines.streams.quarantine import Refusal
from taydo.engines.streams.readings import Batch, Trace
from taydo.kernel import clock
from taydo.kernel.logs import log
from taydo.protocols import tt10

# A file that still grows is left alone: senders write for a moment.
SETTLED_SECONDS = 2.0
LOT_FILES = 200
DONE, REFUSED = "done", "refused"


@dataclass(slots=True)
class Result:
    """What became of one file: readings kept, there already, refused lines with reason codes."""

    path: Path
    taken: int = 0
    duplicate: int = 0
    refused: list[Refusal] = field(default_factory=list)


def folder() -> Path:
    """Where senders drop files, one folder a station."""
    return Path(settings.TAYDO_HOME) / "drop"


def take_all(settled_s: float = SETTLED_SECONDS) -> list[Result]:
    """Takes every settled file, a lot in one transaction; returns what became of each."""
    results = []
    files = list(_waiting(settled_s))
    for start in range(0, len(files), LOT_FILES):
        results += take_files(files[start : start + LOT_FILES])
    return results


def _waiting(settled_s: float) -> Iterator[Path]:
    if not folder().exists():
        folder().mkdir(parents=True, exist_ok=True)
    newest = time.time() - settled_s
    for station in sorted(path for path in folder().iterdir() if path.is_dir()):
        for path in sorted(station.iterdir()):
            if path.suffix.lower() == ".txt" and path.is_file() and path.stat().st_mtime <= newest:
                yield path


def take_files(paths: list[Path]) -> list[Result]:
    """Takes these files: one commit for all, then each is moved."""
    with transaction.atomic():
        results = _keep(paths)
    for result in results:
        _move(result)
    if results:
        taken, refused = sum(result.taken for result in results), sum(len(result.refused) for result in results)
        log.info("station files", files=len(results), taken=taken, refused=refused)
    return results


def _keep(paths: list[Path]) -> list[Result]:
    results = [Result(path) for path in paths]
    parsed = [tt10.parse(path.read_bytes()[: tt10.MAX_BYTES + 1], path.name) for path in paths]
    codes = {code for path, each in zip(paths, parsed, strict=True) for code in _codes(path, each)}
    connection.ensure_connection()
    stations = registry.stations(connection.connection, codes)
    rows: list[tuple[int, int, tt10.Row]] = []  # file, datastream, line
    for at, (path, each) in enumerate(zip(paths, parsed, strict=True)):
        code = next((code for code in _codes(path, each) if code in stations), None)
        results[at].refused += [_line_refused(path, line, code) for line in each.refused]
        for line in each.rows:
            stream = stations[code].get(registry.spelling(line.symbol)) if code else None
            if stream is None:
                reason = "unknown_stream" if code else "unknown_station"
                results[at].refused.append(_row_refused(path, line, reason, code))
            else:
                rows.append((at, stream, line))
    _hand_in(paths, rows, results)
    quarantine.keep(connection.connection, [refusal for result in results for refusal in result.refused])
    return results


def _codes(path: Path, parsed: tt10.Parsed) -> tuple[str, ...]:
    """The codes under which the sender may be registered: as its file says, then its last part, then its folder."""
    return (*parsed.name.candidates(), path.parent.name)


def _hand_in(paths: list[Path], rows: list[tuple[int, int, tt10.Row]], results: list[Result]) -> None:
    if not rows:
        return

    def trace(index: int) -> Trace:
        path, line = paths[rows[index][0]], rows[index][2]
        return Trace(path.name, tt10.write([line]).decode().rstrip("\r\n"), _origin(path, tt10.write([line]).decode()))

    batch = Batch(
        datastream_id=np.array([stream for _, stream, _ in rows], np.int32),
        time=np.array([int(line.time.timestamp()) * 1_000_000 for *_, line in rows], np.int64),
        result=np.array([line.value for *_, line in rows], np.float64),
        flags=np.array([STATUS[line.status] for *_, line in rows], np.int16),
        door="tt10",
        trace=trace,
    )
    receipt = ingest.take(batch)
    refused = dict(receipt.refused)
    for index, (at, _, line) in enumerate(rows):
        if index in refused:  # `take` has quarantined it already under the same origin
            results[at].refused.append(_row_refused(paths[at], line, refused[index], paths[at].parent.name))
        else:
            results[at].taken += 1
    # Which of the accepted rows were there before is known for the lot only.
    results[0].duplicate = receipt.duplicate


def _origin(path: Path, line: str) -> str:
    return f"tt10:{path.parent.name}/{path.name}:{line.strip()}"[:1000]


def _row_refused(path: Path, line: tt10.Row, reason: str, code: str | None) -> Refusal:
    text = tt10.write([line]).decode().rstrip("\r\n")
    return Refusal("tt10", path.name, text, reason, line.symbol, station=code or "", origin=_origin(path, text))


def _line_refused(path: Path, line: tt10.Refused, code: str | None) -> Refusal:
    number = f"{line.line_no}:{line.raw}"
    raw = line.raw or path.read_bytes()[: tt10.RAW_KEPT].decode("utf-8", "backslashreplace")
    return Refusal(
        "tt10", path.name, raw, line.reason, f"#{line.line_no}", station=code or "", origin=_origin(path, number)
    )


def _move(result: Result) -> None:
    """The last step, and one that may be repeated: a file moved twice under one name gets its time added."""
    path = result.path
    target = path.parent / (REFUSED if result.refused else DONE)
    target.mkdir(exist_ok=True)
    goal = target / path.name
    if result.refused:
        goal.with_suffix(".why.txt").write_text(_why(result), encoding="utf-8")
    if not path.exists():
        return
    if goal.exists() and goal.read_bytes() != path.read_bytes():
        goal = target / f"{path.stem}.{clock.now():%Y%m%dT%H%M%S%f}{path.suffix}"
    os.replace(path, goal)


def _why(result: Result) -> str:
    lines = [
        f"{result.path.name}: đã nhận {result.taken} số liệu, từ chối {len(result.refused)} dòng.",
        f"{result.path.name}: {result.taken} readings taken, {len(result.refused)} lines refused.",
        "",
    ]
    for refusal in result.refused:
        words = reasons.explain(refusal.reason, refusal.detail)
        lines += [refusal.raw, f"  vi: {words['vi']}", f"  en: {words['en']}"]
    return "\n".join(lines) + "\n"
