"""Stations from the city's folder, and indices that follow their means."""

import datetime as dt

import pytest

from taydo.domains.environment import actions, queries
from taydo.kernel import clock, credentials, specs, sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system("test")
NOON = dt.datetime(2026, 11, 21, 5, tzinfo=dt.UTC)


@pytest.fixture
def stations() -> None:
    actions.load_stations(SYSTEM, specs.city())


def _ds(code: str, parameter: str) -> int:
    return sql.value(
        """SELECT d.id FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
           JOIN streams_observedproperty p ON p.id = d.observedproperty_id WHERE t.code = %(c)s AND p.code = %(p)s""",
        {"c": code, "p": parameter},
    )


def _hour(code: str, parameter: str, at: dt.datetime, mean: float, n: int = 12) -> None:
    sql.execute(
        """INSERT INTO streams_hourly (datastream_id, at, n, mean, min, max, sum, last) VALUES (%(d)s, %(at)s, %(n)s, %(m)s, %(m)s, %(m)s, %(m)s * %(n)s, %(m)s)
           ON CONFLICT (datastream_id, at) DO UPDATE SET n = excluded.n, mean = excluded.mean""",
        {"d": _ds(code, parameter), "at": at, "n": n, "m": mean},
    )


@pytest.mark.usefixtures("stations")
def test_loading_the_stations_twice_changes_nothing() -> None:
    before = sql.row(
        "SELECT count(*) AS d, (SELECT count(*) FROM streams_thing) AS t, (SELECT count(*) FROM streams_location) AS l FROM streams_datastream"
    )

    actions.load_stations(SYSTEM, specs.city())

    assert (
        sql.row(
            "SELECT count(*) AS d, (SELECT count(*) FROM streams_thing) AS t, (SELECT count(*) FROM streams_location) AS l FROM streams_datastream"
        )
        == before
    )


@pytest.mark.usefixtures("stations")
def test_an_index_is_computed_and_computed_again_when_readings_come_late() -> None:
    for n in range(3):
        _hour("CT-KK-01", "pm25", NOON - n * dt.timedelta(hours=1), 25.0)
    actions.compute_indices(SYSTEM, NOON - dt.timedelta(days=1), NOON)
    first = sql.value("SELECT value FROM environment_index WHERE at = %(a)s AND kind = 'aqi_h'", {"a": NOON})
    _hour("CT-KK-01", "pm25", NOON, 200.0, n=13)

    written = actions.compute_indices(SYSTEM, NOON - dt.timedelta(days=1), NOON)

    assert first == 50
    assert written == 1
    assert sql.value("SELECT value FROM environment_index WHERE at = %(a)s AND kind = 'aqi_h'", {"a": NOON}) > 100


@pytest.mark.usefixtures("stations")
def test_computing_again_without_news_writes_nothing() -> None:
    for n in range(3):
        _hour("CT-KK-01", "pm25", NOON - n * dt.timedelta(hours=1), 25.0)
    actions.compute_indices(SYSTEM, NOON - dt.timedelta(days=1), NOON)

    assert actions.compute_indices(SYSTEM, NOON - dt.timedelta(days=1), NOON) == 0


@pytest.mark.usefixtures("stations")
def test_a_calibration_needs_the_permission_at_the_stations_agency() -> None:
    elsewhere = Viewer(7, "an", "An", "official", grants={"environment.calibrate": frozenset({"H13.22"})})

    with pytest.raises(Problem, match="permission"):
        actions.calibrate(elsewhere, "CT-KK-01", "passed", NOON, "An")

    assert sql.value("SELECT count(*) FROM environment_calibration") == 0


@pytest.mark.usefixtures("stations")
def test_a_calibration_in_the_future_is_refused() -> None:
    with pytest.raises(Problem) as refusal:
        actions.calibrate(SYSTEM, "CT-KK-01", "passed", clock.now() + dt.timedelta(days=1), "An")

    assert refusal.value.code == "in_future"


@pytest.mark.usefixtures("stations")
def test_a_station_that_is_not_public_is_seen_by_its_agency_only() -> None:
    sql.execute("UPDATE streams_thing SET public = FALSE WHERE code = 'CT-KK-01'")
    own = Viewer(8, "bo", "Bo", "official", grants={"streams.see": frozenset({"H13.06.01"})})

    assert "CT-KK-01" not in [s["code"] for s in queries.stations(Viewer.anonymous())]
    assert "CT-KK-01" in [s["code"] for s in queries.stations(own)]


@pytest.mark.usefixtures("stations")
def test_connecting_a_station_gives_a_device_that_may_write_there_only() -> None:
    made = actions.connect_station(SYSTEM, "TEST-01", "air", "Trạm thử", "H13.06", 105.78, 10.03)
    device = viewer_of(credentials.check(made["username"], made["password"]) or 0)

    assert device is not None
    assert device.may("streams.write", "H13.06", "thing:TEST-01")
    assert not device.may("streams.write", "H13.06", "thing:CT-KK-01")
    assert _ds("TEST-01", "pm25")


@pytest.mark.usefixtures("stations")
def test_a_station_with_wrong_details_is_refused_naming_each_field() -> None:
    with pytest.raises(Problem) as refusal:
        actions.connect_station(SYSTEM, "a b", "smell", "x", "", 0.0, float("nan"))

    assert set(refusal.value.fields) == {"code", "kind", "name", "agency", "lon"}
    assert sql.value("SELECT count(*) FROM streams_thing WHERE code = 'a b'") == 0


@pytest.mark.usefixtures("stations")
def test_a_new_credential_ends_the_old_one() -> None:
    first = actions.connect_station(SYSTEM, "TEST-01", "air", "Trạm thử", "H13.06", 105.78, 10.03)
    second = actions.give_credential(SYSTEM, "TEST-01")

    credentials.forget()
    assert credentials.check(first["username"], first["password"]) is None
    assert credentials.check(second["username"], second["password"])
