"""Words of the command line that parts of the house add: `taydo hotline import …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMMANDS: dict[tuple[str, str], Command] = {}
Run = Callable[[argparse.Namespace], Iterator[str]]
Arguments = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """One verb of a part: its arguments, and what it does; it gives the lines to be told, as they come."""

    part: str
    verb: str
    run: Run
    arguments: Arguments


def command(part: str, verb: str, arguments: Arguments) -> Callable[[Run], Run]:
    """Declare a verb in a part's `jobs.py`. A Problem it raises is told in both languages, and the exit code is 2."""

    def declare(run: Run) -> Run:
        COMMANDS[part, verb] = Command(part, verb, run, arguments)
        return run

    return declare
