"""A draft says what it lacks, and a warning reads as CAP 1.2 in one or two languages."""

import datetime as dt
from typing import Any

import pytest

from taydo.domains.warnings import rules
from taydo.domains.warnings.tests.people import NOW, words
from taydo.protocols import cap

HAZARDS = ("flood_tide", "salinity")


def test_a_sound_draft_has_no_faults() -> None:
    assert rules.faults(words(), HAZARDS, NOW) == {}


@pytest.mark.parametrize(
    "changes,field",
    [
        ({"hazard": "dragons"}, "hazard"),
        ({"severity": "High"}, "severity"),
        ({"status": "Draft"}, "status"),
        ({"headline_vi": " "}, "headline_vi"),
        ({"description_vi": ""}, "description_vi"),
        ({"headline_vi": "x" * 161}, "headline_vi"),
        ({"description_vi": "a\x00b"}, "description_vi"),
        ({"contact": "\x07"}, "contact"),
        ({"headline_en": "Flood"}, "description_en"),
        ({"description_en": "Flood"}, "headline_en"),
        ({"units": ()}, "units"),
        ({"expires": None}, "expires"),
        ({"expires": NOW}, "expires"),
        ({"expires": NOW + dt.timedelta(hours=1), "onset": NOW + dt.timedelta(hours=2)}, "expires"),
        ({"expires": NOW + dt.timedelta(days=11)}, "expires"),
    ],
)
def test_a_draft_says_what_it_lacks(changes: dict[str, Any], field: str) -> None:
    found = rules.faults(words(**changes), HAZARDS, NOW)
    assert set(found) == {field} and all(found[field])


def row(**changes: Any) -> dict[str, Any]:
    held = {name: getattr(words(), name) for name in words().__dataclass_fields__}
    return (
        held | {"identifier": "vn.92.1", "message": "Alert", "sent_at": NOW, "reason": "", "contact": "1022"} | changes
    )


KIND = {"code": "flood_tide", "vi": "Triều cường", "en": "Flood tide", "categories": ["Met"], "responses": ["Prepare"]}
AREAS = {"vi": (cap.Area("Phường Ninh Kiều"),), "en": (cap.Area("Ninh Kieu Ward"),)}


def message(record: dict[str, Any], **more: Any) -> cap.Alert:
    made = rules.as_cap(
        record, KIND, AREAS, sender="H13.23@c.vn", sender_name=("Cần Thơ", "Can Tho"), web="http://c.vn/1", **more
    )
    return cap.parse(cap.build(made))


def test_vietnamese_alone_makes_one_info_and_english_a_second() -> None:
    assert [info.language for info in message(row()).infos] == ["vi-VN"]
    both = message(row(headline_en="Flood tide", description_en="Peak 2.10 m"))
    assert [info.language for info in both.infos] == ["vi-VN", "en"]
    assert both.infos[1].areas[0].description == "Ninh Kieu Ward"


def test_a_drill_says_so_in_its_headline() -> None:
    drill = message(row(status="Exercise"))
    assert drill.status == "Exercise" and drill.infos[0].headline.startswith("[DIỄN TẬP] ")


def test_a_cancellation_is_all_clear_and_says_why() -> None:
    before = cap.Reference("H13.23@c.vn", "vn.92.0", NOW)
    off = message(row(message="Cancel", reason="Nước đã rút"), previous=(before,))
    assert (off.note, off.references) == ("Nước đã rút", (before,))
    assert off.infos[0].responses == ("AllClear",) and off.infos[0].urgency == "Past"


def test_outer_rings_become_polygons_with_latitude_first() -> None:
    square = [[105.0, 10.0], [105.1, 10.0], [105.1, 10.1], [105.0, 10.0]]
    shape = {"type": "MultiPolygon", "coordinates": [[square, square], [square]]}
    assert rules.rings(shape) == (((10.0, 105.0), (10.0, 105.1), (10.1, 105.1), (10.0, 105.0)),) * 2
    assert rules.rings(None) == ()


def test_every_word_stands_in_both_languages() -> None:
    for table in (rules.STATES, rules.STATUSES, rules.SEVERITIES, rules.URGENCIES, rules.CERTAINTIES):
        assert all(vi and en for vi, en in table.values())
    assert sorted(rules.SEVERITIES, key=rules.worst_first)[0] == "Extreme"
