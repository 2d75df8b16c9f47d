"""What dossiers declare to the house at start-up: whose workflows can be refined on screen."""

from __future__ import annotations

from collections.abc import Sequence

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.search import queries as search
from taydo.engines.workflows import subjects
from taydo.engines.workflows.subjects import Subject
from taydo.kernel.specs import Label

KINDS = ("dossier_standard", "dossier_consulted", "dossier_immediate", "dossier_joint")


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
