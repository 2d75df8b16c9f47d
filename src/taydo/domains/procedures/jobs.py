"""Regular work on dossiers: drafts of apologies before it is too late, gauges, the national portal; whose workflows can be refined on screen."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.relay import marks
from taydo.engines.relay.partners import partner
from taydo.engines.search import queries as search
from taydo.engines.workflows import subjects
from taydo.engines.workflows.subjects import Subject
from taydo.kernel import metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.commands import command
from taydo.kernel.jobs import every
from taydo.kernel.specs import Label
from taydo.protocols import dvcqg
from taydo.protocols.dvcqg import messages as wire

from . import queries
from .actions import counting, handling, portal, speaking

KINDS = ("dossier_standard", "dossier_consulted", "dossier_immediate", "dossier_joint")
NEEDS = frozenset({"check", "consult", "approve", "rework", "gather"})
"""Steps of officials that the actions here take by name: refined workflows keep them."""
LOOKED_BACK = 20_000  # newest lines of timelines among which one that no event told the portal of is found
HOUSE = Viewer.system("procedures")


@every(seconds=900, name="procedures.apologies")
def draft_apologies() -> None:
    """Draft letters of apology for what will be late (form 04), while one may still be sent."""
    while handling.draft_apologies(HOUSE) == 200:
        continue


@every(seconds=10, name="procedures.count")
def count() -> None:
    """Days of agencies whose dossiers changed are counted anew."""
    while counting.count(HOUSE) == 500:
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
    "procedures", title=Label(vi="Thủ tục hành chính", en="Procedures"), kinds=KINDS, find=_subject, search=_search, needs=NEEDS,
    agencies=lambda: [(one.code, one.name) for one in directory.agencies()],
)  # fmt: skip

partner(
    portal.PARTNER, send=speaking.send, look_up=speaking.look_up, title=Label(vi="Cổng Dịch vụ công quốc gia", en="National public service portal"),
    noted=portal.noted, ready=lambda: bool(portal.address()),
)  # fmt: skip


@every(seconds=60, name="procedures.mirror")
def pull() -> None:
    """Fetch what has changed in dossiers of ministries' systems since the last time."""
    while portal.address():
        position = marks.position(portal.PARTNER, portal.CENTRAL)
        changes = speaking.kept().list(dvcqg.CENTRAL, wire.Mirrored, sau=str(position))
        if not portal.mirror(changes):
            return


@every(seconds=60, name="procedures.portal")
def catch_up() -> None:
    """Tell the portal of what no event told it: a handler that failed too often leaves nothing out."""
    for item in sql.rows(
        """SELECT DISTINCT d.code FROM cases_event e JOIN procedures_dossier d ON d.case_id = e.case_id AND d.source = ''
           LEFT JOIN relay_mark k ON k.partner = %(partner)s AND k.subject = d.code
           WHERE e.id > (SELECT max(id) - %(back)s FROM cases_event) AND e.kind = ANY(%(kinds)s) AND e.id > coalesce(k.position, 0)
             AND e.at < now() - interval '1 minute'""",
        {"partner": portal.PARTNER, "back": LOOKED_BACK, "kinds": list(portal.TOLD)},
    ):
        portal.push_now(item["code"])


@command("procedures", "tell-portal", lambda words: None)
def tell_portal(given: argparse.Namespace) -> Iterator[str]:
    """Tell the national portal of every dossier of ours that it has not heard of: after the city has been connected."""
    after, told = 0, 0
    while found := queries.numbered(after):
        after = found[-1]["id"]
        told += sum(bool(portal.push_now(item["code"])) for item in found)
        yield f"… {after}: {told}"
    yield f"dossiers told: {told}"
