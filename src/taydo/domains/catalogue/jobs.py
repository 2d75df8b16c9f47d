"""The catalogue's step of loading the city, its word on the command line, and its daily work."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from taydo.kernel.actors import Viewer
from taydo.kernel.commands import command
from taydo.kernel.jobs import every, loads

from .actions import importing, publishing

HOUSE = Viewer.system("catalogue")


@loads(order=65, name="catalogue")
def load(folder: Path) -> str:
    """Procedures the city declares itself."""
    return f"{publishing.load(HOUSE, folder)} versions of procedures written"


@every(seconds=21600, name="catalogue.found")
def have_found() -> None:
    """What began or ended today is found, or no longer."""
    publishing.have_all_found(HOUSE)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="procedures as JSON lines (.jsonl, .jsonl.gz) or a ministry's list (.xlsx)",
    )


@command("catalogue", "import", _arguments)
def bring_in(args: argparse.Namespace) -> Iterator[str]:
    """Bring in an official list; again is safe: what is known and unchanged is left alone."""
    run = importing.bring_in(Viewer.system("taydo catalogue import"), args.file)
    yield f"{run['read']:,} rows read: {run['written']:,} versions written, {run['same']:,} unchanged or the city's own, {run['refused']:,} refused"
    for name, states in run["figures"].items():
        yield f"  {name:<12} read {states['read']:>5,}   doubtful {states['doubtful']:>5,}   empty {states['empty']:>5,}"
    yield f"{run['doubtful']:,} procedures hold something doubtful: /catalogue/review; the report: /catalogue/imports/{run['id']}"
