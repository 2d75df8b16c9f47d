"""From readings that come in to alerts that people see: each exceedance once, whatever arrives, however often we look."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from taydo.engines.alerts import book, evaluate, health, queries, watch
from taydo.engines.streams import ingest
from taydo.engines.streams.ingest import Batch, Reading
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

from .conftest import LIMITS, station

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
ANYBODY = Viewer.anonymous()


def send(
    stream: int, *values: float, start: int = 0, every: int = 1, came: float | None = None, flags: int = 0
) -> None:
    """Readings from minute `start` on, one every so many minutes; they come at minute `came` (default: the last one's own)."""
    times = [NOW + dt.timedelta(minutes=start + at * every) for at in range(len(values))]
    with clock.at(times[-1] if came is None else NOW + dt.timedelta(minutes=came)):
        readings = [Reading(stream, time, value, flags) for time, value in zip(times, values, strict=True)]
        receipt = ingest.take(Batch.of(readings))
        assert receipt.taken == len(values)


def look(minute: float = 0) -> int:
    with clock.at(NOW + dt.timedelta(minutes=minute)):
        return evaluate.instant()


def alerts() -> list[dict[str, Any]]:
    return sql.rows("SELECT * FROM alerts_alert ORDER BY id")


def told() -> list[str]:
    return [
        row["type"].removeprefix("alerts.alert_") for row in sql.rows("SELECT type FROM kernel_outbox ORDER BY seq")
    ]


def history() -> list[tuple[str, str]]:
    return [(row["kind"], row["tier"]) for row in sql.rows("SELECT kind, tier FROM alerts_change ORDER BY id")]


@pytest.fixture
def dust() -> int:
    return station("KK1", "air", "pm25")


def test_an_exceedance_is_raised_changes_its_tier_and_is_cleared(dust: int) -> None:
    for minute, value in enumerate((20, 60, 101, 120, 60, 40, 20)):
        send(dust, value, start=minute)
        look(minute)

    (alert,) = alerts()
    assert (alert["state"], alert["top"], alert["peak"], alert["agency"]) == ("cleared", "exceed", 120, "A")
    assert alert["raised_at"] == NOW + dt.timedelta(minutes=1) and alert["cleared_at"] == NOW + dt.timedelta(minutes=5)
    assert history() == [
        ("raised", "tendency"),
        ("changed", "exceed"),
        ("changed", "tendency"),
        ("cleared", "tendency"),
    ]
    assert told() == ["raised", "changed", "changed", "cleared"]


def test_looking_again_tells_nothing_new_and_one_look_tells_as_much_as_many(dust: int) -> None:
    values = (20, 60, 101, 120, 60, 40, 20)
    send(dust, *values)
    assert look(6) == 4
    assert look(6) == look(7) == 0
    together = (history(), told())
    other = station("KK2", "air", "pm25")
    for minute, value in enumerate(values):
        send(other, value, start=minute)
        look(minute)
    assert history()[4:] == together[0] and told()[4:] == together[1]


def test_an_alert_that_comes_back_soon_is_the_same_alert(dust: int) -> None:
    for minute, value in enumerate((60, 20, 60, 20, 60)):
        send(dust, value, start=minute)
        look(minute)
    send(dust, 20, start=10)
    send(dust, 60, start=120)
    look(120)

    assert [(alert["returns"], alert["cleared_at"] is None) for alert in alerts()] == [(2, False), (0, True)]
    assert told() == ["raised", "cleared", "changed", "cleared", "changed", "cleared", "raised"]


def test_a_calm_reading_between_two_high_ones_is_seen_although_nobody_queued_it() -> None:
    oxygen = station("NM1", "water", "do")
    send(oxygen, 2, 6, 2, every=6)
    look(12)
    assert alerts() == []
    send(oxygen, 2, 2, start=18, every=5)
    look(23)
    assert [alert["tier"] for alert in alerts()] == ["exceed"]
    assert alerts()[0]["title"] == "Mức III · Oxy thấp – Trạm NM1: 2 mg/L"


def test_a_station_of_another_water_class_is_not_concerned() -> None:
    oxygen = station("NM2", "water", "do", water_class="B")
    send(oxygen, 1, 1, 1, every=10)
    assert look(20) == 0 and sql.value("SELECT count(*) FROM streams_watch") == 0


def test_what_comes_late_or_out_of_order_raises_nothing(dust: int) -> None:
    send(dust, 20, start=10)
    send(dust, 150, start=5, came=11)
    look(11)
    send(dust, 150, start=-120, came=12)
    look(12)
    assert alerts() == [] and sql.value("SELECT count(*) FROM streams_watched") == 0


def test_an_old_high_reading_does_not_reopen_what_has_cleared(dust: int) -> None:
    send(dust, 150, start=0)
    look(0)
    send(dust, 20, start=10)
    look(10)
    send(dust, 160, start=5, came=11)
    look(11)
    assert [alert["state"] for alert in alerts()] == ["cleared"]


def test_what_the_instrument_disowns_raises_nothing(dust: int) -> None:
    for flag in (8, 16):
        send(dust, 150, start=flag, flags=flag)
    look(20)
    assert alerts() == []


def test_a_look_that_is_killed_leaves_nothing_half_done(dust: int, monkeypatch: pytest.MonkeyPatch) -> None:
    send(dust, 150)
    with monkeypatch.context() as killed:
        killed.setattr(book, "keep", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            look()
    assert alerts() == [] and told() == [] and sql.value("SELECT count(*) FROM streams_watched") == 1
    look()
    assert len(alerts()) == 1 and told() == ["raised"]


def test_a_sensor_that_is_out_when_a_limit_begins_is_seen_at_once(town: Path) -> None:
    (town / "limits.yaml").write_text(LIMITS.replace("id: dust.now, parameter: pm25", "id: dust.now, parameter: none"))
    dust = station("KK1", "air", "pm25")
    send(dust, 150)
    look()
    assert alerts() == []
    (town / "limits.yaml").write_text(LIMITS)
    watch.forget()
    look(1)
    assert [alert["tier"] for alert in alerts()] == ["exceed"]


def test_an_alert_whose_limit_ends_is_cleared(dust: int, town: Path) -> None:
    send(dust, 150)
    look()
    (town / "limits.yaml").write_text(
        LIMITS.replace(
            "verified: inferred, valid_from: 2020-01-01}",
            "verified: inferred, valid_from: 2020-01-01, valid_to: 2020-02-01}",
            1,
        )
    )
    watch.forget()
    health.turn()
    assert [alert["state"] for alert in alerts()] == ["cleared"] and told() == ["raised", "cleared"]


def test_ten_thousand_readings_cost_a_handful_of_statements() -> None:
    streams = [station(f"KK{number}", "air", "pm25") for number in range(25)]
    columns = [(stream, minute) for minute in range(400) for stream in streams]
    readings = [Reading(s, NOW + dt.timedelta(seconds=5 * m), 150.0 if m % 7 else 20.0) for s, m in columns]
    with clock.at(NOW + dt.timedelta(minutes=34)):
        ingest.take(Batch.of(readings))
    with CaptureQueriesContext(connection) as captured:
        look(34)
    assert len(captured) < 20
    assert len(alerts()) == 25


def test_a_mean_of_24_hours_needs_three_quarters_of_them() -> None:
    dust = station("KK9", "air", "pm10")

    def hours(number: int) -> None:
        sql.execute(
            """INSERT INTO streams_hourly (datastream_id, at, n, mean, min, max, sum, last)
               SELECT %(ds)s, %(end)s - make_interval(hours => g), 12, 60, 60, 60, 720, 60 FROM generate_series(1, %(n)s) g
               ON CONFLICT DO NOTHING""",
            {"ds": dust, "end": NOW, "n": number},
        )

    with clock.at(NOW + dt.timedelta(minutes=2)):
        hours(17)
        assert evaluate.averages() == 0
        hours(18)
        assert evaluate.averages() == 1
        assert evaluate.averages() == 0
    with clock.at(NOW + dt.timedelta(hours=8, minutes=2)):
        assert evaluate.averages() == 0
    assert [(alert["tier"], alert["value"]) for alert in alerts()] == [("exceed", 60)]


def test_rain_of_the_last_hour_is_summed_and_passes() -> None:
    rain = station("MU1", "rain", "rain", every_s=600)
    send(rain, 10, 15, 20, every=10)
    with clock.at(NOW + dt.timedelta(minutes=21)):
        assert evaluate.averages() == 1
        assert queries.standing()[rain].tier == "preparing"
    send(rain, 0, start=90)
    with clock.at(NOW + dt.timedelta(minutes=91)):
        assert evaluate.averages() == 1
        assert queries.standing() == {}


def test_a_silent_station_and_a_stuck_sensor_are_alerts_until_they_are_not(dust: int) -> None:
    send(dust, 20)
    sql.execute("INSERT INTO streams_silent SELECT thing_id, %(at)s FROM streams_datastream", {"at": NOW})
    sql.execute("INSERT INTO streams_stuck (datastream_id, stuck_since) VALUES (%(d)s, %(at)s)", {"d": dust, "at": NOW})
    assert health.turn() == 2 and health.turn() == 0
    assert sorted(item["tier"] for item in queries.feed(ANYBODY)) == ["broken", "stale"]
    sql.execute("DELETE FROM streams_silent")
    sql.execute("DELETE FROM streams_stuck")
    assert health.turn() == 2 and queries.feed(ANYBODY) == []
    assert told() == ["raised", "raised", "cleared", "cleared"]
