"""The city's folder holds together, and another province can take its place without a change of code."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from taydo.domains.directory import actions, queries, rules
from taydo.engines.places import actions as place_actions
from taydo.engines.places import queries as places
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import city

HOUSE = Viewer.system("test")


def table(name: str) -> list[dict[str, str]]:
    with (city() / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(line for line in source if not line.startswith("#")))


def declared(name: str) -> Any:
    return yaml.safe_load((city() / name).read_text(encoding="utf-8"))


def test_whoever_is_named_as_an_agency_is_one() -> None:
    known = {a["code"] for a in table("agencies.csv") if not a["valid_to"]}

    named = {s["agency"] for s in table("stations.csv")} | {p["agency"] for p in table("posts.csv")}
    named |= {limit["agency"] for limit in declared("limits.yaml")["limits"]}
    named |= {a["agency"] for a in declared("demo.yaml")["accounts"]} - {""}
    named |= {s for a in declared("demo.yaml")["accounts"] for s in a["scopes"]} - {"*"}
    named |= {declared("city.yaml")["operations_centre"], declared("city.yaml")["level1"]}
    assert named <= known


def test_demonstration_accounts_hold_posts_and_roles_that_exist() -> None:
    accounts = declared("demo.yaml")["accounts"]

    assert {a["post"] for a in accounts} - {""} <= {p["code"] for p in table("posts.csv")}
    assert {a["role"] for a in accounts} <= set(declared("roles.yaml")["roles"])


def test_limits_speak_of_stations_and_parameters_that_exist() -> None:
    parameters, stations = declared("parameters.yaml"), {s["code"]: s["kind"] for s in table("stations.csv")}

    for limit in declared("limits.yaml")["limits"]:
        assert limit["parameter"] in parameters["parameters"], limit["id"]
        assert set(limit["kinds"]) <= set(parameters["kinds"]), limit["id"]
        assert {stations[code] for code in limit.get("stations", [])} <= set(limit["kinds"]), limit["id"]
        tiers = [limit["tiers"][name] for name in ("tendency", "preparing", "exceed")]
        assert tiers == sorted(tiers, reverse=limit["side"] == "below"), limit["id"]


def test_every_parameter_a_station_kind_measures_is_described() -> None:
    spec = declared("parameters.yaml")

    for kind, told in spec["kinds"].items():
        assert set(told["parameters"]) <= set(spec["parameters"]), kind
    assert {s["kind"] for s in table("stations.csv")} <= set(spec["kinds"])
    assert all(p["low"] < p["high"] for p in spec["parameters"].values())


def test_demonstration_stations_say_that_they_are_simulated() -> None:
    stations = table("stations.csv")

    assert len({s["code"] for s in stations}) == len(stations) >= 38
    assert all(s["simulated"] == "yes" and "mô phỏng" in s["name"] and "simulated" in s["name_en"] for s in stations)


def test_codes_follow_the_rules_and_say_how_sure_they_are() -> None:
    for agency in table("agencies.csv"):
        assert rules.style(agency["code"]) == "qd20" and rules.style(agency["code_old"]) == "qcvn102", agency["code"]
        assert agency["code_status"] in rules.STATUSES
        if rules.level(agency["code"]) > 1:
            assert agency["code_status"] == "placeholder", agency["code"]


def test_holidays_are_days_once_and_tell_how_sure_they_are() -> None:
    days = table("holidays.csv")

    assert len({d["date"] for d in days}) == len(days)
    assert {d["kind"] for d in days} == {"holiday", "workday"}
    assert {d["status"] for d in days} <= {"published", "unverified", "forecast"}
    assert all(dt.date.fromisoformat(d["date"]).weekday() == 5 for d in days if d["kind"] == "workday")
    assert any(d["date"] == "2026-11-24" and d["kind"] == "holiday" for d in days)


def test_declarations_stay_short_enough_to_read() -> None:
    for path in city().glob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 200, path.name


UNITS = """code,valid_from,valid_to,level,kind,parent,name,name_en,lon,lat,area_km2,law,source
01,2020-01-01,,province,province,,Tỉnh Thử,Trial Province,106.00,20.00,,,t
001,2020-01-01,2025-07-01,district,rural_district,01,Huyện Một,Mot District,106.00,20.00,,,t
00001,2020-01-01,2025-07-01,commune,commune,001,Xã Bắc,Bac Commune,106.00,20.05,,,t
00002,2020-01-01,2025-07-01,commune,commune,001,Xã Nam,Nam Commune,106.00,19.95,,,t
00001,2025-07-01,,commune,commune,01,Xã Chung,Chung Commune,106.00,20.00,,,t
00009,2020-01-01,,commune,commune,01,Xã Đông,Dong Commune,106.20,20.00,,,t
00010,2020-01-01,,commune,commune,01,Xã Tây,Tay Commune,105.80,20.00,,,t
"""
CHANGES = """code,valid_from,to_code,to_valid_from,on,part,law,source
00001,2020-01-01,00001,2025-07-01,2025-07-01,all,,t
00002,2020-01-01,00001,2025-07-01,2025-07-01,all,,t
"""
RIVER = "line,kind,name,name_en,seq,lon,lat,near\nr,river,Sông Thử,Trial River,1,106,20,\nr,river,Sông Thử,Trial River,2,106,21,\n"
AGENCIES = """code,code_old,code_status,parent,name,name_en,short,kind,unit,fields,valid_from,valid_to,successor,source
H01,000.00.00.H01,official,,UBND tỉnh Thử,Trial Committee,,committee,01,all,2020-01-01,,,t
"""
POSTS = "code,agency,title,title_en,rank,seats,duty,valid_from,valid_to\nH01-CT,H01,Chủ tịch,Chair,1,1,no,2020-01-01,\n"


@pytest.mark.django_db
def test_another_province_is_loaded_from_its_own_folder(tmp_path: Path) -> None:
    for table_name in (
        "directory_holding",
        "directory_post",
        "directory_agency",
        "places_unit_change",
        "places_unit",
        "places_waterway",
    ):
        sql.execute(f"DELETE FROM {table_name}")
    for name, text in {
        "units.csv": UNITS, "unit_changes.csv": CHANGES, "schematic_river.csv": RIVER, "agencies.csv": AGENCIES, "posts.csv": POSTS,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")

    place_actions.load_units(HOUSE, tmp_path)
    actions.load_directory(HOUSE, tmp_path)

    before, after = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
    assert places.unit_at(106.0, 20.02, after).name == "Xã Chung"
    assert places.unit_at(106.0, 20.02, before).name == "Xã Bắc"
    assert places.unit_at(106.0, 19.98, before).name == "Xã Nam"
    assert places.unit_at(106.0, 20.0, before, "district").name == "Huyện Một"
    assert places.unit_at(106.0, 20.0, after, "province").code == "01"
    assert queries.agency_for("00001", "air", after).code == "H01"
