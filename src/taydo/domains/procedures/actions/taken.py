"""Names that an issued registration takes: the checks before filing compare new names with them from then on."""

from __future__ import annotations

from taydo.engines.prechecks import actions as prechecks
from taydo.engines.prechecks import queries as declared
from taydo.kernel.actors import Viewer

from .. import queries


def keep(viewer: Viewer, dossier_id: int) -> int:
    """Keep the name a finished dossier registers, when its procedure's checks compare names; returns how many rows are new."""
    found = queries.by_id(dossier_id)
    if found is None or not declared.declarations(found["procedure"]):
        return 0
    person = queries.person(dossier_id)
    kept = 0
    for one in declared.declarations(found["procedure"]):
        for check in one.checks:
            name = str(person.answers.get(check.field) or "")
            if check.check != "name_not_taken" or not name:
                continue
            kind = str(person.answers.get(str(check.options.get("kind_field", "")), check.options.get("kind", "")))
            place = str(person.answers.get(str(check.options.get("place_field", "")), ""))
            row = {"name": name, "place": place, "holder": person.number, "source": found["code"]}
            kept += prechecks.keep(viewer, str(check.options["register"]), kind, [row])
    return kept
