"""Regular work of the search, and what /metrics tells of it."""

from __future__ import annotations

from taydo.kernel import metrics, sql
from taydo.kernel.jobs import every

from . import meaning, refreshing


@every(seconds=5, name="search.refresh")
def refresh() -> None:
    """Words are counted anew and meanings made soon after entries changed; until then they are found by their words."""
    refreshing.count_terms()
    refreshing.make_meanings()


@every(seconds=86400, name="search.forget")
def forget() -> None:
    """Vectors nobody needs any more go once a day."""
    refreshing.forget_meanings()


@metrics.gauge("taydo_search_entries", "Public things that can be found")
def _entries() -> float:
    return float(sql.value("SELECT count(*) FROM search_entry"))


@metrics.gauge("taydo_search_without_meaning", "Entries found by words alone because their vector is not made yet")
def _waiting() -> float:
    return float(
        sql.value(
            "SELECT count(*) FROM search_entry e WHERE NOT EXISTS (SELECT 1 FROM search_meaning m WHERE m.mark = e.mark)"
        )
    )


@metrics.gauge(
    "taydo_search_meanings", "1 when this process searches by meaning too, 0 when the model cannot be loaded"
)
def _able() -> float:
    return float(meaning.model() is not None)
