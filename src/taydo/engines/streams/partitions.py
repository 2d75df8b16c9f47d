"""Partitions of the observations, made before they are needed."""

from __future__ import annotations

from taydo.kernel import clock, sql

AHEAD_MONTHS = 3


def ahead() -> None:
    """Makes the partitions of this month and the next three, and of every month whose readings wait in DEFAULT."""
    sql.execute(
        """SELECT streams_make_partition(%(now)s::timestamptz + n * interval '1 month')
           FROM generate_series(0, %(months)s) n""",
        {"now": clock.now(), "months": AHEAD_MONTHS},
    )
    waiting = sql.rows(
        """SELECT DISTINCT date_trunc('month', phenomenon_time, 'UTC') AS month FROM streams_observation_default
           WHERE phenomenon_time >= '2000-01-01' AND phenomenon_time < %(now)s::timestamptz + interval '4 months'""",
        {"now": clock.now()},
    )
    for row in waiting:
        sql.execute("SELECT streams_make_partition(%(month)s)", row)
