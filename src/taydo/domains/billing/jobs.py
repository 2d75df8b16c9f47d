"""The command that brings bills of other systems in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from taydo.kernel.actors import Viewer
from taydo.kernel.commands import command

from . import queries
from .actions import importing


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv", type=Path, help="one row a bill")
    parser.add_argument("--biller", required=True, help=f"one of: {', '.join(sorted(queries.billers()))}")
    parser.add_argument("--mapping", default="plain", help=f"one of: {', '.join(sorted(importing.declared()))}")


@command("billing", "import", _arguments)
def import_bills(args: argparse.Namespace) -> Iterator[str]:
    """Bring in a biller's bills; again is safe: what is known by its number is left alone."""
    for run in importing.import_file(Viewer.system("taydo billing import"), args.file, args.biller, args.mapping):
        yield f"{run['read']:,} rows read: {run['taken']:,} taken, {run['known']:,} known already, {run['refused']:,} refused"
    yield f"what was refused, and why: /imports/{run['id']}"
