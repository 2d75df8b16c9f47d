"""The daily rows: marked when a dossier changes, counted anew a little later, each agency's day as a set."""

from __future__ import annotations

from taydo.kernel import sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer

from ..queries.figures import COUNTS, DAY, GROUPED, RECOUNT

_COLUMNS = ("agency", "procedure", "channel", "day", *COUNTS, "spent_s", "allowed_s")


@action("procedures.count")
def mark(viewer: Viewer, dossier_id: int) -> None:
    """Have a dossier's agency and day counted anew: the day of receipt, and that of filing, which it counted for before."""
    sql.execute(
        f"""INSERT INTO procedures_uncounted (agency, day)
            SELECT DISTINCT d.agency_decides, x.day FROM procedures_dossier d
            CROSS JOIN LATERAL (VALUES ({DAY}), ((d.submitted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)) x(day)
            WHERE d.id = %(id)s ON CONFLICT DO NOTHING""",
        {"id": dossier_id},
    )


@action("procedures.count")
def count(viewer: Viewer, most: int = 500) -> int:
    """Count marked days anew; returns how many. Marks and rows change together: who is killed has counted nothing and forgotten nothing."""
    taken = sql.rows(
        """DELETE FROM procedures_uncounted u USING (SELECT agency, day FROM procedures_uncounted ORDER BY day LIMIT %(most)s FOR UPDATE SKIP LOCKED) t
           WHERE u.agency = t.agency AND u.day = t.day RETURNING u.agency, u.day""",
        {"most": most},
    )
    if not taken:
        return 0
    keys = {"agencies": [one["agency"] for one in taken], "days": [one["day"] for one in taken]}
    marked = "(SELECT * FROM unnest(%(agencies)s::text[], %(days)s::date[]) AS k(agency, day)) k"
    sql.execute(f"DELETE FROM procedures_daily t USING {marked} WHERE t.agency = k.agency AND t.day = k.day", keys)
    sql.execute(
        f"""INSERT INTO procedures_daily ({", ".join(_COLUMNS)}) SELECT {", ".join(_COLUMNS)} FROM (
              {RECOUNT} AND EXISTS (SELECT FROM {marked} WHERE k.agency = d.agency_decides AND k.day = {DAY}) {GROUPED}) r""",
        keys,
    )
    return len(taken)


@action("procedures.count")
def count_all(viewer: Viewer) -> int:
    """Count everything anew, as one set; returns the number of rows. For the first start, an import, or after the rules of counting changed."""
    sql.execute("LOCK TABLE procedures_daily IN SHARE ROW EXCLUSIVE MODE")
    sql.execute("DELETE FROM procedures_daily")
    sql.execute("DELETE FROM procedures_uncounted")
    return sql.execute(
        f"INSERT INTO procedures_daily ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)} FROM ({RECOUNT}{GROUPED}) r"
    )
