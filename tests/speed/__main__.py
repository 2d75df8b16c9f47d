"""`make bench`: every benchmark in one run, as a table with ratios, kept in docs/reference/speed.md with the machine it ran on.

A benchmark is a module `bench_*.py` with `run() -> list[dict]`; each dict has name, value, unit, target, ratio, peer, note.
Nothing here asserts on time: the table says what was reached and what was hoped for.
"""

from __future__ import annotations

import datetime as dt
import importlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import django

import taydo.config.for_tests  # noqa: F401  (a private database unless DATABASE_URL names one)

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "docs" / "reference" / "speed.md"
HEAD = "Made by `make bench`; `make bench B=cases` measures one part anew. Ratios are against the peer named beside them, in the same run."
COLUMNS = ("what", "reached", "target", "ratio", "beside", "note")


def machine() -> str:
    """Cores, memory, system and versions, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    postgres = subprocess.run(
        ["/usr/lib/postgresql/15/bin/postgres", "--version"], capture_output=True, text=True, check=False
    )
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"{postgres.stdout.strip() or 'PostgreSQL elsewhere'}"
    )


def line(result: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    value = result["value"]
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    ratio = result.get("ratio")
    return (
        str(result["name"]), f"{shown} {result['unit']}", str(result.get("target", "")), "" if ratio is None else f"{ratio:.2f}",
        str(result.get("peer", "")), str(result.get("note", "")),
    )  # fmt: skip


def sections() -> dict[str, str]:
    """What is kept of each benchmark, by its name."""
    parts = KEPT.read_text(encoding="utf-8").split("\n## ")[1:] if KEPT.exists() else []
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1].strip() for part in parts}


def keep(name: str, lines: list[tuple[str, ...]]) -> None:
    """Put a benchmark's table in the place of its last one."""
    table = [
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *("| " + " | ".join(cells) + " |" for cells in lines),
    ]
    kept = sections() | {name: f"Made on {dt.date.today()}: {machine()}.\n\n" + "\n".join(table)}
    text = "".join(f"\n## {title}\n\n{kept[title]}\n" for title in sorted(kept))
    KEPT.write_text(f"# Speed\n\n{HEAD}\n{text}", encoding="utf-8")


def main(wanted: list[str]) -> None:
    """Run the benchmarks whose name holds one of the words (all without words); print their rows and keep them."""
    django.setup()
    for path in sorted(HERE.glob("bench_*.py")):
        if wanted and not any(word in path.stem for word in wanted):
            continue
        print(f"• {path.stem}", flush=True)
        lines = []
        for result in importlib.import_module(f"tests.speed.{path.stem}").run():
            lines.append(line(result))
            print("   " + " | ".join(lines[-1]), flush=True)
        keep(path.stem.removeprefix("bench_"), lines)
    print(f"kept in {KEPT.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main(sys.argv[1:])
