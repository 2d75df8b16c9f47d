"""From draft to feed: two people, one message, told once to those it concerns; updated, cancelled, or over at its hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
import xmlschema
from django.db import IntegrityError, transaction
from django.test import Client

from taydo.domains.warnings import actions, jobs, public, queries
from taydo.domains.warnings.models import Warning as Message
from taydo.domains.warnings.tests.people import ALL, NOW, officer, words
from taydo.engines.notices import actions as notices
from taydo.engines.notices import queries as told
from taydo.kernel import clock, events, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.protocols import cap

pytestmark = pytest.mark.django_db
SCHEMA = xmlschema.XMLSchema(Path(cap.__file__).parent / "tests" / "cap12.xsd")
HOUSE = Viewer.system("test")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOW):
        yield


def published(**changes: Any) -> int:
    made = actions.draft(officer("an", *ALL), words(**changes))
    actions.approve(officer("binh", *ALL), made, 1)
    actions.publish(officer("binh", *ALL), made)
    return made


def refused(code: str, call: Any, *args: Any) -> None:
    with pytest.raises(Problem) as problem:
        call(*args)
    assert problem.value.code == code


def test_a_warning_needs_two_people() -> None:
    an, binh = officer("an", *ALL), officer("binh", *ALL)
    made = actions.draft(an, words())

    refused("own_draft", actions.approve, an, made, 1)
    refused("moved_on", actions.publish, binh, made)
    actions.approve(binh, made, 1)

    assert actions.publish(an, made) == f"vn.92.20261122.{made:05d}"
    assert [w.headline for w in public.current()] == ["Triều cường vượt báo động III tại Ninh Kiều"]


def test_the_table_itself_refuses_an_approval_by_the_drafter() -> None:
    an = officer("an", *ALL)
    made = actions.draft(an, words())
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=made).update(approved_by=an.actor_id)


def test_correcting_a_draft_takes_its_approval_away() -> None:
    an, binh = officer("an", *ALL), officer("binh", *ALL)
    made = actions.draft(an, words())
    actions.approve(binh, made, 1)

    assert actions.correct(an, made, words(severity="Extreme"), 1) == 2

    refused("moved_on", actions.publish, binh, made)
    refused("moved_on", actions.approve, binh, made, 1)
    actions.approve(binh, made, 2)


@pytest.mark.parametrize("verb", ["approve", "publish", "cancel"])
def test_nobody_does_what_they_may_not_and_nothing_changes(verb: str) -> None:
    made = actions.draft(officer("an", *ALL), words())
    before = sql.row("SELECT state, version FROM warnings_warning")
    others = [Viewer.anonymous(), officer("no", "see", "draft"), officer("far", *ALL, agency="H13.06")]
    extra = {"approve": (1,), "publish": (), "cancel": ("x",)}[verb]
    for viewer in others:
        with pytest.raises(Problem) as problem:
            getattr(actions, verb)(viewer, made, *extra)
        assert problem.value.status in (401, 403)
    assert sql.row("SELECT state, version FROM warnings_warning") == before


def test_an_officer_drafts_for_their_own_agency_only() -> None:
    refused("not_allowed", actions.draft, officer("an", *ALL), words(), "H13.06")


def test_a_place_that_is_no_unit_today_is_refused() -> None:
    with pytest.raises(Problem) as problem:
        actions.draft(officer("an", *ALL), words(units=("31135", "99999")))
    assert set(problem.value.fields) == {"units"}


def test_what_was_sent_is_cap_with_the_places_outline_and_stays_as_it_was(client: Client) -> None:
    made = published(headline_en="Flood tide", description_en="Peak 2.10 m")
    record = queries.warning(HOUSE, made)
    answer = client.get(f"/cap/{record['identifier']}")

    alert = cap.parse(answer.content)
    SCHEMA.validate(answer.content.decode())
    assert answer["Content-Type"].startswith("application/cap+xml")
    assert [info.language for info in alert.infos] == ["vi-VN", "en"]
    area = alert.infos[0].areas[0]
    assert area.description == "Phường Ninh Kiều" and area.geocodes == (("vn:unit", "31135"),)
    assert area.polygons
    sql.execute("UPDATE places_unit SET name = 'Khác' WHERE code = '31135'")
    assert client.get(f"/cap/{record['identifier']}").content == answer.content
    assert client.get(f"/cap/{record['identifier']}", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_feed_is_understood_and_leads_to_every_message(client: Client) -> None:
    first = published()
    published(hazard="salinity", severity="Moderate", headline_vi="Mặn 4‰ tới Đại Ngãi")
    actions.cancel(officer("binh", *ALL), first, "Nước đã rút")

    read = feedparser.parse(client.get("/cap/feed").content)

    assert not read.bozo and len(read.entries) == 3
    for entry in read.entries:
        link = next(link.href for link in entry.links if link.type == cap.MEDIA_TYPE)
        assert cap.faults(client.get(link.split("localhost:8000")[-1]).content) == []
    assert client.post("/cap/feed").status_code == 405
    assert client.get("/cap/vn.92.none").status_code == 404


def test_drafts_are_in_no_feed_list_or_page_of_strangers(client: Client) -> None:
    made = actions.draft(officer("an", *ALL), words())
    assert public.current() == [] and b"<entry>" not in client.get("/cap/feed").content
    assert client.get(f"/warnings/{made}").status_code == 404
    assert client.get(f"/api/v1/warnings/{made}").status_code == 404
    refused("no_warning", queries.warning, officer("far", *ALL, agency="H13.06"), made)
    assert queries.warning(officer("near", "see"), made)["state"] == "draft"
    assert queries.desk(officer("far", *ALL, agency="H13.06")) == []


def test_the_worst_stands_first_and_a_place_hears_only_its_own() -> None:
    published(severity="Minor")
    published(severity="Extreme", units=("92",), headline_vi="Bão")
    published(severity="Moderate", units=("31120",), headline_vi="Mưa")

    assert [w.severity for w in public.current()] == ["extreme", "moderate", "minor"]
    assert [w.headline for w in public.current("31120")] == ["Bão", "Mưa"]
    assert [w.severity for w in public.current_at(105.7868, 10.0335)] == ["extreme", "minor"]
    assert public.current_at(0, 0) == []


def test_an_update_replaces_and_names_the_message_before() -> None:
    first = published()
    binh = officer("binh", *ALL)
    second = actions.revise(officer("an", *ALL), first)
    assert actions.revise(binh, first) == second
    actions.correct(officer("an", *ALL), second, words(severity="Extreme"), 1)
    actions.approve(binh, second, 2)
    assert [w.id for w in public.current()] == [first]

    actions.publish(binh, second)

    assert [w.id for w in public.current()] == [second]
    assert queries.successor(first) == second
    alert = cap.parse(queries.message(queries.warning(HOUSE, second)["identifier"])[0])  # type: ignore[index]
    assert alert.message == "Update"
    assert [r.identifier for r in alert.references] == [queries.warning(HOUSE, first)["identifier"]]


def test_a_cancelled_warning_is_over_at_once_and_says_why() -> None:
    made = published()
    refused("no_reason", actions.cancel, officer("binh", *ALL), made, " ")

    identifier = actions.cancel(officer("binh", *ALL), made, "Nước đã rút")

    assert public.current() == []
    alert = cap.parse(queries.message(identifier)[0])  # type: ignore[index]
    assert (alert.message, alert.note) == ("Cancel", "Nước đã rút")
    refused("moved_on", actions.cancel, officer("binh", *ALL), made, "again")


def test_a_warning_ends_by_itself_at_its_hour() -> None:
    made = published()
    with clock.at(NOW + dt.timedelta(hours=12)):
        assert public.current() == []
        assert actions.expire(HOUSE) == 1 and actions.expire(HOUSE) == 0
        assert queries.warning(HOUSE, made)["state"] == "expired"
        assert [card["id"] for card in queries.past()] == [made]
    assert [w.id for w in public.current(at=NOW + dt.timedelta(hours=1))] == [made]
    jobs.expire()


def test_an_approved_draft_that_waited_too_long_is_not_sent() -> None:
    an, binh = officer("an", *ALL), officer("binh", *ALL)
    made = actions.draft(an, words())
    actions.approve(binh, made, 1)
    with clock.at(NOW + dt.timedelta(hours=13)):
        refused("too_late", actions.publish, binh, made)


def test_those_who_subscribed_in_the_place_are_told_once_of_start_and_end() -> None:
    here, there, point = officer("here"), officer("there"), officer("point")
    notices.subscribe(here, "warnings", unit_code="31135")
    notices.subscribe(there, "warnings.flood_tide", unit_code="31120")
    notices.subscribe(point, "warnings.flood_tide", point=(105.7868, 10.0335))

    made = published()
    events.deliver_pending()
    actions.tell(HOUSE, made)

    assert [n["title"] for n in told.mine(here)] == ["Triều cường vượt báo động III tại Ninh Kiều"]
    assert "Kê cao đồ đạc." in told.mine(here)[0]["body"]
    assert told.mine(there) == [] and len(told.mine(point)) == 1

    with clock.at(NOW + dt.timedelta(hours=12)):
        actions.expire(HOUSE)
    events.deliver_pending()
    assert [n["title"][:12] for n in told.mine(here)] == ["Hết hiệu lực", "Triều cường "]


def test_every_step_stands_in_the_audit() -> None:
    made = published()
    actions.cancel(officer("binh", *ALL), made, "Nước đã rút")
    steps = sql.rows("SELECT action, actor_name FROM kernel_audit WHERE object_kind = 'warning' AND object_id = %(id)s ORDER BY id",
                     {"id": str(made)})  # fmt: skip
    assert [(s["action"], s["actor_name"]) for s in steps] == [
        ("warnings.draft", "an"), ("warnings.approve", "binh"), ("warnings.publish", "binh"), ("warnings.cancel", "binh"),
    ]  # fmt: skip


def test_a_list_costs_the_same_for_one_warning_and_for_ten(django_assert_num_queries: Any) -> None:
    published()
    with django_assert_num_queries(2):
        assert len(public.current()) == 1
    for _ in range(9):
        published(units=("31120", "31147"))
    with django_assert_num_queries(2):
        assert len(public.current()) == 10
