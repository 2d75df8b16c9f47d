"""Filing online from a form that is done: papers gathered beside it, then all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.engines.files import actions as files
from taydo.engines.files.actions import Readable
from taydo.engines.forms import actions as forms
from taydo.engines.forms import queries as drafts
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import rules
from . import filing, opening
from .opening import Applicant, Given
from .writing import HOUSE

ABOUT = "procedure"


@action("procedures.submit", open_to_all=True)
def begin(viewer: Viewer, procedure: str) -> str:
    """Begin (or go on with) the form of a procedure that holds today; returns the draft's id."""
    spec = opening.in_force(procedure).spec
    return forms.begin(
        viewer, spec.form_id, about_what=(ABOUT, spec.code), done_href=f"/dossiers/new/{spec.code}/{{draft}}"
    )


@action("procedures.submit", open_to_all=True)
def add_paper(viewer: Viewer, draft_id: str, paper: str, stream: Readable, name: str) -> None:
    """Send a file for a paper of the dossier that is being prepared. 422 for a paper the procedure does not ask for, or too many files."""
    draft, spec = _preparing(viewer, draft_id)
    if paper not in {one.id for one in spec.papers} | {"other"}:
        raise invalid(
            "no_such_paper", "Thủ tục không cần giấy này.", "The procedure asks for no such paper.", field="paper"
        )
    given = draft.beside.get("papers", {})
    if sum(len(one.get("files", [])) for one in given.values()) >= rules.MOST_FILES:
        raise invalid(
            "too_many_files",
            f"Nhiều nhất {rules.MOST_FILES} tệp.",
            f"At most {rules.MOST_FILES} files.",
            field=f"paper.{paper}",
        )
    kept = files.keep(HOUSE, stream, name, object_kind="draft", object_id=str(draft.id))
    one = given.get(paper, {})
    forms.put_beside(
        viewer, draft_id, {"papers": {**given, paper: {**one, "files": [*one.get("files", []), str(kept.id)]}}}
    )


@action("procedures.submit", open_to_all=True)
def set_paper(viewer: Viewer, draft_id: str, paper: str, *, drop: str = "", vault: str | None = None) -> None:
    """Take a file out of a paper (`drop`), or say which paper of the vault it is (`vault`, "" for none)."""
    draft, _ = _preparing(viewer, draft_id)
    given = draft.beside.get("papers", {})
    one = dict(given.get(paper, {}))
    if drop:
        one["files"] = [file for file in one.get("files", []) if file != drop]
    if vault is not None:
        one["vault"] = vault
    forms.put_beside(viewer, draft_id, {"papers": {**given, paper: one}})


@action("procedures.submit", open_to_all=True)
def choose(viewer: Viewer, draft_id: str, *, applies: list[str], delivery: str) -> None:
    """Say which cases apply and how the result shall come."""
    _preparing(viewer, draft_id)
    forms.put_beside(
        viewer, draft_id, {"applies": applies, "delivery": delivery if delivery in rules.DELIVERIES else "vault"}
    )


@action("procedures.submit", open_to_all=True)
def file(viewer: Viewer, draft_id: str) -> dict[str, Any]:
    """File what was prepared; the same draft again gives the same dossier. As `filing.submit`; 409 while the form is not done."""
    draft, spec = _preparing(viewer, draft_id)
    about("draft", draft.id)
    if draft.state != "complete":
        raise conflict("form_not_done", "Biểu mẫu chưa điền xong.", "The form is not done yet.")
    given = draft.beside.get("papers", {})
    papers = papers_of(spec, given)
    made = filing.submit(
        viewer, spec.code, applicant_of(draft.answers), unit_code=str(draft.answers.get("commune", "")), answers=draft.answers, papers=papers,
        form_version=draft.form_version, applies=draft.beside.get("applies", []), delivery=draft.beside.get("delivery", "vault"), key=f"draft:{draft.id}",
    )  # fmt: skip
    agency = catalogue.decides(spec, str(draft.answers.get("commune", "")))
    sent = [one for paper in papers for one in paper.files]
    sent += [
        one for field in draft.form.fields() if field.widget == "files" for one in draft.answers.get(field.name) or []
    ]
    files.rehome(HOUSE, sent, from_=("draft", str(draft.id)), to=("dossier", str(made["id"])), agency=agency)
    return made


def papers_of(spec: catalogue.Procedure, given: Mapping[str, Mapping[str, Any]]) -> list[Given]:
    """The papers that were gathered, in the order of the procedure."""
    titles = {one.id: one.title for one in spec.papers} | {"other": "Giấy tờ khác"}
    return [
        Given(name, titles[name], tuple(given[name].get("files", [])), given[name].get("vault", ""), True)
        for name in titles if name in given and (given[name].get("files") or given[name].get("vault"))
    ]  # fmt: skip


def applicant_of(answers: Mapping[str, Any]) -> Applicant:
    """Who files, by the names every form uses for it."""
    return Applicant(
        *(str(answers.get(f"applicant_{part}") or "") for part in ("name", "number", "phone", "email", "address"))
    )


def _preparing(viewer: Viewer, draft_id: str) -> tuple[drafts.Draft, catalogue.Procedure]:
    """One's own draft about a procedure, with the version that holds today."""
    draft = drafts.draft(viewer, draft_id)
    if draft.about[0] != ABOUT:
        raise drafts.no_draft()
    return draft, opening.in_force(draft.about[1]).spec
