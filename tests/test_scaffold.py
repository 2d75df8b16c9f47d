"""`make new` makes a domain that keeps every rule and passes its own tests at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.scaffold import scaffold

ROOT = Path(__file__).resolve().parents[1]
COPIED = (
    "src",
    "cities",
    "tools",
    "docs",
    "conftest.py",
    "pyproject.toml",
    ".importlinter",
    "ARCHITECTURE.md",
    "requirements.in",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a new domain in it."""
    copy = tmp_path_factory.mktemp("project")
    skipped = shutil.ignore_patterns("__pycache__", "static", "tests", "*.egg-info")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=skipped)
        else:
            shutil.copy(ROOT / name, copy / name)
    done = run(copy, "-m", "tools.scaffold", "parking", "--vi", "Bãi đỗ xe", "--en", "Parking")
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy."""
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}", "COLUMNS": "200"}
    environment["DATABASE_URL"] += "_scaffold"  # tests in the copy have a test database of their own
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.slow
def test_the_new_domain_keeps_the_contracts(project: Path) -> None:
    done = run(project, "-c", "from importlinter.cli import lint_imports_command as f; f()", "--no-cache")

    assert "parking" not in done.stdout, done.stdout


@pytest.mark.slow
def test_the_doctor_finds_nothing_wrong_with_it(project: Path) -> None:
    done = run(project, "-m", "tools.doctor")

    assert "parking" not in done.stdout, done.stdout


@pytest.mark.slow
def test_it_is_formatted_linted_and_typed(project: Path) -> None:
    folder = "src/taydo/domains/parking"

    for words in (("ruff", "format", "--check", folder), ("ruff", "check", folder)):
        done = run(project, "-m", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    typed = run(
        project,
        "-m",
        "mypy",
        "--cache-dir",
        "var/mypy",
        "--follow-imports=silent",
        f"{folder}/actions.py",
        f"{folder}/queries.py",
    )
    assert typed.returncode == 0, typed.stdout


@pytest.mark.slow
def test_its_own_tests_pass(project: Path) -> None:
    done = run(project, "-m", "pytest", "-q", "--create-db", "src/taydo/domains/parking")

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", ["Parking", "car_park", "class", "x", "../up", "streams", "2cars"])
def test_a_name_that_will_not_do_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "src/taydo/engines/streams").mkdir(parents=True)

    with pytest.raises(ValueError, match="“"):
        scaffold(tmp_path, name, "x", "x")
