"""What the desk's forms do: each verb reads its form and calls one action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, QueryDict

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions
from taydo.engines.cases import queries as cases
from taydo.engines.cases.casetype import Deadline
from taydo.engines.casework import actions as casework
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid
from taydo.kernel.http import viewer

OFFICES_CLOSE = dt.time(17, 0)
MOST_FILES = 10
Work = Callable[[HttpRequest, int], Any]


def move(request: HttpRequest, case_id: int) -> Any:
    """Take a step; files given with it are attached first, for the asker when the step's note is. Both or neither is done."""
    who, given = viewer(request), request.POST
    fields = _filled(who, case_id, given) if any(key.startswith("field-") for key in given) else {}
    with transaction.atomic():
        if request.FILES.getlist("files"):
            attach(request, case_id)
        return actions.move(
            who, case_id, given.get("move", ""), given.get("note", ""), fields=fields, expected_version=version(given)
        )


def _filled(who: Viewer, case_id: int, given: QueryDict) -> dict[str, Any]:
    """The declared fields of a step, from the form's text to the kinds they have; what cannot be read stays text and is refused."""
    steps = cases.case(who, case_id)["moves"]
    step: dict[str, Any] = next((m for m in steps if m["id"] == given.get("move")), {"fields": {}})
    values: dict[str, Any] = {}
    for name, item in step["fields"].items():
        text = given.get(f"field-{name}", "").strip()
        if not text:
            continue
        values[name] = text == "yes" if item["kind"] == "yes_no" else text
        if item["kind"] == "number":
            try:
                values[name] = float(text.replace(",", "."))
            except ValueError:
                continue
    return values


def agency(text: str, *, lenient: bool = False) -> str:
    """The code of an agency named by code or by name, as people type it into a field that suggests names."""
    wanted = text.strip().casefold()
    for one in directory.agencies():
        if wanted in (one.code.casefold(), one.name.casefold()):
            return one.code
    if lenient:
        return text
    raise invalid("no_agency", "Hãy chọn một cơ quan trong danh sách.", "Choose an agency of the list.", field="agency")


def hand_over(request: HttpRequest, case_id: int) -> Any:
    """Give the case to another agency."""
    given = request.POST
    to = agency(given.get("agency", ""))
    return actions.hand_over(viewer(request), case_id, to, given.get("note", ""), expected_version=version(given))


def assign(request: HttpRequest, case_id: int) -> Any:
    """Make somebody the owner."""
    return actions.assign(viewer(request), case_id, _number(request, "owner"), request.POST.get("note", ""))


def ask(request: HttpRequest, case_id: int) -> Any:
    """Ask another agency, with so many working days to answer if any are given."""
    given = request.POST
    days = given.get("days", "")
    deadline = Deadline(working_days=int(days)) if days.isdecimal() and int(days) <= 366 else None
    return casework.ask_agency(
        viewer(request), case_id, agency(given.get("agency", "")), given.get("note", ""), deadline=deadline, expected_version=version(given),
        key=given.get("key", "")[:40],
    )  # fmt: skip


def more_time(request: HttpRequest, case_id: int) -> Any:
    """Ask that the case be due at the close of offices on another day."""
    try:
        day = dt.date.fromisoformat(request.POST.get("until", ""))
    except ValueError as error:
        raise invalid("which_time", "Hãy chọn ngày.", "Choose a day.", field="until") from error
    until = dt.datetime.combine(day, OFFICES_CLOSE, clock.LOCAL)
    return casework.ask_more_time(viewer(request), case_id, request.POST.get("reason", ""), until=until)


def decide(request: HttpRequest, case_id: int) -> Any:
    """Grant or refuse more time."""
    granted = request.POST.get("granted") == "yes"
    return casework.decide_more_time(
        viewer(request), _number(request, "extension"), granted, request.POST.get("note", "")
    )


def merge(request: HttpRequest, case_id: int) -> Any:
    """End the case as part of the one that was shown before."""
    given = request.POST
    return casework.merge(
        viewer(request), case_id, _number(request, "into"), given.get("note", ""), expected_version=version(given)
    )


def split(request: HttpRequest, case_id: int) -> Any:
    """Make a case of each line."""
    given = request.POST
    titles = given.get("titles", "").splitlines()
    return casework.split(viewer(request), case_id, titles, given.get("note", ""), expected_version=version(given))


def attach(request: HttpRequest, case_id: int) -> Any:
    """Attach several files, all or none; `public` ones are also for the person who asked."""
    files = request.FILES.getlist("files")
    if not 0 < len(files) <= MOST_FILES:
        raise invalid(
            "how_many_files", f"Hãy chọn từ 1 đến {MOST_FILES} tệp.", f"Choose 1 to {MOST_FILES} files.", field="files"
        )
    with transaction.atomic():
        for file in files:
            actions.attach(
                viewer(request), case_id, cast("Any", file), file.name or "", request.POST.get("public") == "yes"
            )


def comment(request: HttpRequest, case_id: int) -> Any:
    """Write on the timeline."""
    given = request.POST
    return actions.comment(
        viewer(request),
        case_id,
        given.get("text", ""),
        public=given.get("public") == "yes",
        key=given.get("key", "")[:40],
    )


def classify(request: HttpRequest, case_id: int) -> Any:
    """Put the case in another class of deadline."""
    given = request.POST
    return actions.set_deadline_class(
        viewer(request), case_id, given.get("class", ""), given.get("note", ""), expected_version=version(given)
    )


def version(given: QueryDict) -> int | None:
    """The version of the case as it was seen."""
    text = given.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


VERBS: dict[str, Work] = {
    "move": move,
    "take": lambda request, case_id: actions.take(viewer(request), case_id),
    "assign": assign,
    "hand-over": hand_over,
    "ask": ask,
    "withdraw": lambda request, case_id: casework.withdraw(viewer(request), _number(request, "task")),
    "more-time": more_time,
    "decide": decide,
    "merge": merge,
    "split": split,
    "attach": attach,
    "classify": classify,
    "comment": comment,
}
BULK = {name: VERBS[name] for name in ("move", "assign", "hand-over", "take")}
