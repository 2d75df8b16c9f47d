"""Regular work on dossiers: drafts of apologies before it is too late for them, gauges; whose workflows can be refined on screen."""

from __future__ import annotations

from collections.abc import Sequence

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.search import queries as search
from taydo.engines.workflows import subjects
from taydo.engines.workflows.subjects import Subject
from taydo.kernel import metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every
from taydo.kernel.specs import Label

from .actions import handling

KINDS = ("dossier_standard", "dossier_consulted", "dossier_immediate", "dossier_joint")
HOUSE = Viewer.system("procedures")


@every(seconds=900, name="procedures.apologies")
def draft_apologies() -> None:
    """Draft letters of apology for what will be late (form 04), while one may still be sent."""
    while handling.draft_apologies(HOUSE) == 200:
        continue


@metrics.gauge("taydo_dossiers_late", "Dossiers at work whose appointment has passed")
def _late() -> float:
    return float(
        sql.value(
            """SELECT count(*) FROM cases_case WHERE subject_kind = 'dossier' AND phase <> 'done' AND paused_at IS NULL AND due_at < now()"""
        )
    )


@metrics.gauge("taydo_dossiers_offered", "Dossiers that wait for another agency to take them over")
def _offered() -> float:
    return float(sql.value("SELECT count(*) FROM procedures_transfer WHERE state = 'offered'"))


def _subject(code: str) -> Subject | None:
    found = catalogue.on(code)
    return Subject(code, found.spec.title, f"dossier_{found.spec.kind}") if found else None


def _search(text: str) -> Sequence[Subject]:
    codes = [text.strip(), *(hit.id for hit in search.find(text, kinds=("procedure",), limit=20).hits)]
    return [subject for code in dict.fromkeys(codes) if (subject := _subject(code))]


subjects.family(
    "procedures", title=Label(vi="Thủ tục hành chính", en="Procedures"), kinds=KINDS, find=_subject, search=_search,
    agencies=lambda: [(one.code, one.name) for one in directory.agencies()],
)  # fmt: skip
