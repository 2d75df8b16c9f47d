"""`/forms/{draft}`: one question after another, kept as typed, checked at the end; works without script."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path

from taydo.engines.places import queries as places
from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, editing, queries, rules
from .declared import Field, Form
from .queries import Draft


def run(request: HttpRequest, draft_id: str) -> HttpResponse:
    """The page of a draft that `page` names (its number, or `check` for all answers); a POST keeps what was typed and goes on."""
    who = viewer(request)
    if not who.signed_in:
        return HttpResponseRedirect(f"/signin?next=/forms/{draft_id}")
    draft = queries.draft(who, draft_id)
    if draft.state == "complete" and request.method != "POST":
        return HttpResponseRedirect(draft.next_href)
    if request.method == "POST":
        return _keep(request, draft)
    wanted = request.GET.get("page", "")
    if wanted == "check":
        return _check(request, draft, {})
    return _page(request, draft, _number(draft, wanted), {})


def _number(draft: Draft, wanted: str) -> int:
    """Which page: as asked, else the first that is not right yet."""
    pages = _pages(draft)
    if wanted.isdecimal():
        return max(0, min(int(wanted), len(pages) - 1))
    wrong = {fault.path.split(".")[0] for fault in rules.faults(draft.form, draft.answers)}
    return next((at for at, page in enumerate(pages) if wrong & {field.name for field in page["fields"]}), 0)


def _pages(draft: Draft) -> list[dict[str, Any]]:
    """Pages with at least one question that is asked with the answers so far."""
    asked = {field.name for field in rules.shown(draft.form, draft.answers)}
    found = []
    for page in draft.form.pages:
        fields = [
            field for field in page.fields if field.name in asked or (field.show_when and _here(field, page.fields))
        ]
        if any(field.name in asked for field in page.fields):
            found.append({"page": page, "fields": fields})
    return found


def _here(field: Field, fields: list[Field]) -> bool:
    """Whether a condition looks at a question of the same page: then script shows and hides it."""
    return field.show_when is not None and field.show_when.field in {one.name for one in fields}


def _keep(request: HttpRequest, draft: Draft) -> HttpResponse:
    who, do = viewer(request), request.POST.get("do", "next")
    at = int(request.POST.get("page", "0")) if request.POST.get("page", "0").isdecimal() else 0
    if do == "finish":
        try:
            actions.complete(who, str(draft.id))
        except Problem as problem:
            if problem.status != 422:
                raise
            return _check(request, draft, {name: str(text) for name, text in problem.fields.items()})
        return HttpResponseRedirect(draft.next_href)
    if draft.state == "complete":
        actions.reopen(who, str(draft.id))
        draft = queries.draft(who, draft.id)
    fields = _pages(draft)[at]["fields"] if at < len(_pages(draft)) else []
    actions.save(who, str(draft.id), posted(request.POST, fields))
    if errors := _files(request, draft, fields):
        return _page(request, queries.draft(who, draft.id), at, errors)
    if do.startswith("drop:"):
        _, name, which = do.split(":", 2)
        _drop(request, queries.draft(who, draft.id), name, which)
        return HttpResponseRedirect(f"/forms/{draft.id}?page={at}")
    if do.startswith("add:"):
        fresh = queries.draft(who, draft.id)
        actions.save(who, str(draft.id), {do[4:]: [*(fresh.answers.get(do[4:]) or []), {}]})
        return HttpResponseRedirect(f"/forms/{draft.id}?page={at}#{do[4:]}")
    return _on(request, queries.draft(who, draft.id), at, do)


def _on(request: HttpRequest, draft: Draft, at: int, do: str) -> HttpResponse:
    """The next page, or this one again with what is wrong on it; back never asks whether anything is right."""
    pages = _pages(draft)
    if do == "back":
        return HttpResponseRedirect(f"/forms/{draft.id}?page={max(at - 1, 0)}")
    names = frozenset(field.name for field in pages[at]["fields"]) if at < len(pages) else frozenset()
    wrong = rules.faults(draft.form, draft.answers, only=names)
    if wrong:
        return _page(request, draft, at, {one.path: t(one.vi, one.en) for one in wrong})
    if at + 1 >= len(pages) or request.POST.get("then") == "check":
        return HttpResponseRedirect(f"/forms/{draft.id}?page=check")
    return HttpResponseRedirect(f"/forms/{draft.id}?page={at + 1}")


def posted(sent: Any, fields: list[Field]) -> dict[str, Any]:
    """The answers of one page as the schema wants them; rows are named `field.0.column`."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.widget == "files":
            continue
        if field.widget == "rows":
            numbers = sorted(
                {int(m[1]) for key in sent if (m := re.fullmatch(rf"{field.name}\.(\d{{1,3}})\.\w+", key))}
            )
            found[field.name] = [
                {c.name: rules.typed(c, sent.get(f"{field.name}.{n}.{c.name}", "")) for c in field.rows}
                for n in numbers
            ]
        elif field.widget == "choices":
            found[field.name] = sent.getlist(field.name)
        elif field.widget == "date" and f"{field.name}.day" in sent:
            found[field.name] = _cell(field, sent, field.name)
        elif field.name in sent:
            found[field.name] = sent.get(field.name, "")
    return found


def _cell(field: Field, sent: Any, name: str) -> str:
    """One answer as it was sent; a date comes as day, month and year."""
    if field.widget != "date" or f"{name}.day" not in sent:
        return str(sent.get(name, ""))
    day, month, year = (sent.get(f"{name}.{part}", "").strip() for part in ("day", "month", "year"))
    return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}" if day or month or year else ""


def _files(request: HttpRequest, draft: Draft, fields: list[Field]) -> dict[str, str]:
    errors = {}
    for field in fields:
        for upload in request.FILES.getlist(field.name) if field.widget == "files" else []:
            try:
                actions.send_file(viewer(request), str(draft.id), field.name, upload, upload.name or "tep")
            except Problem as problem:
                if problem.status not in (413, 422, 403, 503):
                    raise
                errors[field.name] = f"{upload.name}: {t(problem.vi, problem.en)}"
    return errors


def _drop(request: HttpRequest, draft: Draft, name: str, which: str) -> None:
    field = draft.form.field(name)
    if field is not None and field.widget == "files":
        actions.take_file_out(viewer(request), str(draft.id), name, which)
    elif which.isdecimal():
        rows = draft.answers.get(name) or []
        actions.save(viewer(request), str(draft.id), {name: [row for at, row in enumerate(rows) if at != int(which)]})


def _page(request: HttpRequest, draft: Draft, at: int, errors: dict[str, str]) -> HttpResponse:
    pages = _pages(draft)
    asked = {field.name for field in rules.shown(draft.form, draft.answers)}
    return render(
        request, "forms/run.html", 422 if errors else 200, draft=draft, form=draft.form, page=pages[at]["page"], fields=pages[at]["fields"], at=at,
        of=len(pages), errors=errors, labels={path: label_of(draft.form, path) for path in errors}, asked=asked, answers=draft.answers, required=set(draft.form.schema_.get("required", [])),
        communes=communes() if any(field.widget == "commune" for field in pages[at]["fields"]) else [],
        files=queries.draft_files(viewer(request), draft.id), then=request.POST.get("then", request.GET.get("then", "")),
    )  # fmt: skip


def label_of(form: Form, path: str) -> str:
    """What the field of a fault is called: `children.1.name` is “Children 2, Name”."""
    name, *rest = path.split(".")
    field = form.field(name)
    if field is None:
        return path
    words = field.label[t("vi", "en")]
    column = next((one for one in field.rows if rest[1:] and one.name == rest[1]), None)
    return f"{words} {int(rest[0]) + 1}, {column.label[t('vi', 'en')]}" if column else words


def communes() -> list[tuple[str, str]]:
    """Every commune of today as (code, name), by name."""
    return sorted(
        ((unit.code, unit.name) for unit in places.units("commune", clock.today())),
        key=lambda pair: places.fold(pair[1]),
    )


def _check(request: HttpRequest, draft: Draft, errors: dict[str, str]) -> HttpResponse:
    pages = [page["page"].id for page in _pages(draft)]
    wrong = (
        {one.path: t(one.vi, one.en) for one in rules.faults(draft.form, draft.answers)}
        if errors or request.GET.get("all")
        else {}
    )
    return render(
        request, "forms/check.html", 422 if errors else 200, draft=draft, form=draft.form, sections=readable(draft.form, draft.answers, viewer(request)),
        pages=pages, wrong=wrong, page_of=page_of(draft),
    )  # fmt: skip


def page_of(draft: Draft) -> dict[str, int]:
    """On which page each field stands."""
    return {field.name: at for at, page in enumerate(_pages(draft)) for field in page["fields"]}


def readable(form: Form, answers: dict[str, Any], who: Any) -> list[rules.Section]:
    """Answers as words, with the names of communes and files."""
    names = dict(communes()) if any(field.widget == "commune" for field in form.fields()) else {}
    ids = [one for field in form.fields() if field.widget == "files" for one in answers.get(field.name) or []]
    names |= {one: t("tệp đã gửi", "file sent") for one in ids}
    return rules.readable(form, answers, t("vi", "en"), names)


def autosave(request: HttpRequest, draft_id: str) -> HttpResponse:
    """`POST /forms/{draft}/keep`: what stands on a page now, kept without leaving it."""
    draft = queries.draft(viewer(request), draft_id)
    at = int(request.POST.get("page", "0")) if request.POST.get("page", "0").isdecimal() else 0
    pages = _pages(draft)
    kept = actions.save(viewer(request), draft_id, posted(request.POST, pages[at]["fields"])) if at < len(pages) else {}
    return JsonResponse({"saved_at": kept.get("saved_at")})


@needs("forms.edit")
def editor(request: HttpRequest) -> HttpResponse:
    """`/forms/editor`: every form with its version and where it comes from."""
    return render(request, "forms/list.html", forms=[(form, queries.versions(form.id)) for form in queries.every()])


@needs("forms.edit")
def edit(request: HttpRequest, form_id: str) -> HttpResponse:
    """`/forms/editor/{form}`: its fields as a table, the preview beside it; a POST checks, previews, or saves a version from a day on."""
    form = queries.current(form_id)
    shown, error, saved = form, "", ""
    values = editing.rows_of(form)
    if request.method == "POST":
        values = editing.posted(request.POST)
        try:
            shown = editing.built(form, values)
            if request.POST.get("do") == "save":
                day = editing.day_of(request.POST.get("valid_from", ""))
                saved = actions.save_version(
                    viewer(request),
                    shown.model_dump(mode="json", by_alias=True, exclude_none=True),
                    day,
                    request.POST.get("note", ""),
                )
                return HttpResponseRedirect(f"/forms/editor/{form_id}?saved={saved}")
        except Problem as problem:
            error = t(problem.vi, problem.en)
    return render(
        request, "forms/edit.html", 422 if error else 200, form=form, shown=shown, values=values, error=error, saved=request.GET.get("saved", ""),
        versions=queries.versions(form_id), changes=editing.changes(form, shown), today=clock.today(), widgets=editing.WIDGETS,
    )  # fmt: skip


urls = [
    path("forms/editor", editor), path("forms/editor/<str:form_id>", edit), path("forms/<str:draft_id>/keep", autosave),
    path("forms/<str:draft_id>", run),
]  # fmt: skip
