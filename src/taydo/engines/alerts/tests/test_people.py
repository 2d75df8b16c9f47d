"""What people see of alerts and what they do: acknowledging stops escalation, agencies see their own, the past can be shown."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client

from taydo.engines.alerts import actions, evaluate, health, limits, queries
from taydo.kernel import clock, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .conftest import station
from .test_evaluate import ANYBODY, NOW, look, send, told

pytestmark = pytest.mark.django_db


def officer(agency: str) -> Viewer:
    grants = {name: frozenset((agency,)) for name in ("alerts.see", "alerts.acknowledge")}
    return Viewer(7, "an", "An", "official", agency, grants=grants)


@pytest.fixture
def alert() -> int:
    send(station("KK1", "air", "pm25"), 150)
    look()
    return int(sql.value("SELECT id FROM alerts_alert"))


def test_an_alert_nobody_acknowledges_climbs_and_stops_when_somebody_does(alert: int) -> None:
    def later(minutes: int) -> int:
        with clock.at(NOW + dt.timedelta(minutes=minutes)):
            return health.escalate()

    assert [later(29), later(31), later(32)] == [0, 1, 0]
    actions.acknowledge(officer("A"), alert, "đang kiểm tra")
    assert later(1000) == 0
    assert told() == ["raised", "escalated"]
    shown = queries.alert(officer("A"), alert)
    assert (shown["state"], shown["level"]) == ("acknowledged", 1)
    assert [line["kind"] for line in shown["history"]] == ["acknowledged", "escalated", "raised"]
    with pytest.raises(Problem) as again:
        actions.acknowledge(officer("A"), alert)
    assert again.value.status == 409


def test_acknowledging_survives_the_next_reading(alert: int) -> None:
    actions.acknowledge(officer("A"), alert)
    send(sql.value("SELECT datastream_id FROM alerts_alert"), 200, start=1)
    look(1)
    row = sql.row("SELECT state, peak, escalate_at FROM alerts_alert")
    assert row == {"state": "acknowledged", "peak": 200, "escalate_at": None}


def test_alerts_of_stations_that_are_not_public_are_seen_by_their_agency_only(alert: int) -> None:
    assert len(queries.feed(ANYBODY)) == 1
    sql.execute("UPDATE alerts_alert SET public = FALSE")
    assert queries.feed(ANYBODY) == queries.listed(officer("B")) == []
    for viewer in (ANYBODY, officer("B")):
        with pytest.raises(Problem) as hidden:
            queries.alert(viewer, alert)
        assert hidden.value.status == 404
    assert len(queries.listed(officer("A"))) == 1
    with pytest.raises(Problem):
        actions.acknowledge(officer("B"), alert)
    assert sql.value("SELECT acknowledged_at FROM alerts_alert") is None


def test_the_past_shows_what_stood_then(alert: int) -> None:
    stream = sql.value("SELECT datastream_id FROM alerts_alert")
    send(stream, 60, start=10)
    look(10)
    send(stream, 20, start=20)
    look(20)
    minutes = {minute: queries.standing(NOW + dt.timedelta(minutes=minute)) for minute in (-1, 5, 15, 25)}
    assert {minute: found[stream].tier if found else None for minute, found in minutes.items()} == {
        -1: None, 5: "exceed", 15: "tendency", 25: None,
    }  # fmt: skip
    assert [item["tier"] for item in queries.feed(ANYBODY, NOW + dt.timedelta(minutes=15))] == ["tendency"]
    assert queries.standing() == {} and queries.open_count() == 0
    assert queries.by_hour(NOW + dt.timedelta(minutes=5)) == [0] * 23 + [1]


def test_alerts_leave_over_http(alert: int) -> None:
    body = Client().get("/api/v1/alerts").json()
    assert [item["id"] for item in body["alerts"]] == [alert]
    assert Client().get(f"/api/v1/alerts/{alert}").json()["history"][0]["kind"] == "raised"
    assert Client().get("/api/v1/alerts/999999").status_code == 404
    refused = Client().post(f"/api/v1/alerts/{alert}/acknowledge", json.dumps({}), "application/json")
    assert refused.status_code == 401
    assert {limit["id"] for limit in Client().get("/api/v1/alerts/limits").json()} >= {"dust.now"}


def test_live_pages_get_what_the_wall_shows(alert: int) -> None:
    (shown,) = queries.feed(ANYBODY)
    assert {"id", "state", "tier", "title", "title_en", "at", "thing", "case_id"} <= shown.keys()
    assert evaluate.instant() == 0


def test_the_limits_of_the_city_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAYDO_CITY")
    found = specs.load(specs.city() / "limits.yaml", limits.Limits)
    assert len(found.limits) > 20
    assert all(limit.source and limit.agency for limit in found.limits)


def test_a_limit_whose_tiers_go_the_wrong_way_is_refused() -> None:
    text = "limits: [{id: x, parameter: p, kinds: [k], averaging: instant, side: below, tiers: {tendency: 1, preparing: 2, exceed: 3}," \
           " hysteresis: 0, hold_minutes: 0, agency: A, case_working_hours: 1, name: {vi: a, en: b}, source: s, verified: press, valid_from: 2020-01-01}]"  # fmt: skip
    with pytest.raises(specs.SpecError, match="must go down"):
        specs.parse(text, limits.Limits, "limits.yaml")
