"""What suggestions learn from: the city's own closed reports, and for the first days the keywords of its categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from taydo.engines.suggestions import purposes
from taydo.kernel import sql

from . import desk

CATEGORY, AGENCY = "hotline.category", "hotline.agency"
LOCAL = "local"
"""Stands for the committee of the commune where it is, whichever that is."""
_CLOSED = """SELECT r.public_text, r.category, c.agency, k.responsible FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
  JOIN hotline_category k ON k.id = r.category
  WHERE c.state IN ('answered', 'closed') AND r.channel <> 'import' AND r.held = '' ORDER BY r.id DESC LIMIT 20000"""


def closed_by_category() -> Iterable[tuple[str, str]]:
    """(words without contacts, category) of closed reports, the newest first."""
    return ((record["public_text"], record["category"]) for record in sql.rows(_CLOSED))


def closed_by_agency() -> Iterable[tuple[str, str]]:
    """(words without contacts, agency) of closed reports; what a commune's own committee answered is `local`."""
    centre = desk().centre
    return (
        (
            record["public_text"],
            LOCAL if record["responsible"] == LOCAL and record["agency"] != centre else record["agency"],
        )
        for record in sql.rows(_CLOSED)
    )


def keywords() -> Mapping[str, Sequence[str]]:
    """Titles and keywords of the categories."""
    found = sql.rows("SELECT id, title_vi, title_en, keywords FROM hotline_category WHERE active")
    return {record["id"]: [record["title_vi"], record["title_en"], *record["keywords"]] for record in found}


purposes.declare(CATEGORY, closed_by_category, keywords)
purposes.declare(AGENCY, closed_by_agency)
