"""Words of the command line: how a new city gets its first administrator."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from django.db import transaction

from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.commands import command

from .actions import accounts, roles


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username")
    parser.add_argument("--name", required=True, help="full name")
    parser.add_argument("--agency", required=True, help="code of the agency, such as H13.08.01")


@command("identity", "administrator", _arguments)
def open_administrator(args: argparse.Namespace) -> Iterator[str]:
    """Open an account that administers the whole city, and tell its first password; it enrols a second factor when it signs in."""
    house = Viewer.system("taydo identity administrator")
    with transaction.atomic():
        first = accounts.open_official(house, args.username, args.name, args.agency)
        roles.grant(house, args.username.strip().lower(), "admin", EVERYWHERE)
    yield f"{args.username.strip().lower()}  {first}"
