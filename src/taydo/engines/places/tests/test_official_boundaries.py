"""Real boundaries: the published outlines of today's communes and former districts, and a GIS client that we did not write."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings

from taydo.engines.places import actions, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import city

ADMIN = settings.TAYDO_SHARED / "data" / "admin"
NOW, LAST_DAY = dt.date(2026, 11, 22), dt.date(2025, 6, 30)
HOUSE = Viewer.system("test")
real = pytest.mark.skipif(
    not (ADMIN / "thanglequoc").is_dir(), reason=f"no real boundaries at {ADMIN} (set TAYDO_SHARED)"
)


@real
@pytest.mark.slow
@pytest.mark.django_db
def test_official_outlines_load_and_history_nests_in_them() -> None:
    actions.load_units(HOUSE, city())

    communes = actions.load_geojson(HOUSE, ADMIN / "thanglequoc" / "can_tho_communes_2025.geojson")
    districts = actions.load_geojson(HOUSE, Path(ADMIN / "districts_pre_merger_92_93_94.geojson"), level="district")

    assert (communes.taken, communes.rejected, communes.without) == (103, [], [])
    assert (districts.taken, districts.rejected) == (28, [])
    assert not queries.approximate(NOW)
    _every_centre_lies_in_its_own_unit()
    _split_wards_are_told_apart()
    _former_communes_agree_with_official_districts()


def _every_centre_lies_in_its_own_unit() -> None:
    own = queries.units("commune", NOW)
    assert queries.units_at([(u.lon, u.lat) for u in own], NOW) == [u.code for u in own]
    city_area = sql.value(
        "SELECT ST_Area(geom::geography) / 1e6 FROM places_unit WHERE level = 'province' AND valid_to IS NULL"
    )
    assert city_area == pytest.approx(6360.83, rel=0.01)


def _split_wards_are_told_apart() -> None:
    for lon, lat, expected in ((105.7868, 10.0335, "31135"), (105.787, 10.053, "31120"), (105.752, 9.998, "31186")):
        assert queries.unit_at(lon, lat, NOW).code == expected
    assert queries.unit_at(105.787, 10.053, LAST_DAY, "district").geometry == "exact"
    parts = sql.rows(
        """SELECT s.code, ST_Area(ST_Intersection(p.geom, s.geom)::geography) / 1e6 AS km2 FROM places_unit p, places_unit s
           WHERE p.code = '31178' AND p.valid_to = '2025-07-01' AND s.code IN ('31168', '31120') AND s.valid_to IS NULL"""
    )
    assert all(part["km2"] > 0.1 for part in parts)


def _former_communes_agree_with_official_districts() -> None:
    share = sql.value(
        """SELECT sum(ST_Area(ST_Intersection(c.geom, d.geom)::geography)) / sum(ST_Area(c.geom::geography))
           FROM places_unit c JOIN places_unit d ON d.code = c.parent AND d.level = 'district'
           WHERE c.level = 'commune' AND c.valid_to = '2025-07-01'"""
    )
    assert share > 0.97


@pytest.mark.django_db(transaction=True)
def test_owslib_reads_the_features(live_server) -> None:
    from owslib.ogcapi.features import Features

    actions.load_units(HOUSE, city())

    client = Features(f"{live_server.url}/ogc/")

    assert set(client.feature_collections()) == {"communes", "districts", "provinces", "waterways"}
    found = client.collection_items("communes", bbox=[105.78, 10.05, 105.79, 10.06], datetime_="2026-01-01", limit=50)
    assert "31120-2025-07-01" in {item["id"] for item in found["features"]}
    assert client.collection_item("communes", "31120-2025-07-01")["properties"]["name"] == "Phường Cái Khế"
