"""The contracts of `.importlinter` bite: one violation of each is planted in a copy of the house and must be named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = "id: {id}\ntitle: {{vi: Ao, en: Pond}}\nuses: [{uses}]\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, with two small domains in it that keep every contract."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(
        ROOT / "src" / "taydo",
        copy / "src" / "taydo",
        ignore=shutil.ignore_patterns("static", "__pycache__", "templates"),
    )
    (copy / "tools").mkdir()
    for name in (".importlinter", "tools/__init__.py", "tools/contracts.py"):
        shutil.copy(ROOT / name, copy / name)
    for name, uses in (("ponds", ""), ("gardens", "ponds")):
        folder = copy / "src" / "taydo" / "domains" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "domain.yaml").write_text(MANIFEST.format(id=name, uses=uses))
        (folder / "rules.py").write_text("from __future__ import annotations\n")
        (folder / "models.py").write_text("from django.db import models\n")
        (folder / "queries.py").write_text("from . import models\n")
        (folder / "actions.py").write_text("from . import queries\n")
        (folder / "public.py").write_text("from . import actions\n")
    (copy / "src/taydo/domains/gardens/handlers.py").write_text("from taydo.domains.ponds import public\n")
    return copy


def lint(house: Path) -> tuple[set[str], str]:
    """Contracts that are broken (by the word before the colon of their name), and everything that was printed."""
    environment = {**os.environ, "PYTHONPATH": f"{house / 'src'}{os.pathsep}{house}", "COLUMNS": "400"}
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
        "--no-logo",
    ]
    done = subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True)
    text = done.stdout + done.stderr
    broken = set(re.findall(r"^(\w+): .* BROKEN", text, re.MULTILINE))
    assert bool(broken) == (done.returncode != 0), text
    return broken, text


PLANTED = [
    ("Floors", "kernel/planted.py", "from taydo.engines.streams import models\n", "taydo.kernel.planted"),
    ("Floors", "engines/streams/planted.py", "import taydo.config.settings\n", "taydo.engines.streams.planted"),
    ("Floors", "methods/planted.py", "import taydo.kernel.errors\n", "taydo.methods.planted"),
    ("Floors", "protocols/planted.py", "import taydo.methods.aqi\n", "taydo.protocols.planted"),
    ("Floors", "penthouse/__init__.py", "", "penthouse"),
    ("Plain", "methods/planted.py", "import django.db\n", "django"),
    ("Plain", "protocols/planted.py", "from django.http import HttpRequest\n", "django"),
    ("Rules", "engines/streams/rules.py", "from django.db import models\n", "taydo.engines.streams.rules"),
    ("Rules", "engines/alerts/rules.py", "from taydo.kernel import sql\n", "taydo.kernel.sql"),
    ("Anatomy", "domains/ponds/utils.py", "", "taydo.domains.ponds.utils"),
    ("Anatomy", "domains/ponds/queries.py", "from . import actions\n", "queries may not import actions"),
    ("Anatomy", "domains/ponds/rules.py", "import taydo.kernel.errors\n", "rules may import only"),
    ("Anatomy", "domains/ponds/events.py", "import taydo.engines.streams\n", "events may import only"),
    (
        "Doors",
        "domains/gardens/handlers.py",
        "from taydo.domains.ponds import models, public\n",
        "taydo.domains.ponds.models",
    ),
    (
        "Doors",
        "domains/gardens/queries.py",
        "from taydo.domains.ponds import public\n",
        "queries may not know other domains",
    ),
    (
        "Uses",
        "domains/ponds/jobs.py",
        "from taydo.engines.files import __name__ as files\n",
        "does not say `uses: files`",
    ),
    ("Uses", "domains/gardens/handlers.py", "", "nothing there imports it"),
    ("Uses", "engines/files/planted.py", "import taydo.engines.notices\n", "does not say `uses: notices`"),
    ("Uses", "engines/nameless/__init__.py", "", "has no engine.yaml"),
    ("Cycles", "kernel/planted/__init__.py", "", "planted.deep"),
]
DEEP = {"one.py": "from . import two\n", "two.py": "from . import one\n", "__init__.py": ""}


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    broken, text = lint(house)

    assert not broken, text


@pytest.mark.parametrize(("contract", "file", "code", "named"), PLANTED, ids=[f"{c}-{f}" for c, f, _, _ in PLANTED])
def test_a_planted_violation_is_named(house: Path, contract: str, file: str, code: str, named: str) -> None:
    path = house / "src" / "taydo" / file
    before = path.read_text() if path.exists() else None
    new_folder = None if path.parent.exists() else path.parent

    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        if contract == "Cycles":
            (path.parent / "deep").mkdir()
            for name, text in DEEP.items():
                (path.parent / "deep" / name).write_text(text)
        broken, text = lint(house)
    finally:
        if new_folder:
            shutil.rmtree(new_folder)
        elif before is None:
            path.unlink()
        else:
            path.write_text(before)

    assert contract in broken, text
    assert named in text, text
