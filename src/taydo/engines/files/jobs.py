"""Regular work of the files engine."""

from __future__ import annotations

from taydo.kernel import metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every

from . import actions, erasing, scanner, store

SYSTEM = Viewer.system("files")
FORGET = erasing.forget_bytes


@every(seconds=300, name="files.care")
def care() -> None:
    """Remove what killed processes left aside; scan what waits for a scanner."""
    store.sweep()
    if scanner.configured() and sql.value("SELECT EXISTS (SELECT FROM files_file WHERE scan = 'unscanned')"):
        actions.scan_waiting(SYSTEM)


@metrics.gauge("taydo_files_unscanned", "Files kept while no malware scanner ran")
def _unscanned() -> float:
    return float(sql.value("SELECT count(*) FROM files_file WHERE scan = 'unscanned'"))
