"""Every check of the doctor finds what it is there for, names the line, and says what to do."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.doctor.__main__ import checks
from tools.doctor.tree import Tree

ROOT = Path(__file__).resolve().parents[1]
PONDS = "src/taydo/domains/ponds/"
MANIFEST = "id: ponds\ntitle: {vi: Ao, en: Ponds}\npermissions:\n  ponds.see: {vi: Xem, en: See}\n"
LONG = "def long() -> None:\n" + "    print()\n" * 40
KEY = "-----BEGIN " + "PRIVATE KEY-----"
HOME = "/ho" + "me/somebody/city"
SICK: list[tuple[str, str, str, str]] = [
    ("sizes", PONDS + "rules.py", LONG, "ponds/rules.py:1: function long has 41 lines"),
    ("sizes", PONDS + "public.py", "x = 1\n" * 121, "ponds/public.py:121: 121 lines, the cap is 120"),
    ("sizes", "src/taydo/kernel/thing.py", "x = 1\n" * 301, "kernel/thing.py:301: 301 lines, the cap is 300"),
    ("names", PONDS + "helpers.py", "", "ponds/helpers.py:1: “helpers” says nothing"),
    ("names", "web/src/utils/dates.ts", "", "web/src/utils:1: “utils” says nothing"),
    (
        "manifests",
        PONDS + "domain.yaml",
        MANIFEST.replace("id: ponds", "id: pond"),
        "domain.yaml:1: id “pond” is not the folder's name",
    ),
    ("manifests", PONDS + "domain.yaml", MANIFEST + "colour: blue\n", "domain.yaml:5: colour: Extra inputs"),
    ("manifests", PONDS + "domain.yaml", MANIFEST + "uses: [moon]\n", "domain.yaml:5: uses “moon”"),
    ("manifests", "src/taydo/engines/pumps/store.py", "", "engines/pumps:1: a part of the house without a manifest"),
    (
        "permissions",
        PONDS + "actions.py",
        "@action('ponds.drain')\ndef drain(viewer): ...\n",
        "actions.py:1: permission “ponds.drain”",
    ),
    (
        "permissions",
        PONDS + "pages.py",
        "\n@needs('ponds.look')\ndef look(r): ...\n",
        "pages.py:2: permission “ponds.look”",
    ),
    ("permissions", PONDS + "queries.py", "visible(viewer, 'ponds.peek')\n", "queries.py:1: permission “ponds.peek”"),
    (
        "permissions",
        "cities/x/roles.yaml",
        "roles:\n  a:\n    permissions: [ponds.fly]\n",
        "roles.yaml:3: a role gives “ponds.fly”",
    ),
    ("labels", PONDS + "specs/a.yaml", "title:\n  {vi: Ao}\n", "specs/a.yaml:2: a label without “en”"),
    ("labels", PONDS + "pages.py", "x = t('Ao')\n", "pages.py:1: t() with one text"),
    ("labels", PONDS + "templates/ponds/a.html", "<p>\n{{ t('Ao, hồ') }}", "a.html:2: t() with one text"),
    ("specs", PONDS + "specs/a.yaml", "a: 1\nb: [\n", "specs/a.yaml:3: not YAML"),
    ("specs", PONDS + "specs/a.yaml", "a: 1\nb: 2\na: 3\n", "specs/a.yaml:3: “a” stands twice"),
    ("secrets", "docs/a.md", f"see\n{KEY}\n", "docs/a.md:2: a private key"),
    (
        "secrets",
        "src/taydo/config/a.py",
        f"SECRET_KEY = {chr(39)}gq34t9hq3498thq{chr(39)}\n",
        "a.py:1: a secret in the code",
    ),
    ("secrets", "docs/a.md", "postgres://city" + ":s3cret@db/taydo\n", "docs/a.md:1: a password in an address"),
    (
        "locks",
        "requirements.txt",
        "--index-url https://example.org/simple\n",
        "requirements.txt:1: an address of a registry",
    ),
    ("locks", "requirements.txt", "django\n", "requirements.txt:1: not pinned"),
    (
        "locks",
        "web/package-lock.json",
        '{"packages": {"node_modules/a": {\n"resolved": "https://example.org/a.tgz"}}}',
        "package-lock.json:2",
    ),
    ("machine_paths", "tools/run.sh", f"#!/bin/sh\ncd {HOME}\n", "tools/run.sh:2: a path of one machine"),
    ("words", PONDS + "rules.py", "x = 1  # TO" + "DO later\n", "ponds/rules.py:1: “TO" + "DO”"),
    ("binaries", "cities/x/data.bin", "PK\0\0", "cities/x/data.bin:1: binary data"),
    ("templates", PONDS + "templates/ponds/a.html", "<p>\n<script>\nalert(1)</script>", "a.html:2: inline script"),
    ("templates", PONDS + "templates/ponds/a.html", '<p class="a"\n style="color: red">', "a.html:1: inline style"),
    ("templates", PONDS + "templates/ponds/a.html", '<a title="{{ a > b }}" onclick="f()">', "a.html:1: event handler"),
    ("links", "docs/a.md", "[there](b.md)\n", "docs/a.md:1: link to b.md"),
    ("links", "docs/a.md", "# One\n[there](#two)\n", "docs/a.md:2: link to a heading that is not there: #two"),
    ("readmes", PONDS + "domain.yaml", MANIFEST, "ponds/README.md:1: is missing"),
]


@pytest.mark.parametrize(("check", "path", "text", "said"), SICK, ids=[f"{c}-{n}" for n, (c, *_) in enumerate(SICK)])
def test_a_sickness_is_found_and_named(tmp_path: Path, check: str, path: str, text: str, said: str) -> None:
    (tmp_path / PONDS).mkdir(parents=True)
    if check != "manifests" and path != PONDS + "domain.yaml":
        (tmp_path / PONDS / "domain.yaml").write_text(MANIFEST)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)

    found = [str(fault) for fault in importlib.import_module(f"tools.doctor.{check}").check(Tree(tmp_path))]

    assert any(said in line and " — " in line for line in found), found


def test_a_missing_migration_is_found(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "src" / "taydo", tmp_path / "src" / "taydo", ignore=shutil.ignore_patterns("static", "__pycache__")
    )
    models = tmp_path / "src/taydo/engines/places/models.py"
    models.write_text(models.read_text() + "\n\nclass Planted(models.Model):\n    pass\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{ROOT}"}

    command = [sys.executable, "-m", "tools.doctor", "--root", str(tmp_path), "migrations"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "places/models.py:1: a migration is missing: Create model Planted" in done.stdout


def test_every_check_has_a_sickness_here() -> None:
    elsewhere = {"migrations", "reference"}

    assert set(checks()) - elsewhere == {check for check, *_ in SICK}
