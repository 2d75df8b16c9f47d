"""Writes: begin, save and finish a form; save a version of one on screen."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from taydo.engines.files import actions as files
from taydo.engines.files import erasing
from taydo.engines.files.actions import Readable
from taydo.engines.files.queries import File
from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid
from taydo.kernel.sealing import seal

from . import prefill, queries, rules
from .declared import Form

HOUSE = Viewer.system("forms")
MOST_BYTES = 400_000


def store(form: Form) -> None:
    """See to it that a version is in the table."""
    sql.execute(
        "INSERT INTO forms_version (version, id, spec) VALUES (%(v)s, %(id)s, %(spec)s::jsonb) ON CONFLICT DO NOTHING",
        {"v": form.version, "id": form.id, "spec": form.text},
    )


@action("forms.begin", secret=("answers",), open_to_all=True)
def begin(
    viewer: Viewer,
    form_id: str,
    *,
    about_what: tuple[str, str],
    done_href: str,
    answers: Mapping[str, Any] | None = None,
) -> str:
    """Begin to fill in a form (or go on with the open one about the same thing); returns the draft's id. Known answers stand in it already.

    Its pages are at `/forms/{id}`; when it is done the person is led to `done_href`, in which `{draft}` stands for the id. 403 for nobody signed in.
    """
    if viewer.actor_id is None:
        raise viewer.refusal("forms.begin")
    known = sql.value(
        """SELECT id FROM forms_draft WHERE actor_id = %(me)s AND form_id = %(form)s AND about_kind = %(kind)s AND about_id = %(id)s
           AND state = 'open' ORDER BY saved_at DESC LIMIT 1""",
        {"me": viewer.actor_id, "form": form_id, "kind": about_what[0], "id": about_what[1]},
    )
    if known:
        return str(known)
    form = queries.current(form_id)
    store(form)
    filled = prefill.known(viewer, form)
    given = {name: one.value for name, one in filled.items()} | dict(answers or {})
    sources = {name: {"vi": one.vi, "en": one.en} for name, one in filled.items()}
    identifier = ids.uuid7()
    sql.execute(
        """INSERT INTO forms_draft (id, actor_id, form_id, form_version, about_kind, about_id, done_href, answers, sources, begun_at, saved_at)
           VALUES (%(id)s, %(me)s, %(form)s, %(version)s, %(kind)s, %(about)s, %(href)s, %(answers)s, %(sources)s, %(now)s, %(now)s)""",
        {
            "id": identifier, "me": viewer.actor_id, "form": form_id, "version": form.version, "kind": about_what[0], "about": about_what[1],
            "href": done_href, "answers": _sealed(given), "sources": _sealed(sources), "now": clock.now(),
        },
    )  # fmt: skip
    about("draft", identifier)
    return str(identifier)


def _sealed(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MOST_BYTES:
        raise invalid("too_much", "Nội dung quá dài.", "There is too much of it.", field="answers")
    return seal(text)


@action("forms.save", secret=("answers",), open_to_all=True)
def save(viewer: Viewer, draft_id: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep answers as they are typed, right or wrong, beside those kept before; returns when. 409 for a draft that is done."""
    draft = _open(viewer, draft_id)
    names = {field.name: field for field in draft.form.fields()}
    fresh = {name: rules.typed(names[name], value) for name, value in answers.items() if name in names}
    now = clock.now()
    sources = {
        name: said
        for name, said in draft.sources.items()
        if fresh.get(name, draft.answers.get(name)) == draft.answers.get(name)
    }
    sql.execute(
        "UPDATE forms_draft SET answers = %(answers)s, sources = %(sources)s, saved_at = %(now)s WHERE id = %(id)s",
        {"answers": _sealed(draft.answers | fresh), "sources": _sealed(sources), "now": now, "id": draft.id},
    )
    return {"saved_at": now}


@action("forms.save", open_to_all=True)
def send_file(viewer: Viewer, draft_id: str, field: str, stream: Readable, name: str) -> File:
    """Send a file into a file field of one's draft; what engines/files refuses is refused here. 422 for a field that takes none."""
    draft = _open(viewer, draft_id)
    asked = draft.form.field(field)
    if asked is None or asked.widget != "files":
        raise invalid("no_file_field", "Câu này không nhận tệp.", "This question takes no files.", field=field)
    kept = files.keep(HOUSE, stream, name, object_kind="draft", object_id=str(draft.id))
    given = [*(draft.answers.get(field) or []), str(kept.id)]
    save(viewer, draft_id, {field: given})
    return kept


@action("forms.save", open_to_all=True)
def take_file_out(viewer: Viewer, draft_id: str, field: str, file_id: str) -> None:
    """Take a file out of a field again."""
    draft = _open(viewer, draft_id)
    save(viewer, draft_id, {field: [one for one in draft.answers.get(field) or [] if one != file_id]})


@action("forms.save", secret=("beside",), open_to_all=True)
def put_beside(viewer: Viewer, draft_id: str, beside: Mapping[str, Any]) -> None:
    """Keep what the part that asked for the form needs besides its answers (papers, ways of delivery), done or not."""
    draft = queries.draft(viewer, draft_id, hold=True)
    sql.execute(
        "UPDATE forms_draft SET beside = %(beside)s, saved_at = %(now)s WHERE id = %(id)s",
        {"beside": _sealed(draft.beside | dict(beside)), "now": clock.now(), "id": draft.id},
    )


@action("forms.complete", open_to_all=True)
def complete(viewer: Viewer, draft_id: str) -> dict[str, Any]:
    """Say the form is done; returns the answers to what is asked. 422 names every fault by field, a file that was not sent into it too."""
    draft = _open(viewer, draft_id)
    found = rules.faults(draft.form, draft.answers) + rules.strange_files(
        draft.form, draft.answers, queries.draft_files(viewer, draft.id)
    )
    if found:
        wrong = {one.path: f"{one.vi} · {one.en}" for one in found}
        raise invalid(
            "form_incomplete", "Biểu mẫu còn chỗ thiếu hoặc chưa đúng.", "Something is missing or not right.", **wrong
        )
    answers = rules.kept(draft.form, draft.answers)
    sql.execute(
        "UPDATE forms_draft SET state = 'complete', answers = %(answers)s, saved_at = %(now)s WHERE id = %(id)s",
        {"answers": _sealed(answers), "now": clock.now(), "id": draft.id},
    )
    return answers


@action("forms.save", open_to_all=True)
def reopen(viewer: Viewer, draft_id: str) -> None:
    """Take up a finished draft again, to change an answer."""
    draft = queries.draft(viewer, draft_id, hold=True)
    sql.execute("UPDATE forms_draft SET state = 'open' WHERE id = %(id)s", {"id": draft.id})


@action("forms.discard", open_to_all=True)
def discard(viewer: Viewer, draft_id: str) -> None:
    """Throw one's draft away, with the files sent into it."""
    draft = queries.draft(viewer, draft_id, hold=True)
    about("draft", draft.id)
    erasing.erase(HOUSE, "draft", [str(draft.id)])
    sql.execute("DELETE FROM forms_draft WHERE id = %(id)s", {"id": draft.id})


def _open(viewer: Viewer, draft_id: str | uuid.UUID) -> queries.Draft:
    draft = queries.draft(viewer, draft_id, hold=True)
    about("draft", draft.id)
    if draft.state != "open":
        raise conflict("draft_done", "Biểu mẫu này đã điền xong.", "This form is done.")
    return draft


@action("forms.edit", secret=("spec",))
def save_version(viewer: Viewer, spec: Mapping[str, Any], valid_from: dt.date, note: str = "") -> str:
    """Save a version of a form that holds from a day on; returns its hash. 422 says what does not hold together."""
    try:
        form = Form.model_validate(spec)
    except ValueError as error:
        raise invalid(
            "form_wrong", f"Biểu mẫu chưa đúng: {error}", f"The form does not hold together: {error}", field="spec"
        ) from error
    if valid_from < clock.today():
        raise invalid("day_past", "Ngày hiệu lực đã qua.", "The day lies in the past.", field="valid_from")
    store(form)
    sql.execute(
        """INSERT INTO forms_release (form_id, version, valid_from, saved_by, saved_at, note)
           VALUES (%(id)s, %(v)s, %(on)s, %(by)s, %(now)s, %(note)s)""",
        {
            "id": form.id, "v": form.version, "on": valid_from, "by": viewer.name or viewer.username, "now": clock.now(), "note": note,
        },
    )  # fmt: skip
    queries.forget()
    return form.version
