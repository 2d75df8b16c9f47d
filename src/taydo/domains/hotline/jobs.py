"""Regular work of the hotline, and its step of loading the city."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from taydo.kernel import metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.commands import command
from taydo.kernel.jobs import every, loads

from .actions import importing, keeping

HOUSE = Viewer.system("hotline")


@loads(order=60, name="hotline")
def load(folder: Path) -> str:
    """Categories and known answers."""
    counts = keeping.load(HOUSE, folder)
    return f"{counts['categories']} categories, {counts['answers']} known answers written"


@every(seconds=300, name="hotline.close")
def close() -> None:
    """Close what was answered and not reopened; nothing is written while there is none."""
    if sql.value("SELECT EXISTS (SELECT FROM cases_case WHERE type = 'report' AND state = 'answered')"):
        while keeping.close_answered(HOUSE) == 200:
            continue


@every(seconds=86400, name="hotline.forget")
def forget() -> None:
    """Marks of senders are kept for a month."""
    keeping.forget_senders(HOUSE)


@metrics.gauge("taydo_hotline_held", "Reports that wait for a person before anything else")
def _held() -> float:
    return float(sql.value("SELECT count(*) FROM hotline_report WHERE held <> ''"))


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv", type=Path, help="reports of an earlier system")
    parser.add_argument(
        "--mapping", required=True, metavar="NAME", help=f"one of: {', '.join(sorted(importing.declared()))}"
    )


@command("hotline", "import", _import_arguments)
def import_reports(args: argparse.Namespace) -> Iterator[str]:
    """Bring in reports of an earlier system; again is safe: what is known is left alone."""
    for run in importing.import_file(Viewer.system("taydo hotline import"), args.file, args.mapping):
        yield (
            f"{run['read']:,} rows read: {run['taken']:,} taken, {run['known']:,} known already, {run['refused']:,} refused, "
            f"{run['no_place']:,} without a usable place"
        )
    yield f"what was refused, and why: /imports/{run['id']}"
