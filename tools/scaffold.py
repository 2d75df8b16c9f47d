"""`make new D=parking`: a domain of the smallest useful size that works at once — one record, one verb, one page, one route, tests.

What it makes is meant to be changed by hand afterwards; nothing remembers that it was made.
"""

from __future__ import annotations

import argparse
import keyword
import re
import subprocess
import sys
from pathlib import Path

FILES: dict[str, str] = {}
FILES["__init__.py"] = ""
FILES["domain.yaml"] = """\
id: $d
title: {vi: $vi, en: $en}
systems: []
uses: []
permissions:
  $d.see: {vi: Xem $vi, en: See $en}
  $d.register: {vi: Ghi vào $vi, en: Register in $en}
navigation:
  - {path: /$d, title: {vi: $vi, en: $en}, permission: $d.see}
"""
FILES["README.md"] = """\
# $en

What this domain does, for whom, and where its truth comes from: say it here in a few lines. It began as one table of entries
that an agency registers and sees.

- Page: `/$d` (permission `$d.see`)
- API: `GET` and `POST /api/v1/$d/entries` (permissions `$d.see`, `$d.register`)
- Give the permissions to a role in the city's `roles.yaml`.
"""
FILES["models.py"] = '''\
"""Tables of the $d domain."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One entry of the register, owned by an agency."""

    name = models.CharField(max_length=200)
    note = models.TextField(blank=True, default="")
    agency = models.CharField(max_length=40)
    registered_by = models.BigIntegerField(null=True)
    registered_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["agency", "id"], name="$d_by_agency")]
'''
FILES["migrations/__init__.py"] = ""
FILES["migrations/0001_initial.py"] = '''\
"""The register."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Creates the table of entries."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True, default="")),
                ("agency", models.CharField(max_length=40)),
                ("registered_by", models.BigIntegerField(null=True)),
                ("registered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"indexes": [models.Index(fields=["agency", "id"], name="$d_by_agency")]},
        ),
    ]
'''
FILES["queries.py"] = '''\
"""Every read of the $d domain."""

from __future__ import annotations

from typing import Any

from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.permissions import visible

MOST = 500


def entries(viewer: Viewer) -> list[dict[str, Any]]:
    """Entries the viewer may see, newest first, at most 500."""
    seen = visible(viewer, "$d.see")
    return sql.rows(
        f"SELECT id, name, note, agency, registered_at FROM $d_entry WHERE {seen.text} ORDER BY id DESC LIMIT {MOST}",
        seen.params,
    )
'''
FILES["actions.py"] = '''\
"""Every write of the $d domain."""

from __future__ import annotations

from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

from .models import Entry


@action("$d.register")
def register(viewer: Viewer, name: str, agency: str, note: str = "") -> int:
    """Register an entry for an agency; returns its id. Raises 422 without a name, 403 for another's agency."""
    viewer.require("$d.register", agency)
    if not name.strip():
        raise invalid("name_missing", "Hãy ghi tên.", "Give a name.", field="name")
    entry = Entry.objects.create(name=name.strip()[:200], note=note, agency=agency, registered_by=viewer.actor_id)
    about("$d.entry", entry.pk, agency)
    return entry.pk
'''
FILES["api.py"] = '''\
"""REST of the $d domain."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["$d"])


class EntryIn(Schema):
    """An entry to register."""

    name: str
    agency: str
    note: str = ""


@router.get("/$d/entries")
def entries(request: HttpRequest) -> list[dict[str, Any]]:
    """Entries the viewer may see, newest first."""
    who = viewer(request)
    who.require("$d.see")
    return queries.entries(who)


@router.post("/$d/entries")
def register(request: HttpRequest, entry: EntryIn) -> dict[str, int]:
    """Register an entry."""
    return {"id": actions.register(viewer(request), entry.name, entry.agency, entry.note)}
'''
FILES["pages.py"] = '''\
"""Pages of the $d domain."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.kernel.http import needs, render, viewer

from . import queries


@needs("$d.see")
def entries(request: HttpRequest) -> HttpResponse:
    """`/$d`: the register."""
    return render(request, "$d/entries.html", entries=queries.entries(viewer(request)))


urls = [path("$d", entries)]
'''
FILES["templates/$d/entries.html"] = """\
{# `/$d` — the register. Context: entries [{"id", "name", "note", "agency", "registered_at"}], newest first. #}
{% extends "kernel/page.html" %}
{% block title %}{{ t("$vi", "$en") }}{% endblock %}
{% block main %}
<h1>{{ t("$vi", "$en") }}</h1>
{% if entries %}
<ul>
{% for entry in entries %}<li><strong>{{ entry.name }}</strong> · {{ entry.agency }} · {{ when(entry.registered_at) }}</li>
{% endfor %}</ul>
{% else %}<p>{{ t("Chưa có mục nào.", "Nothing here yet.") }}</p>{% endif %}
{% endblock %}
"""
FILES["tests/__init__.py"] = ""
FILES["tests/test_entries.py"] = '''\
"""The register of the $d domain."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from django.test import Client

from taydo.domains.$d import actions, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db


def clerk(agency: str = "A1") -> Viewer:
    """Somebody who may register and see in one agency."""
    grants = {"$d.see": frozenset((agency,)), "$d.register": frozenset((agency,))}
    return Viewer(1, "clerk", "Clerk", "official", grants=MappingProxyType(grants))


def test_an_entry_is_registered_audited_and_seen_by_its_agency_only() -> None:
    identifier = actions.register(clerk(), "First", "A1")

    assert [entry["id"] for entry in queries.entries(clerk())] == [identifier]
    assert queries.entries(clerk("B2")) == []
    row = sql.row("SELECT action, object_id, outcome FROM kernel_audit ORDER BY id DESC LIMIT 1")
    assert row == {"action": "$d.register", "object_id": str(identifier), "outcome": "done"}


def test_another_agency_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(Problem) as refused:
        actions.register(clerk(), "First", "B2")

    assert refused.value.status == 403
    assert sql.value("SELECT count(*) FROM $d_entry") == 0


def test_strangers_are_asked_to_sign_in() -> None:
    assert Client().get("/$d").status_code == 302
    assert Client().get("/api/v1/$d/entries").status_code == 401
    given = {"name": "First", "agency": "A1"}
    assert Client().post("/api/v1/$d/entries", given, content_type="application/json").status_code == 401
'''


def filled(text: str, name: str, vi: str, en: str) -> str:
    """A template with the domain's name and titles in it."""
    for mark, words in (("$d", name), ("$vi", vi), ("$en", en)):
        text = text.replace(mark, words)
    return text


def scaffold(root: Path, name: str, vi: str, en: str) -> Path:
    """Write a new domain under `root`; returns its folder. Raises ValueError for a name that will not do or is taken."""
    if not re.fullmatch(r"[a-z][a-z]{2,30}", name) or keyword.iskeyword(name):
        raise ValueError(f"“{name}”: one English word in small letters, such as parking")
    floors = root / "src" / "taydo"
    for floor in ("domains", "engines"):
        if (floors / floor / name).exists():
            raise ValueError(f"“{name}” is taken: {floors / floor / name}")
    folder = floors / "domains" / name
    for path, text in FILES.items():
        target = folder / filled(path, name, vi, en)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(text, name, vi, en), encoding="utf-8")
    return folder


def main() -> int:
    """Parse the command line, write the domain, bring the generated reference up to date, and say what to do next."""
    parser = argparse.ArgumentParser(prog="python -m tools.scaffold", description=__doc__)
    parser.add_argument("name", help="folder and id of the domain, such as parking")
    parser.add_argument("--vi", default="", help="its title in Vietnamese")
    parser.add_argument("--en", default="", help="its title in English")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    options = parser.parse_args()
    en = options.en or options.name.capitalize()
    try:
        folder = scaffold(options.root, options.name, options.vi or en, en)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    subprocess.run([sys.executable, "-m", "tools.reference"], cwd=options.root, check=True)
    print(
        f"made {folder.relative_to(options.root)}: give its permissions to a role in cities/*/roles.yaml, then `make check`"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
