"""The `taydo` command."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import importlib
import os
import sys
from collections.abc import Callable

from taydo.kernel import commands, manifest
from taydo.kernel.errors import Problem


def _django(pool: int = 0) -> None:
    os.environ.setdefault("TAYDO_POOL", str(pool))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    import django

    django.setup()
    from taydo.kernel import logs

    logs.configure()


def up(args: argparse.Namespace) -> int:
    """Run the whole city on this machine until Ctrl-C."""
    from . import up as running

    return running.main()


def migrate(args: argparse.Namespace) -> int:
    """Bring the database to this version's shape."""
    _django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return 0


def load(args: argparse.Namespace) -> int:
    """Load the city's folder (only what changed, unless --force)."""
    _django()
    from . import city

    for line in city.load(force=args.force):
        print(f"  {line}", flush=True)
    return 0


def prepare(args: argparse.Namespace) -> int:
    """Migrate, then load what changed in the city's folder: what a start needs, in one process."""
    return migrate(args) or load(args)


def web(args: argparse.Namespace) -> int:
    """Serve pages and APIs."""
    from granian import Granian
    from granian.constants import Interfaces

    workers = int(os.environ.get("TAYDO_WEB_WORKERS", str(min(os.cpu_count() or 1, 4))))
    Granian(
        "taydo.config.asgi:application", address=os.environ.get("TAYDO_HOST", "127.0.0.1"), port=int(os.environ.get("TAYDO_PORT", "8000")),
        interface=Interfaces.ASGINL, workers=workers, backlog=2048, log_access=False, respawn_failed_workers=True, workers_kill_timeout=5,
    ).serve()  # fmt: skip
    return 0


def worker(args: argparse.Namespace) -> int:
    """Deliver events, run jobs and regular work."""
    _django(pool=16)
    from . import worker as working

    working.main()
    return 0


def ingest(args: argparse.Namespace) -> int:
    """Take readings from the device gateway into the database."""
    _django()
    from taydo.engines.gateway import ingest_process

    ingest_process.main()
    return 0


def devices(args: argparse.Namespace) -> int:
    """Run the simulated demonstration devices, or have running ones play an exceedance (--exceed)."""
    _django()
    from taydo.engines.simulators import devices as fleet

    return fleet.main(args)


def replay(args: argparse.Namespace) -> int:
    """Play recorded data through the same doors as devices, at any speed."""
    _django()
    from taydo.engines.simulators import replay as playing

    return playing.main(args)


def audit(args: argparse.Namespace) -> int:
    """Recompute the audit's proof; exit 1 when anything was changed."""
    _django()
    from taydo.kernel import audit as auditing

    verdict = auditing.verify()
    print(f"{verdict.rows} rows in {verdict.batches} sealed batches, {verdict.unsealed} not sealed yet")
    for fault in verdict.faults:
        print(f"! {fault}")
    print("FAULTS FOUND" if verdict.faults else "intact")
    return 1 if verdict.faults else 0


def places(args: argparse.Namespace) -> int:
    """Load boundaries of units from a GeoJSON file; exit 1 when some did not fit."""
    _django()
    from pathlib import Path

    from taydo.engines.places.actions import load_geojson
    from taydo.kernel.actors import Viewer

    try:
        report = load_geojson(Viewer.system("taydo places load"), Path(args.file), args.level, args.valid_from)
    except Problem as problem:
        print(f"! {problem.vi}\n! {problem.en}", file=sys.stderr)
        return 2
    print("\n".join(report.lines("vi") + report.lines("en")))
    return 1 if report.rejected else 0


def parser() -> argparse.ArgumentParser:
    """Every word of the command line."""
    made = argparse.ArgumentParser(
        prog="taydo", description="Tây Đô: một ngôi nhà số cho thành phố / one digital house for a city",
        epilog="Parts of the house add verbs of their own, such as `taydo hotline import`: see `taydo PART --help`.",
    )  # fmt: skip
    words = made.add_subparsers(dest="word", required=True, metavar="WORD")

    def word(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = words.add_parser(name, help=(run.__doc__ or "").split("\n")[0])
        sub.set_defaults(run=run)
        return sub

    for name, run in (("up", up), ("migrate", migrate), ("web", web), ("worker", worker), ("ingest", ingest)):
        word(name, run)
    for name, run in (("load", load), ("prepare", prepare)):
        word(name, run).add_argument("--force", action="store_true", help="load again even when nothing changed")
    areas = word("places", places)
    areas.add_argument("what", choices=["load"])
    areas.add_argument("file", metavar="FILE.geojson", help="a FeatureCollection in WGS 84 with a property `code`")
    areas.add_argument("--level", choices=["commune", "district", "province"], default="commune")
    areas.add_argument(
        "--valid-from", type=dt.date.fromisoformat, help="a day on which the units stand (default: the newest)"
    )
    for name, run in (("devices", devices), ("replay", replay)):
        sub = word(name, run)
        if sys.argv[1:2] == [name]:  # their arguments need imports that the other words do without
            importlib.import_module(f"taydo.engines.simulators.{name}").add_arguments(sub)
    word("audit", audit).add_argument("what", choices=["verify"])
    if (asked := "".join(sys.argv[1:2])) not in words.choices and any(p.manifest.id == asked for p in manifest.parts()):
        _verbs(words.add_parser(asked), asked)
    return made


def _verbs(sub: argparse.ArgumentParser, part: str) -> None:
    """The verbs a part of the house adds in its `jobs.py`."""
    _django()
    manifest.discover("jobs")
    verbs = sub.add_subparsers(dest="verb", required=True, metavar="VERB")
    for command in commands.COMMANDS.values():
        if command.part == part:
            made = verbs.add_parser(command.verb, help=(command.run.__doc__ or "").split("\n")[0])
            command.arguments(made)
            made.set_defaults(run=functools.partial(_told, command.run))


def _told(run: commands.Run, args: argparse.Namespace) -> int:
    try:
        for line in run(args):
            print(line, flush=True)
    except Problem as problem:
        print(f"! {problem.vi}\n! {problem.en}", file=sys.stderr)
        return 2
    return 0


def main() -> None:
    """Run one word."""
    args = parser().parse_args()
    sys.exit(args.run(args))


if __name__ == "__main__":
    main()
