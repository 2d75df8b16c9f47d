"""Messages of CAP 1.2 survive the wire, agree with an XML schema, and what breaks the standard is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.protocols import atom, cap
from taydo.protocols.cap import Alert, Area, Info, Reference, Resource

SENT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
RING = ((10.0, 105.7), (10.1, 105.7), (10.1, 105.8), (10.0, 105.7))
SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("cap12.xsd"))


def info(language: str = "vi-VN", **changes: object) -> Info:
    given = {
        "categories": ("Met",),
        "event": "Triều cường",
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Likely",
        "language": language,
        "headline": "Triều cường vượt báo động III",
        "responses": ("Prepare", "Avoid"),
        "event_codes": (("taydo:hazard", "flood_tide"),),
        "effective": SENT,
        "expires": SENT + timedelta(hours=12),
        "areas": (Area("Phường Ninh Kiều", (RING,), geocodes=(("VN-commune", "31135"),)),),
    }
    return Info(**(given | changes))  # type: ignore[arg-type]


def alert(**changes: object) -> Alert:
    given = {
        "identifier": "VN-92-2026-0001",
        "sender": "canhbao@cantho.gov.vn",
        "sent": SENT,
        "infos": (info(), info("en")),
    }
    return Alert(**(given | changes))  # type: ignore[arg-type]


def codes(data: bytes) -> set[str]:
    found = cap.faults(data)
    assert all(fault.vi and fault.en for fault in found)
    return {fault.code for fault in found}


FULL = alert(
    scope="Restricted",
    restriction="Cán bộ trực",
    source="Trạm Cần Thơ",
    addresses=("Sở Xây dựng", "H13.06"),
    codes=("profile:vn",),
    note="Diễn tập",
    status="Exercise",
    incidents=("su-co-1",),
    infos=(
        info(
            onset=SENT,
            audience="Người dân ven sông",
            sender_name="Trung tâm điều hành",
            description="Mực nước 2,10 m & đang lên <nhanh>",
            instruction="Kê cao đồ đạc.",
            web="https://cantho.gov.vn/warnings/1",
            contact="1022",
            parameters=(("stage_m", "2.10"),),
            resources=(Resource("Bản đồ", "image/png", 1200, "https://cantho.gov.vn/m.png"),),
            areas=(Area("Quanh trạm", circles=(((10.03, 105.79), 5.5),), altitude=0.0, ceiling=10.0),),
        ),
    ),
)


@pytest.mark.parametrize("message", [alert(), alert(infos=()), FULL])
def test_what_is_built_is_read_back_and_fits_the_schema(message: Alert) -> None:
    data = cap.build(message)

    SCHEMA.validate(data.decode())
    assert cap.parse(data) == message


def test_instants_carry_the_offset_of_viet_nam_and_never_a_z() -> None:
    data = cap.build(alert())
    assert b"<sent>2026-11-22T14:00:00+07:00</sent>" in data
    with pytest.raises(ValueError, match="aware"):
        cap.timestamp(datetime(2026, 1, 1))


def test_an_update_and_a_cancellation_name_the_message_before() -> None:
    first = Reference("canhbao@cantho.gov.vn", "VN-92-2026-0001", SENT)
    update = alert(identifier="VN-92-2026-0002", message="Update", references=(first,))

    assert cap.parse(cap.build(update)).references == (first,)
    for message in ("Update", "Cancel"):
        with pytest.raises(cap.NotCap, match="named"):
            cap.build(alert(message=message))


@pytest.mark.parametrize(
    "changes,code",
    [
        ({"identifier": "hai từ"}, "content"),
        ({"sender": "a,b"}, "content"),
        ({"status": "Real"}, "content"),
        ({"note": "a\x00b"}, "content"),
        ({"infos": (info(headline="chuông\x07"),)}, "content"),
        ({"scope": "Private"}, "addresses"),
        ({"scope": "Restricted"}, "restriction"),
        ({"infos": (info(severity="High"),)}, "content"),
        ({"infos": (info(categories=()),)}, "missing"),
        ({"infos": (info(expires=SENT),)}, "expires"),
        ({"infos": (info(areas=(Area("a", (RING[:3],)),)),)}, "ring"),
        ({"infos": (info(areas=(Area("a", circles=(((0.0, 0.0), -1.0),)),)),)}, "radius"),
        ({"infos": (info(areas=(Area("a", ceiling=3.0),)),)}, "ceiling"),
        ({"infos": (info(areas=(Area("a", (((91.0, 0.0),) * 4,)),)),)}, "content"),
    ],
)
def test_a_message_that_breaks_the_standard_is_not_built(changes: dict[str, object], code: str) -> None:
    with pytest.raises(cap.NotCap) as refused:
        cap.build(alert(**changes))
    assert code in {fault.code for fault in refused.value.faults}


@pytest.mark.parametrize(
    "old,new,code",
    [
        (b"<scope>Public</scope>", b"", "missing"),
        (b"<status>Actual</status>", b"<status>Actual</status><status>Test</status>", "too_many"),
        (b"<sent>2026-11-22T14:00:00+07:00</sent>", b"<sent>2026-11-22T07:00:00Z</sent>", "content"),
        (b"<sent>2026-11-22T14:00:00+07:00</sent>", b"<sent>2026-13-22T14:00:00+07:00</sent>", "content"),
        (b"<msgType>Alert</msgType>", b"<msgType>Alarm</msgType>", "content"),
        (b"<urgency>Expected</urgency>", b"<urgency>Expected</urgency><loud>yes</loud>", "unknown"),
        (b"<areaDesc>", b"<polygon>1,1 2,2 3,3 1,1</polygon><areaDesc>", "order"),
        (b"<valueName>VN-commune</valueName>", b"", "content"),
    ],
)
def test_a_broken_message_is_refused_where_a_schema_refuses_it(old: bytes, new: bytes, code: str) -> None:
    data = cap.build(alert()).replace(old, new, 1)

    assert code in codes(data)
    assert not SCHEMA.is_valid(data.decode())


def test_what_is_no_cap_at_all_is_said_plainly() -> None:
    assert codes(b"{}") == {"not_xml"}
    assert codes(b"<alert/>") == {"not_alert"}
    assert codes(b'<!DOCTYPE a [<!ENTITY b "c">]><alert/>') == {"doctype"}
    assert codes(b"x" * (cap.MAX_BYTES + 1)) == {"too_large"}


def test_an_enveloped_signature_does_no_harm() -> None:
    signed = cap.build(alert()).replace(b"</alert>", b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>')
    assert cap.parse(signed) == alert()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).map(str.strip)


@given(
    WORDS, st.sampled_from(cap.SEVERITIES), st.lists(st.sampled_from(cap.RESPONSES), max_size=3), st.integers(1, 10**6)
)
@settings(max_examples=60)
def test_any_words_survive_the_wire(words: str, severity: str, responses: list[str], seconds: int) -> None:
    message = alert(
        infos=(
            info(
                description=words,
                severity=severity,
                responses=tuple(responses),
                expires=SENT + timedelta(seconds=seconds),
            ),
        )
    )
    data = cap.build(message)
    assert SCHEMA.is_valid(data.decode())
    assert cap.parse(data) == message


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fall(data: bytes) -> None:
    assert cap.faults(data)


def test_a_feed_is_understood_by_a_feed_reader() -> None:
    entry = atom.Entry(
        "urn:cap:VN-92-2026-0001", "Triều cường", SENT, SENT, "Trung tâm điều hành", "Mực nước 2,10 m",
        "http://localhost/cap/VN-92-2026-0001", cap.MEDIA_TYPE, "http://localhost/warnings/1", ("Met",),
    )  # fmt: skip
    data = atom.feed("urn:taydo:cap", "Cảnh báo Cần Thơ", "http://localhost/cap/feed", SENT, "Cần Thơ", [entry])

    read = feedparser.parse(data)

    assert not read.bozo and read.feed.title == "Cảnh báo Cần Thơ"
    assert read.entries[0].id == "urn:cap:VN-92-2026-0001"
    assert {link.type: link.href for link in read.entries[0].links}[cap.MEDIA_TYPE].endswith("/cap/VN-92-2026-0001")
    assert read.entries[0].tags[0].term == "Met" and read.entries[0].updated == "2026-11-22T07:00:00Z"
