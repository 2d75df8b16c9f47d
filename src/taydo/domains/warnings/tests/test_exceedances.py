"""An exceedance of a public station reaches those who asked for it nearby; what nobody takes up reaches the next role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taydo.domains.warnings import handlers
from taydo.domains.warnings.tests.people import officer
from taydo.engines.alerts.events import AlertEscalated, AlertRaised
from taydo.engines.notices import actions as notices
from taydo.engines.notices import queries as told
from taydo.kernel import events, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.models import Grant

pytestmark = pytest.mark.django_db


def raised(public: bool) -> AlertRaised:
    alert = sql.value(
        """INSERT INTO alerts_alert (kind, thing_id, thing, agency, unit_code, public, tier, top, severity, title, title_en,
             raised_at, changed_at) VALUES ('exceed', 1, 'CT-M01', 'H13.06', '31135', %(public)s, 'exceed', 'exceed', 3,
             'Mặn 4,2 g/l', 'Salinity 4.2 g/l', now(), now()) RETURNING id""",
        {"public": public},
    )
    return AlertRaised(alert, "exceed", "exceed", "salinity", None, 1, "CT-M01", "H13.06", "31135", None, None,
                       "Mặn 4,2 g/l", "Salinity 4.2 g/l", 4.2, 4.0, "", "", None, "")  # fmt: skip


def happen(event: events.Event) -> None:
    events.emit(event)
    events.deliver_pending()


def people() -> dict[str, Viewer]:
    found = {name: officer(name) for name in ("here", "there", "point", "warned")}
    notices.subscribe(found["here"], "exceedances", unit_code="31135")
    notices.subscribe(found["there"], "exceedances", unit_code="31120")
    notices.subscribe(found["point"], "exceedances", point=(105.7868, 10.0335))
    notices.subscribe(found["warned"], "warnings")
    return found


def test_neighbours_who_asked_are_told_once() -> None:
    found, event = people(), raised(public=True)

    happen(event)
    handlers.tell_neighbours(event, events.Meta(events.ids.uuid7(), "", ""))

    assert {name: len(told.mine(viewer)) for name, viewer in found.items()} == {
        "here": 1,
        "there": 0,
        "point": 1,
        "warned": 0,
    }
    notice = told.mine(found["here"])[0]
    assert (notice["title"], notice["body"], notice["href"]) == ("Mặn 4,2 g/l", "Phường Ninh Kiều", "/stations/CT-M01")


def test_a_station_that_is_not_public_and_a_mere_tendency_reach_nobody() -> None:
    found = people()
    happen(raised(public=False))
    sql.execute("UPDATE alerts_alert SET cleared_at = now()")
    happen(replace(raised(public=True), tier="tendency"))
    assert all(told.mine(viewer) == [] for viewer in found.values())


def test_the_next_role_hears_of_what_nobody_acknowledged() -> None:
    duty, elsewhere = officer("duty"), officer("elsewhere")
    Grant.objects.create(actor_id=duty.actor_id, role="duty", scope="H13.06")
    Grant.objects.create(actor_id=elsewhere.actor_id, role="duty", scope="H13.07")

    alert = raised(public=True).alert_id
    happen(AlertEscalated(alert, 1, "duty", "H13.06", "Mặn 4,2 g/l", "Salinity 4.2 g/l", "CT-M01", None))

    assert [n["href"] for n in told.mine(duty)] == ["/stations/CT-M01"]
    assert told.mine(elsewhere) == []
