"""From a reading over its limit to a case with an agency, an owner and a deadline, told when it is over."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.alerts import evaluate, watch
from taydo.engines.cases import actions, casetype, queries
from taydo.engines.streams import ingest
from taydo.engines.streams.ingest import Batch, Reading
from taydo.kernel import clock, events, sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)  # Friday 09:00 in Việt Nam
CITY = Viewer.system("test")


@pytest.fixture
def gauge() -> int:
    """The water gauge of the flood limit, on the Hau River."""
    made = sql.value(
        """WITH t AS (INSERT INTO streams_thing (code, name, agency, kind, lon, lat, unit_code)
             VALUES ('CT-MN-01', 'Mực nước sông Hậu', 'H13.06.02', 'level', 105.79, 10.03, '31117') RETURNING id),
           s AS (INSERT INTO streams_sensor (name) VALUES ('s') RETURNING id),
           p AS (INSERT INTO streams_observedproperty (code, name) VALUES ('water_level', 'Mực nước') RETURNING id)
           INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, symbol, unit_symbol, expected_every_s)
           SELECT t.id, s.id, p.id, 'd', 'WL', 'm', 600 FROM t, s, p RETURNING id"""
    )
    watch.forget()
    return int(made)


def level(gauge: int, minute: int, value: float) -> None:
    at = NOW + dt.timedelta(minutes=minute)
    with clock.at(at):
        watch.pairs()
        ingest.take(Batch.of([Reading(gauge, at, value)]))
        evaluate.instant()
        events.deliver_pending()


def test_a_flood_level_becomes_a_case_of_the_agency_the_limit_names(gauge: int) -> None:
    for minute, value in ((0, 1.85), (10, 1.95), (20, 2.1), (30, 2.1)):
        level(gauge, minute, value)

    page = queries.inbox(CITY)
    (case,) = page.cases
    assert (case["agency"], case["unit_code"], case["subject_kind"], case["subject_id"]) == (
        "H13.23",
        "31117",
        "datastream",
        str(gauge),
    )
    assert case["title"].startswith("Báo động III · Mực nước sông Hậu")
    assert case["due"] == NOW + dt.timedelta(minutes=150)  # two working hours after 09:30
    assert sql.value("SELECT case_id FROM alerts_alert") == case["id"]
    assert queries.case(CITY, case["id"])["data"]["tier"] == "exceed"


def test_the_case_hears_that_the_water_fell_and_stays_open_until_somebody_closes_it(gauge: int) -> None:
    for minute, value in ((0, 2.1), (10, 2.1), (20, 1.0)):
        level(gauge, minute, value)
    (case,) = queries.inbox(CITY).cases
    lines = [line["kind"] for line in queries.timeline(CITY, case["id"], newest_first=False)]
    assert lines == ["opened", "commented"]
    for step in ("acknowledge", "start", "resolve", "close"):
        actions.move(CITY, case["id"], step, "đã kiểm tra")
    assert queries.inbox(CITY).cases == []


def test_an_exceedance_that_returns_opens_its_case_again_when_somebody_closed_it(gauge: int) -> None:
    for minute, value in ((0, 2.1), (10, 2.1)):
        level(gauge, minute, value)
    (case,) = queries.inbox(CITY).cases
    actions.move(CITY, case["id"], "false_alarm", "nhầm")
    for minute, value in ((20, 1.0), (30, 2.1), (40, 2.2)):
        level(gauge, minute, value)

    assert [item["id"] for item in queries.inbox(CITY).cases] == [case["id"]]
    assert queries.case(CITY, case["id"])["state"] == "in_progress"
    assert sql.value("SELECT returns FROM alerts_alert") == 1


def test_a_level_that_only_tends_to_exceed_opens_no_case(gauge: int) -> None:
    for minute in (0, 10, 20):
        level(gauge, minute, 1.85)
    assert sql.value("SELECT tier FROM alerts_alert") == "tendency"
    assert queries.inbox(CITY).cases == []


def test_delivering_an_event_again_opens_no_second_case(gauge: int) -> None:
    for minute in (0, 10):
        at = NOW + dt.timedelta(minutes=minute)
        with clock.at(at):
            watch.pairs()
            ingest.take(Batch.of([Reading(gauge, at, 2.1)]))
            evaluate.instant()
    for message in [events.cloud_event(record) for record in sql.rows("SELECT * FROM kernel_outbox ORDER BY seq")] * 2:
        events.deliver(message)
    assert len(queries.inbox(CITY).cases) == 1


def test_the_alert_type_is_declared() -> None:
    spec = casetype.current("alert")
    assert {"new", "acknowledged", "in_progress", "waiting_field", "resolved", "closed", "false_alarm"} == set(
        spec.states
    )
