"""Taking a domain away that nobody uses leaves a house that starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from taydo.kernel import manifest

ROOT = Path(__file__).resolve().parents[2]
USED = {name for part in manifest.parts() for name in part.manifest.uses}
REMOVABLE = [part.manifest.id for part in manifest.parts() if part.floor == "domains" and part.manifest.id not in USED]
START = """
import django
django.setup()
from django.core.management import call_command
call_command("check")
from taydo.config.urls import urlpatterns
from taydo.config.api import api
from taydo.config import asgi, worker, city
from taydo.kernel import manifest
assert "{gone}" not in [part.manifest.id for part in manifest.parts()]
assert api.get_openapi_schema()["paths"]
from django.test import Client
assert Client().get("/healthz").status_code == 200
print("stands with", len(urlpatterns), "addresses")
"""


@pytest.mark.parametrize("gone", REMOVABLE)
def test_the_house_starts_without(gone: str, tmp_path: Path) -> None:
    skipped = shutil.ignore_patterns("static", "__pycache__", "tests")
    shutil.copytree(ROOT / "src" / "taydo", tmp_path / "src" / "taydo", ignore=skipped)
    shutil.rmtree(tmp_path / "src" / "taydo" / "domains" / gone)
    environment = {
        **os.environ, "PYTHONPATH": str(tmp_path / "src"), "TAYDO_CITY": str(ROOT / "cities" / "cantho"),
        "TAYDO_HOME": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "taydo.config.settings",
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", START.format(gone=gone)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "stands with" in done.stdout


def test_something_can_be_removed() -> None:
    assert REMOVABLE
