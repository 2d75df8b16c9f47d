"""Prints the tables of docs/measured/search.md; with `tuned` or `held`, the questions whose first hit is wrong."""

from __future__ import annotations

import sys

import django

import taydo.config.for_tests  # noqa: F401  (a private database unless DATABASE_URL names one)


def main() -> None:
    """Fill the database with the shared procedures and print."""
    django.setup()
    from django.core.management import call_command

    from taydo.engines.search.tests import measure

    call_command("migrate", verbosity=0)
    measure.fill()
    for line in measure.misses(sys.argv[1]) if len(sys.argv) > 1 else measure.tables():
        print(line)


if __name__ == "__main__":
    main()
