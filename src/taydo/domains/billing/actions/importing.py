"""Bills of other systems (electricity, water, tuition, hospital) come in from a file, each once by its biller's own number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from taydo.engines.imports import actions as imports
from taydo.engines.imports import mapping as mappings
from taydo.engines.imports.mapping import Mapping
from taydo.engines.imports.reading import Row
from taydo.engines.payments import actions as payments
from taydo.engines.payments.rules import MOST_VND, Line
from taydo.kernel import clock, specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing

from ..queries import Biller, billers
from ..queries.looking_up import mark_of

HOUSE = Viewer.system("billing")
SPECS = Path(__file__).resolve().parents[1] / "specs" / "imports"


def declared() -> dict[str, Path]:
    """Every mapping by name: the city's own before those of the house."""
    return dict(mappings.declared(SPECS, specs.city() / "billing" / "imports"))


def import_file(viewer: Viewer, path: Path, biller: str, name: str = "plain") -> Iterator[dict[str, Any]]:
    """Bring a biller's file in by a declared mapping; gives the run as it stands after each batch. 404 for what is not declared."""
    known = declared()
    if name not in known or biller not in billers():
        raise missing(
            "not_declared", f"Có khai báo: {', '.join(known)}; có đơn vị: {', '.join(billers())}.",
            f"There are mappings {', '.join(known)} and billers {', '.join(billers())}.",
        )  # fmt: skip
    if not path.is_file():
        raise missing("no_file", f"Không có tệp {path}.", f"There is no file {path}.")
    mapping = mappings.read(known[name])

    def take(who: Viewer, run_id: int, rows: Sequence[Row]) -> dict[str, int]:
        return bring_in(who, run_id, biller, mapping, rows)

    with path.open("rb") as stream:
        yield from imports.run(viewer, "billing", name, mapping, stream, path.name, take)


@action("billing.bring_in", secret=("rows", "mapping"))
def bring_in(viewer: Viewer, run_id: int, biller: str, mapping: Mapping, rows: Sequence[Row]) -> dict[str, int]:
    """Take rows of a biller as bills; those known by its number are left alone. Returns how many were `taken` and `known`."""
    about("import", run_id)
    of = billers()[biller]
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('billing import'), hashtext(%(b)s))", {"b": biller})
    found = sql.rows(
        "SELECT number FROM billing_imported WHERE biller = %(b)s AND number = ANY(%(ids)s::text[])",
        {"b": biller, "ids": [row.values["id"] for row in rows]},
    )
    known = {item["number"] for item in found}
    fresh = [row.values for row in rows if row.values["id"] not in known and 0 < row.values["amount"] <= MOST_VND]
    for values in fresh:
        _bill(biller, of, values)
    return {"taken": len(fresh), "known": len(rows) - len(fresh)}


def _bill(biller: str, of: Biller, values: dict[str, Any]) -> None:
    due: dt.datetime | None = values.get("due")
    period = str(values.get("period") or "")
    made = payments.raise_bill(
        HOUSE, purpose=("utility", f"{biller}:{values['id']}"), agency=of.agency, title=f"{of.title.vi} {period}".strip(),
        lines=[Line(of.kind, f"{of.title.vi} {period}".strip(), int(values["amount"]))], payer_name=str(values.get("name") or ""),
        due_on=due.astimezone(clock.LOCAL).date() if due else None, key=f"import:{biller}:{values['id']}",
    )  # fmt: skip
    sql.execute(
        """INSERT INTO billing_imported (bill_id, biller, number, customer_mark, period) VALUES (%(id)s, %(b)s, %(n)s, %(m)s, %(p)s)
           ON CONFLICT DO NOTHING""",
        {"id": made.id, "b": biller, "n": values["id"], "m": mark_of(biller, str(values["customer"])), "p": period},
    )
