"""The standard's example documents, rewritten for a street lamp, element by element in both formats."""

from __future__ import annotations

import datetime as dt
import json
from xml.etree.ElementTree import canonicalize

import pytest

from taydo.protocols.open311 import discovery, documents, refusals
from taydo.protocols.open311.documents import Attribute, Service, definition, service_request, write

from .schema import faults

EAST = dt.timezone(dt.timedelta(hours=7))
ASKED = dt.datetime(2026, 4, 14, 13, 37, 38, tzinfo=dt.UTC)
SERVICES = [
    Service("001", "Đèn đường không sáng", "Một hay nhiều bóng đèn tắt.", True, keywords=("đèn", "tối"), group="Chiếu sáng"),
    Service("002", "Ổ gà", group="Đường"),
]  # fmt: skip
SERVICES_XML = """<?xml version="1.0" encoding="utf-8"?>
<services>
  <service>
    <service_code>001</service_code>
    <service_name>Đèn đường không sáng</service_name>
    <description>Một hay nhiều bóng đèn tắt.</description>
    <metadata>true</metadata>
    <type>realtime</type>
    <keywords>đèn, tối</keywords>
    <group>Chiếu sáng</group>
  </service>
  <service>
    <service_code>002</service_code>
    <service_name>Ổ gà</service_name>
    <description></description>
    <metadata>false</metadata>
    <type>realtime</type>
    <keywords></keywords>
    <group>Đường</group>
  </service>
</services>"""
DEFINITION_XML = """<service_definition>
  <service_code>LAMP66</service_code>
  <attributes>
    <attribute>
      <variable>true</variable>
      <code>POST</code>
      <datatype>singlevaluelist</datatype>
      <required>true</required>
      <datatype_description></datatype_description>
      <order>1</order>
      <description>Cột đèn loại nào?</description>
      <values>
        <value><key>123</key><name>Bê tông</name></value>
        <value><key>124</key><name>Thép</name></value>
      </values>
    </attribute>
  </attributes>
</service_definition>"""
REQUEST_XML = """<service_requests>
  <request>
    <service_request_id>638344</service_request_id>
    <status>closed</status>
    <status_notes>Đã thay bóng.</status_notes>
    <service_name>Đèn đường không sáng</service_name>
    <service_code>006</service_code>
    <description></description>
    <agency_responsible></agency_responsible>
    <service_notice></service_notice>
    <requested_datetime>2026-04-14T20:37:38+07:00</requested_datetime>
    <updated_datetime>2026-04-14T21:37:38+07:00</updated_datetime>
    <expected_datetime>2026-04-15T20:37:38+07:00</expected_datetime>
    <address>Đường 30/4 và đường 3/2</address>
    <address_id></address_id>
    <zipcode></zipcode>
    <lat>10.0272221815</lat>
    <long>105.7651145</long>
    <media_url>https://can-tho.example/files/638344</media_url>
  </request>
</service_requests>"""


def same(made: bytes, wanted: str) -> bool:
    """Whether two documents are the same but for blanks between elements."""
    return canonicalize(made.decode(), strip_text=True) == canonicalize(wanted, strip_text=True)


def lamp() -> dict[str, object]:
    return service_request(
        "638344", "closed", status_notes="Đã thay bóng.", service_name="Đèn đường không sáng", service_code="006", description="",
        requested=ASKED, updated=ASKED + dt.timedelta(hours=1), expected=ASKED + dt.timedelta(days=1), address="Đường 30/4 và đường 3/2",
        lat=10.0272221815, long=105.7651145, media_url="https://can-tho.example/files/638344", zone=EAST,
    )  # fmt: skip


def test_the_list_of_services_is_as_in_the_standard() -> None:
    made = [service.document() for service in SERVICES]

    assert same(write("services", made, "xml"), SERVICES_XML)
    assert write("services", made, "xml").startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<services>')
    assert json.loads(write("services", made, "json"))[0] == {
        "service_code": "001", "service_name": "Đèn đường không sáng", "description": "Một hay nhiều bóng đèn tắt.", "metadata": True,
        "type": "realtime", "keywords": "đèn, tối", "group": "Chiếu sáng",
    }  # fmt: skip


def test_a_service_definition_is_as_in_the_standard() -> None:
    kind = Attribute("POST", "Cột đèn loại nào?", "singlevaluelist", True, values=(("123", "Bê tông"), ("124", "Thép")))
    made = definition("LAMP66", [kind])

    assert same(write("service_definition", made, "xml"), DEFINITION_XML)
    assert json.loads(write("service_definition", made, "json")) == {
        "service_code": "LAMP66",
        "attributes": [
            {"variable": True, "code": "POST", "datatype": "singlevaluelist", "required": True, "datatype_description": None, "order": 1,
             "description": "Cột đèn loại nào?", "values": [{"key": "123", "name": "Bê tông"}, {"key": "124", "name": "Thép"}]},
        ],
    }  # fmt: skip


def test_a_request_has_every_field_of_the_standard_in_its_order_and_null_for_what_is_not_known() -> None:
    made = [lamp()]

    assert same(write("service_requests", made, "xml"), REQUEST_XML)
    read = json.loads(write("service_requests", made, "json"))[0]
    assert (read["status"], read["description"], read["zipcode"], read["lat"]) == ("closed", None, None, 10.0272221815)
    assert list(read)[:4] == ["service_request_id", "status", "status_notes", "service_name"]


def test_an_answer_to_a_submission_and_to_a_token_are_as_in_the_standard() -> None:
    sent = [{"service_request_id": "293944", "service_notice": "Trả lời trong 3 ngày.", "account_id": None}]
    token = [{"service_request_id": "638344", "token": "12345"}]

    assert same(write("service_requests", sent, "xml"), "<service_requests><request><service_request_id>293944</service_request_id>"
                "<service_notice>Trả lời trong 3 ngày.</service_notice><account_id/></request></service_requests>")  # fmt: skip
    assert same(write("service_requests", token, "xml"), "<service_requests><request><service_request_id>638344</service_request_id>"
                "<token>12345</token></request></service_requests>")  # fmt: skip


def test_errors_are_as_in_the_standard() -> None:
    refusal = refusals.Refusal(403, [refusals.Fault("Invalid api_key.")])

    wanted = "<errors><error><code>403</code><description>Invalid api_key.</description></error></errors>"
    assert same(write("errors", refusal.document(), "xml"), wanted)
    assert json.loads(write("errors", refusal.document(), "json")) == [{"code": 403, "description": "Invalid api_key."}]


def test_the_discovery_document_is_as_in_the_standard() -> None:
    made = discovery.document("2026-11-01 09:00", "1022", "tel:1022", [discovery.Endpoint("https://can-tho.example/open311/v2", "2026-11-01 09:00")])  # fmt: skip

    assert same(write("discovery", made, "xml"), """<discovery><changeset>2026-11-01 09:00</changeset><contact>1022</contact>
      <key_service>tel:1022</key_service><endpoints><endpoint><specification>http://wiki.open311.org/GeoReport_v2</specification>
      <url>https://can-tho.example/open311/v2</url><changeset>2026-11-01 09:00</changeset><type>production</type>
      <formats><format>text/xml</format><format>application/json</format></formats></endpoint></endpoints></discovery>""")  # fmt: skip
    assert json.loads(write("discovery", made, "json"))["endpoints"][0]["formats"] == ["text/xml", "application/json"]


@pytest.mark.parametrize("root", ["services", "service_definition", "service_requests", "errors", "discovery"])
def test_every_document_keeps_the_schema(root: str) -> None:
    made = {
        "services": [service.document() for service in SERVICES],
        "service_definition": definition("X", [Attribute("A", "?", "multivaluelist", values=(("1", "một"),)), Attribute("B", "Gọi 114", variable=False)]),
        "service_requests": [lamp(), {"service_request_id": None, "token": "t"}],
        "errors": refusals.bad("a", "b").document(),
        "discovery": discovery.document("2026", "c", "k", [discovery.Endpoint("https://x.example", "2026")]),
    }[root]  # fmt: skip

    assert faults(write(root, made, "xml")) == []
    assert faults(b"<services><service><service_code>1</service_code></service></services>")


def test_words_that_break_xml_are_written_safely() -> None:
    bad = service_request("1", "open", service_name="<b>&", service_code="X", description="a\x0bb\x00c ]]> \ufffe", requested=ASKED, updated=ASKED)  # fmt: skip

    made = write("service_requests", [bad], "xml")
    assert faults(made) == []
    assert b"<description>abc ]]&gt; </description>" in made and b"&lt;b&gt;&amp;" in made
    assert documents.MEDIA_TYPES["xml"] == "text/xml; charset=utf-8"
