"""The how-tos say what is so: their commands are run, against a running city or in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .running_city import RunningCity

ROOT = Path(__file__).resolve().parents[1]
HOWTO = ROOT / "docs" / "howto"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
WHERE = re.compile(r"<!-- run: (city|copy) -->")
PAGES = sorted(path for path in HOWTO.glob("*.md") if path.name != "README.md")
COPIED = (
    "src",
    "cities",
    "tools",
    "docs",
    "tests",
    "conftest.py",
    "pyproject.toml",
    ".importlinter",
    "ARCHITECTURE.md",
    "requirements.in",
)


def where(page: Path) -> str:
    """Where a page's commands are run."""
    found = WHERE.search(page.read_text("utf-8"))
    assert found, f"{page.name} does not say where its commands are run: <!-- run: city --> or <!-- run: copy -->"
    return found.group(1)


def run(page: Path, folder: Path, environment: dict[str, str]) -> None:
    """Run every `sh` block of a page, one after the other, in one folder."""
    words = folder / "bin"
    words.mkdir(exist_ok=True)
    for name, module in (
        ("taydo", "-m taydo.config.cli"),
        ("python", ""),
        ("lint-imports", "-c 'from importlinter.cli import lint_imports_command as f; f()'"),
    ):
        (words / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        (words / name).chmod(0o755)
    blocks = BLOCK.findall(page.read_text("utf-8"))
    assert blocks, f"{page.name} has no command"
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=folder, capture_output=True, text=True, timeout=180,
            env={**os.environ, **environment, "PATH": f"{words}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == 0, f"{page.name}:\n{block}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def test_pages_are_short_and_say_where_they_run() -> None:
    for page in PAGES:
        assert len(page.read_text("utf-8").splitlines()) <= 80, page.name
        assert where(page)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if where(page) == "copy"], ids=lambda page: page.stem)
def test_what_is_said_of_the_project_works_in_a_copy(page: Path, tmp_path: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "node_modules")
            )
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path / name)

    database = os.environ["DATABASE_URL"] + "_howto"  # tests in the copy have a test database of their own
    here = f"{tmp_path / 'src'}{os.pathsep}{tmp_path}"
    run(page, tmp_path, {"PYTHONPATH": here, "TAYDO_HOME": str(tmp_path / "var"), "DATABASE_URL": database})


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if where(page) == "city"], ids=lambda page: page.stem)
def test_what_is_said_of_the_city_works_in_a_running_one(page: Path, tmp_path: Path, city: RunningCity) -> None:
    if page.stem == "connect-a-station" and not shutil.which("mosquitto_pub"):
        pytest.skip("mosquitto_pub is not on this machine")
    if page.stem == "back-up-and-restore" and not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not on this machine")
    with city.database() as connection:
        info = connection.info
        address = f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"

    run(
        page,
        tmp_path,
        {
            "URL": city.url, "MQTT_PORT": str(city.mqtt_port), "TAYDO_HOME": str(city.home), "DATABASE_URL": address,
            "PYTHONPATH": str(ROOT / "src"),
        },
    )  # fmt: skip
