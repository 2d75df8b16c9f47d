"""A small city with two limits of its own, and a station that measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taydo.engines.alerts import watch
from taydo.kernel import sql

LIMITS = """
limits:
  - {id: dust.now, parameter: pm25, kinds: [air], averaging: instant, side: above, tiers: {tendency: 50, preparing: 80, exceed: 100},
     hysteresis: 5, hold_minutes: 0, agency: A, case_working_hours: 8, name: {vi: Bụi tức thời, en: Dust now}, source: thử,
     verified: inferred, valid_from: 2020-01-01}
  - {id: oxygen.low, parameter: do, kinds: [water], water_class: A, averaging: instant, side: below,
     tiers: {tendency: 5, preparing: 4, exceed: 3}, hysteresis: 0.5, hold_minutes: 10, agency: A, case_working_hours: 4,
     labels: {exceed: {vi: Mức III, en: Level III}}, name: {vi: Oxy thấp, en: Low oxygen}, source: thử, verified: inferred,
     valid_from: 2020-01-01, valid_to: 2099-01-01}
  - {id: dust.24h, parameter: pm10, kinds: [air], averaging: 24h, side: above, tiers: {tendency: 40, preparing: 45, exceed: 50},
     hysteresis: 2, hold_minutes: 0, agency: A, case_working_hours: 8, name: {vi: Bụi 24 giờ, en: Dust 24 h}, source: thử,
     verified: inferred, valid_from: 2020-01-01}
  - {id: rain.1h, parameter: rain, kinds: [rain], averaging: sum1h, side: above, tiers: {tendency: 20, preparing: 40, exceed: 60},
     hysteresis: 5, hold_minutes: 0, agency: B, case_working_hours: 2, name: {vi: Mưa to, en: Cloudburst}, source: thử,
     verified: inferred, valid_from: 2020-01-01}
"""


@pytest.fixture(autouse=True)
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city folder that holds nothing but limits."""
    (tmp_path / "limits.yaml").write_text(LIMITS, encoding="utf-8")
    monkeypatch.setenv("TAYDO_CITY", str(tmp_path))
    watch.forget()
    yield tmp_path
    watch.forget()


def station(code: str, kind: str, parameter: str, every_s: int = 300, water_class: str = "A") -> int:
    """A public station with one datastream; returns the datastream's id."""
    made = sql.value(
        """WITH t AS (INSERT INTO streams_thing (code, name, agency, kind, properties, lon, lat, unit_code)
             VALUES (%(code)s, 'Trạm ' || %(code)s, 'A', %(kind)s, jsonb_build_object('water_class', %(w)s::text), 105.7, 10.0, '31117') RETURNING id),
           s AS (INSERT INTO streams_sensor (name) VALUES ('s') RETURNING id),
           p AS (INSERT INTO streams_observedproperty (code, name) VALUES (%(p)s, %(p)s)
                 ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id)
           INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, symbol, unit_symbol, expected_every_s, stuck_after)
           SELECT t.id, s.id, p.id, 'd', %(p)s, 'mg/L', %(every)s, 0 FROM t, s, p RETURNING id""",
        {"code": code, "kind": kind, "p": parameter, "every": every_s, "w": water_class},
    )
    watch.forget()
    watch.pairs()
    return int(made)
