"""Reads of forms and drafts. A draft is its owner's alone."""

from __future__ import annotations

import datetime as dt
import functools
import json
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taydo.engines.files import queries as files
from taydo.kernel import clock, manifest, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.sealing import unseal
from taydo.kernel.sql import Sql

from .declared import Form

KEPT_SECONDS = 5.0
_saved: dict[tuple[str, dt.date], tuple[float, str]] = {}


@functools.cache
def declared() -> dict[str, Form]:
    """Every form declared in YAML: parts' `specs/forms`, then the city's `forms`, which come before those of the house."""
    folders = [manifest.ROOT / part.floor / part.manifest.id / "specs" / "forms" for part in manifest.parts()]
    found: dict[str, Form] = {}
    for folder in (*folders, specs.city() / "forms"):
        found |= {form.id: form for form in (specs.load(Path(path), Form) for path in sorted(folder.glob("*.yaml")))}
    return found


def current(form_id: str, day: dt.date | None = None) -> Form:
    """The version of a form in force on a day (today): the last one saved on screen, else the declared one. 404 when there is none."""
    on = day or clock.today()
    until, version = _saved.get((form_id, on), (0.0, ""))
    if time.monotonic() > until:
        version = str(
            sql.value(
                "SELECT version FROM forms_release WHERE form_id = %(id)s AND valid_from <= %(on)s ORDER BY valid_from DESC, id DESC LIMIT 1",
                {"id": form_id, "on": on},
            )
            or ""
        )
        _saved[form_id, on] = (time.monotonic() + KEPT_SECONDS, version)
    if version:
        return of_version(version)
    if form_id not in declared():
        raise missing("no_form", "Không có biểu mẫu này.", "There is no such form.")
    return declared()[form_id]


def forget() -> None:
    """Look again at what is saved: after a version was saved in this process."""
    _saved.clear()


@functools.lru_cache(maxsize=512)
def _stored(version: str) -> Form | None:
    text = sql.value("SELECT spec::text FROM forms_version WHERE version = %(v)s", {"v": version})
    return Form.model_validate_json(text) if text else None


def of_version(version: str) -> Form:
    """A form as it was under a content hash; 404 when nobody has it."""
    found = next((form for form in declared().values() if form.version == version), None) or _stored(version)
    if found is None:
        _stored.cache_clear()
        raise missing("no_form_version", "Không còn phiên bản biểu mẫu này.", "This version of the form is not there.")
    return found


def every() -> list[Form]:
    """Every form in force today, by id."""
    names = {
        record["form_id"]
        for record in sql.rows(
            "SELECT DISTINCT form_id FROM forms_release WHERE valid_from <= %(on)s", {"on": clock.today()}
        )
    }
    return [current(name) for name in sorted(names | set(declared()))]


def versions(form_id: str) -> list[dict[str, Any]]:
    """Versions of a form that were saved on screen, the newest first."""
    return sql.rows(
        "SELECT version, valid_from, saved_by, saved_at, note FROM forms_release WHERE form_id = %(id)s ORDER BY id DESC",
        {"id": form_id},
    )


@dataclass(frozen=True)
class Draft:
    """A form being filled in, unsealed for its owner. `sources`: where prefilled answers came from, by field."""

    id: uuid.UUID
    form_id: str
    form_version: str
    about: tuple[str, str]
    done_href: str
    state: str
    saved_at: dt.datetime
    answers: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)

    @property
    def next_href(self) -> str:
        """Where the person goes on when it is done."""
        return self.done_href.replace("{draft}", str(self.id))

    @property
    def form(self) -> Form:
        """The version it was begun with."""
        return of_version(self.form_version)


COLUMNS = "id, form_id, form_version, about_kind, about_id, done_href, state, saved_at, answers, sources, beside"


def _draft(record: dict[str, Any]) -> Draft:
    return Draft(
        record["id"], record["form_id"], record["form_version"], (record["about_kind"], record["about_id"]), record["done_href"], record["state"],
        record["saved_at"], json.loads(unseal(record["answers"]) or "{}"), json.loads(unseal(record["sources"]) or "{}"),
        json.loads(unseal(record["beside"]) or "{}"),
    )  # fmt: skip


def draft(viewer: Viewer, draft_id: str | uuid.UUID, *, hold: bool = False) -> Draft:
    """One's own draft; the same 404 for one there is not and one of somebody else. `hold`: nobody else changes it until the transaction ends."""
    try:
        identifier = uuid.UUID(str(draft_id))
    except ValueError as error:
        raise no_draft() from error
    found = sql.row(
        f"SELECT {COLUMNS} FROM forms_draft WHERE id = %(id)s AND actor_id = %(me)s{' FOR UPDATE' if hold else ''}",
        {"id": identifier, "me": viewer.actor_id or 0},
    )
    if found is None:
        raise no_draft()
    return _draft(found)


def mine(viewer: Viewer, limit: int = 50) -> list[Draft]:
    """One's own open drafts, the one saved last first."""
    found = sql.rows(
        f"SELECT {COLUMNS} FROM forms_draft WHERE actor_id = %(me)s AND state = 'open' ORDER BY saved_at DESC LIMIT %(limit)s",
        {"me": viewer.actor_id or 0, "limit": limit},
    )
    return [_draft(record) for record in found]


def draft_files(viewer: Viewer, draft_id: uuid.UUID) -> dict[str, str]:
    """Names of the files sent into a draft, by id."""
    return {str(one.id): one.name for one in files.files_of(viewer, "draft", str(draft_id))}


def no_draft() -> Problem:
    """The 404 of a draft."""
    return missing("no_draft", "Không có biểu mẫu đang điền này.", "There is no such form in work.")


def _own_files(viewer: Viewer) -> Sql:
    return Sql(
        "f.object_id IN (SELECT d.id::text FROM forms_draft d WHERE d.actor_id = %(draft_owner)s)",
        {"draft_owner": viewer.actor_id or 0},
    )


files.guard("draft", _own_files)
