"""Units through time with approximate outlines, as a fresh city has them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.test import Client

from taydo.engines.places import actions, queries
from taydo.kernel import errors, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import city

pytestmark = pytest.mark.django_db
NOW, LAST_DAY, SPRING_2024 = dt.date(2026, 11, 22), dt.date(2025, 6, 30), dt.date(2024, 5, 1)
HOUSE = Viewer.system("test")


@pytest.fixture(autouse=True)
def _city() -> None:
    actions.load_units(HOUSE, city())


def test_the_city_has_the_official_counts_on_each_side_of_the_merger() -> None:
    assert len(queries.units("commune", NOW)) == 103
    assert queries.units("district", NOW) == []
    assert [u.code for u in queries.units("province", NOW)] == ["92"]
    assert len(queries.units("district", LAST_DAY)) == 9 + 8 + 11
    of_can_tho = {u.code for u in queries.units("district", LAST_DAY, "92")}
    assert sum(u.parent in of_can_tho for u in queries.units("commune", LAST_DAY)) == 80
    assert sum(u.parent in of_can_tho for u in queries.units("commune", SPRING_2024)) == 83
    assert len(queries.units("commune", LAST_DAY)) == 80 + 75 + 108
    assert len(queries.units("commune", SPRING_2024)) == 83 + 75 + 109


def test_a_reused_code_means_another_unit_before_the_merger() -> None:
    assert queries.unit("31120", NOW).name == "Phường Cái Khế"
    assert queries.unit("31120", LAST_DAY).name == "Phường An Hòa"
    assert queries.unit("31522", LAST_DAY).name == "Phường 1"
    assert queries.unit("31522", SPRING_2024).name == "Phường 9"
    assert queries.unit("31129", NOW) is None


def test_the_day_of_change_belongs_to_the_new_unit() -> None:
    assert queries.unit("31120", dt.date(2025, 7, 1)).name == "Phường Cái Khế"


def test_every_former_commune_has_an_heir_and_every_unit_of_today_an_ancestor() -> None:
    orphans = """SELECT count(*) FROM places_unit u WHERE u.level = 'commune' AND u.valid_to IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM places_unit_change c JOIN places_unit s ON s.code = c.to_code AND s.valid_from = c.to_valid_from
         WHERE c.code = u.code AND c.valid_from = u.valid_from AND s.valid_from = u.valid_to)"""
    rootless = """SELECT count(*) FROM places_unit u WHERE u.level = 'commune' AND u.valid_to IS NULL AND NOT EXISTS
        (SELECT 1 FROM places_unit_change c WHERE c.to_code = u.code AND c.to_valid_from = u.valid_from)"""
    assert sql.value(orphans) == 0
    assert sql.value(rootless) == 0


def test_a_split_ward_has_two_heirs_that_each_took_a_part() -> None:
    heirs = queries.successors("31178", LAST_DAY)

    assert {(h.unit.name, h.part) for h in heirs} == {("Phường Bình Thuỷ", "part"), ("Phường Cái Khế", "part")}


def test_predecessors_of_a_new_ward_are_the_wards_it_was_made_from() -> None:
    names = {h.unit.name for h in queries.predecessors("31120", NOW)}

    assert names == {"Phường Cái Khế", "Phường An Hòa", "Phường Bùi Hữu Nghĩa"}


def test_an_old_address_is_followed_through_two_changes() -> None:
    meaning = queries.resolve("Phường An Cư, quận Ninh Kiều, Cần Thơ")[0]

    assert meaning["unit"]["code"] == "31129"
    assert [step["unit"]["name"] for step in meaning["becomes"]] == ["Phường Thới Bình", "Phường Ninh Kiều"]


def test_an_address_names_the_district_that_is_meant() -> None:
    everywhere = queries.resolve("xã Long Phú")
    one = queries.resolve("xã Long Phú, huyện Long Phú")

    assert len(everywhere) > len(one) == 1
    assert one[0]["unit"]["parent"] == "946"


def test_names_are_found_without_accents() -> None:
    assert queries.find("cai khe", NOW)[0].code == "31120"
    assert queries.find("CÁI KHẾ", NOW)[0].code == "31120"
    assert queries.find("%", NOW) == []


def test_areas_are_drawn_around_centres_until_boundaries_come() -> None:
    unit = queries.unit_at(105.787, 10.053, NOW)

    assert unit is not None and unit.code == "31120" and unit.geometry == "approximate"
    assert queries.approximate(NOW)
    assert sql.value("SELECT count(*) FROM places_unit WHERE geom IS NULL OR ST_IsEmpty(geom) OR geom_z8 IS NULL") == 0


def test_before_the_merger_a_point_lies_in_an_old_ward_and_district() -> None:
    assert queries.unit_at(105.787, 10.053, LAST_DAY).code == "31117"
    assert queries.unit_at(105.787, 10.053, LAST_DAY, "district").name == "Quận Ninh Kiều"
    assert queries.unit_at(105.787, 10.053, NOW, "district") is None
    assert queries.unit_at(105.974, 9.602, LAST_DAY, "province").name == "Tỉnh Sóc Trăng"


def test_many_points_are_placed_by_one_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert queries.units_at([(105.787, 10.053), (0.0, 0.0)], NOW) == ["31120", None]


def test_loading_twice_changes_nothing(django_assert_max_num_queries) -> None:
    before = queries.version()

    assert not any(actions.load_units(HOUSE, city()).values())
    assert queries.version() == before


def test_loading_needs_the_permission() -> None:
    with pytest.raises(errors.Problem) as refusal:
        actions.load_units(Viewer.anonymous(), city())
    assert refusal.value.status == 401


def _square(lon: float, lat: float, half: float = 0.01) -> dict:
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _file(folder: Path, *features: tuple[str, str, object]) -> Path:
    path = folder / "areas.geojson"
    items = [{"type": "Feature", "properties": {"code": c, "name": n}, "geometry": g} for c, n, g in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}), encoding="utf-8")
    return path


def test_a_boundary_file_is_taken_and_what_does_not_fit_is_kept_with_its_reason(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        ("31120", "Cái Khế", _square(105.783, 10.056)),
        ("31120", "Cái Khế", _square(105.783, 10.056)),
        ("31135", "Phường Tân An", _square(105.778, 10.034)),
        ("99999", "Không có", _square(105.7, 10.0)),
        ("31147", "Tân An", _square(10.0, 50.0)),
        ("31150", "An Bình", {"type": "Point", "coordinates": [105.7, 10]}),
        ("", "Vô danh", _square(105.7, 10.0)),
    )

    report = actions.load_geojson(HOUSE, path)

    assert report.taken == 1
    reasons = {(r["code"], r["reason"]) for r in report.rejected}
    assert reasons == {
        ("31120", "twice"), ("31135", "other_name"), ("99999", "unknown_code"), ("31147", "far_away"), ("31150", "not_an_area"),
        ("", "no_code"),
    }  # fmt: skip
    assert len(report.without) == 102
    assert sql.value("SELECT count(*) FROM places_reject WHERE feature ? 'geometry'") == 6
    assert "mã đã dùng lại" in "\n".join(report.lines("vi")) and "reused" in "\n".join(report.lines("en"))
    assert queries.unit("31120", NOW).geometry == "exact"


def test_a_bow_tie_is_mended(tmp_path: Path) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[105.77, 10.04], [105.79, 10.06], [105.79, 10.04], [105.77, 10.06], [105.77, 10.04]]],
    }

    assert actions.load_geojson(HOUSE, _file(tmp_path, ("31120", "", bow))).taken == 1
    assert sql.value("SELECT ST_IsValid(geom) FROM places_unit WHERE code = '31120' AND valid_to IS NULL")


def test_a_file_that_is_no_geojson_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("[1, 2", encoding="utf-8")

    with pytest.raises(errors.Problem) as refusal:
        actions.load_geojson(HOUSE, path)
    assert refusal.value.code == "not_geojson"


def test_tiles_carry_the_units_of_the_day_asked_for(client: Client) -> None:
    now = client.get("/tiles/units/9/406/241")
    then = client.get("/tiles/units/9/406/241?on=2025-06-30&level=district")

    assert now.status_code == 200 and now["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert "Phường Cái Khế".encode() in now.content and b"unit_centres" in now.content
    assert "Quận Ninh Kiều".encode() in then.content and "Phường".encode() not in then.content
    assert b"schematic" in client.get("/tiles/river/9/406/241").content


def test_a_tile_that_did_not_change_is_not_sent_again(client: Client, tmp_path: Path) -> None:
    tag = client.get("/tiles/units/9/406/241")["ETag"]

    assert client.get("/tiles/units/9/406/241", headers={"If-None-Match": tag}).status_code == 304
    actions.load_geojson(HOUSE, _file(tmp_path, ("31120", "", _square(105.783, 10.056))))
    assert client.get("/tiles/units/9/406/241", headers={"If-None-Match": tag}).status_code == 200


def test_the_tile_description_says_that_outlines_are_approximate(client: Client) -> None:
    told = client.get("/tiles/units.json").json()

    assert told["tilejson"] == "3.0.0" and told["approximate"] is True and "gần đúng" in told["attribution"]
    assert told["tiles"] == ["http://testserver/tiles/units/{z}/{x}/{y}?level=commune"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/units/3/100/1", 404),
        ("/tiles/other/3/1/1", 404),
        ("/tiles/units/3/1/1?on=x", 422),
        ("/tiles/units/3/1/1?level=x", 422),
        ("/tiles/units/0/0/0", 200),
        ("/tiles/units/9/0/0", 204),
        ("/ogc/collections/none", 404),
        ("/ogc/collections/communes/items?bbox=1,2", 400),
        ("/ogc/collections/communes/items?datetime=x", 400),
        ("/ogc/collections/communes/items?limit=0", 400),
        ("/ogc/collections/communes/items?unknown=1", 400),
        ("/ogc/collections/communes/items/0-0", 404),
        ("/ogc/collections/communes/items?code=%00", 400),
        ("/api/v1/places/at?lon=1&lat=1", 404),
        ("/api/v1/places/at?lon=nan&lat=1", 422),
        ("/api/v1/places/units?level=x", 422),
        ("/api/v1/places/units/%00", 422),
        ("/api/v1/places/search?q=%00", 200),
    ],
)
def test_every_address_answers_what_it_should(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_rest_answers_like_the_engine(client: Client) -> None:
    assert len(client.get("/api/v1/places/units").json()["units"]) == 103
    at = client.get("/api/v1/places/at?lon=105.787&lat=10.053&on=2025-06-30").json()
    assert (at["commune"]["code"], at["district"]["code"], at["province"]["code"]) == ("31117", "916", "92")
    one = client.get("/api/v1/places/units/31120").json()
    assert len(one["predecessors"]) == 3 and one["becomes"] == []
    assert client.get("/api/v1/places/search?q=ninh kieu&level=district").json()["units"][0]["code"] == "916"
    outlines = client.get("/api/v1/places/outlines").json()
    assert len(outlines["features"]) == 103 and len(json.dumps(outlines)) < 150_000


def test_ogc_items_are_paged_and_dated(client: Client) -> None:
    page = client.get("/ogc/collections/communes/items?datetime=2026-01-01&limit=60").json()
    nxt = next(link["href"] for link in page["links"] if link["rel"] == "next")
    rest = client.get(nxt).json()

    assert (page["numberMatched"], page["numberReturned"], rest["numberReturned"]) == (103, 60, 43)
    assert not [link for link in rest["links"] if link["rel"] == "next"]
    assert client.get("/ogc/collections/districts/items?datetime=2026-01-01").json()["numberMatched"] == 0
