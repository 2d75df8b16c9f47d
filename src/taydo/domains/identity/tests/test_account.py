"""The account in its owner's hands: sessions, looks, contacts, data, closing; nobody else sees or ends anything of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from sandbox.sms.gateway import Gateway

from taydo.domains.identity import public, queries
from taydo.domains.identity.events import AccountClosed
from taydo.domains.identity.tests.conftest import OTHER_PHONE, PASSWORD, PHONE, account_of, digits_sent
from taydo.engines.forms import prefill
from taydo.engines.notices import actions as telling
from taydo.engines.notices import queries as notices
from taydo.engines.signin import sessions
from taydo.kernel import audit, clock, credentials, events, sealing, sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
Make = Callable[..., Viewer]


def later(minutes: int) -> Any:
    return clock.at(clock.now() + dt.timedelta(minutes=minutes))


def test_sessions_are_listed_with_their_device_and_ended_from_another(citizen: Enter) -> None:
    phone = citizen()
    with later(1):
        desk = citizen()
    page = phone.get("/account/sessions").content.decode()
    other = sql.value("SELECT id FROM signin_session WHERE session_key = %(k)s", {"k": desk.session.session_key})
    assert page.count("<li class=") == 2 and "phiên này" in page and "127.0.0.1" in page

    phone.post("/account/sessions", {"session": str(other)})

    assert desk.get("/account").status_code == 302 and phone.get("/account").status_code == 200


def test_ending_all_others_leaves_this_one(citizen: Enter) -> None:
    browsers = []
    for minute in range(3):
        with later(minute):
            browsers.append(citizen())
    browsers[2].post("/account/sessions")
    assert [browser.get("/account").status_code for browser in browsers] == [302, 302, 200]


def test_a_session_says_when_it_was_last_used(citizen: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    lan = citizen()
    lan.get("/account")
    seen = "SELECT last_at - first_at > interval '4 minutes' FROM signin_session"
    with later(5):
        lan.get("/account")
        assert not sql.value(seen), "at most once a minute of the machine's own clock"
        monkeypatch.setattr(sessions, "_seen", {})
        lan.get("/account")
        assert sql.value(seen)


def test_nobody_ends_the_session_of_somebody_else(citizen: Enter) -> None:
    mine, theirs = citizen(), citizen(OTHER_PHONE)
    for identifier in (item["id"] for item in sql.rows("SELECT id FROM signin_session")):
        mine.post("/account/sessions", {"session": str(identifier)})
    assert theirs.get("/account").status_code == 200


def test_a_new_device_is_told_and_a_known_one_is_not(citizen: Enter, gateway: Gateway) -> None:
    first = citizen()
    who = viewer_of(account_of(first))
    assert who and notices.mine(who) == []
    with later(1):
        first.post("/signout")
        first.post("/signin", {"contact": PHONE})
        first.post("/signin/code", {"code": digits_sent(gateway, first)})
    assert notices.mine(who) == []
    with later(2):
        citizen()
    assert [item["href"] for item in notices.mine(who)] == ["/account/sessions"]


def test_a_changed_password_ends_other_sessions_and_tokens(official: Make) -> None:
    an = official("an", "officer", "H13.06")
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/signin", {"username": "an", "password": PASSWORD})
    token = {"Authorization": f"Bearer {credentials.issue_token(an.actor_id or 0)}"}
    assert Client().get("/api/v1/identity/me", headers=token).status_code == 200

    wrong = here.post("/account/password", {"old": "khong-phai", "new": "mot-cau-khac-dai"})
    weak = here.post("/account/password", {"old": PASSWORD, "new": "ngan"})
    done = here.post("/account/password", {"old": PASSWORD, "new": "mot-cau-khac-dai"})

    assert [wrong.status_code, weak.status_code, done.status_code] == [422, 422, 302]
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert Client().get("/api/v1/identity/me", headers=token).status_code == 401


def test_a_look_by_an_official_appears_with_its_purpose_and_to_nobody_else(citizen: Enter, official: Make) -> None:
    lan, minh = citizen(), citizen(OTHER_PHONE)
    an = official("an", "officer", "X1.06", agency="X1.06")
    persons = [audit.person_of(account_of(lan)), audit.person_by("+84912345678")]
    audit.look(an, "report", "PA-1", "Gọi lại để hỏi địa chỉ", persons=persons)

    seen = lan.get("/api/v1/identity/looks").json()["looks"]
    page = lan.get("/account/looks").content.decode()

    assert [(one["who"], one["agency"], one["purpose"]) for one in seen] == [("An", "X1.06", "Gọi lại để hỏi địa chỉ")]
    assert "Gọi lại để hỏi địa chỉ" in page and "X1.06" in page
    assert minh.get("/api/v1/identity/looks").json()["looks"] == []
    assert Client().get("/api/v1/identity/looks").status_code == 401


def test_a_look_at_a_number_that_was_only_written_down_is_seen_once_its_owner_proves_it(citizen: Enter, official: Make) -> None:  # fmt: skip
    audit.look(official("an", "officer"), "report", "PA-2", "Xác minh", persons=[audit.person_by("+84912345678")])
    assert [one["object_id"] for one in citizen().get("/api/v1/identity/looks").json()["looks"]] == ["PA-2"]


def test_a_look_without_purpose_is_refused_and_leaves_nothing(citizen: Enter, official: Make) -> None:
    lan = citizen()
    with pytest.raises(Problem) as refusal:
        audit.look(official("an", "officer"), "report", "PA-1", "  ", persons=[audit.person_of(account_of(lan))])
    assert (refusal.value.status, refusal.value.code) == (422, "purpose_missing")
    assert lan.get("/api/v1/identity/looks").json()["looks"] == []


def test_a_second_contact_is_proved_and_opens_the_same_account(citizen: Enter, gateway: Gateway) -> None:
    lan = citizen()
    lan.post("/account/contacts", {"contact": OTHER_PHONE})
    assert lan.post("/account/contacts/code", {"code": "000000"}).status_code == 422
    assert lan.post("/account/contacts/code", {"code": digits_sent(gateway, lan, "adding")}).status_code == 302
    assert public.contacts(account_of(lan)) == [("sms", "+84912345678"), ("sms", "+84987654321")]
    with later(1):
        assert account_of(citizen(OTHER_PHONE)) == account_of(lan)


def test_a_contact_of_another_account_cannot_be_taken(citizen: Enter, gateway: Gateway) -> None:
    lan, _ = citizen(), citizen(OTHER_PHONE)
    with later(1):
        lan.post("/account/contacts", {"contact": OTHER_PHONE})
        answer = lan.post("/account/contacts/code", {"code": digits_sent(gateway, lan, "adding")})
    assert answer.status_code == 422 and "tài khoản khác" in answer.content.decode()


def test_the_last_way_into_an_account_stays(citizen: Enter) -> None:
    lan = citizen()
    held = queries.contacts_of(account_of(lan))
    assert lan.post("/account/contacts", {"remove": str(held[0]["id"])}).status_code == 422
    assert len(queries.contacts_of(account_of(lan))) == 1


def test_no_phone_or_address_stands_in_the_clear_in_any_table(citizen: Enter, gateway: Gateway) -> None:
    lan = citizen()
    lan.post("/account/contacts", {"contact": "Lan@Dan.cantho.vn"})
    names = [item["t"] for item in sql.rows("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'")]  # fmt: skip
    for name in names:
        text = sql.value(f"SELECT coalesce(json_agg(x)::text, '') FROM {name} x").lower()
        assert "912345678" not in text and "dan.cantho" not in text, name


def test_everything_kept_about_me_is_mine_to_download(citizen: Enter) -> None:
    lan, minh = citizen(), citizen(OTHER_PHONE)
    audit.look(Viewer.system("test"), "report", "PA-9", "Thử", persons=[audit.person_of(account_of(lan))])
    answer = lan.post("/account/data")
    mine = json.loads(answer.content)

    assert "attachment" in answer["Content-Disposition"]
    assert [one["address"] for one in mine["contacts"]] == ["+84912345678"]
    assert mine["looks"][0]["purpose"] == "Thử" and len(mine["sessions"]) == 1
    assert "+84912345678" not in minh.post("/account/data").content.decode()


def test_closing_erases_what_is_personal_and_keeps_the_audit(citizen: Enter) -> None:
    lan = citizen()
    actor = account_of(lan)
    lan.post("/account", {"name": "Nguyễn Thị Lan", "language": "vi"})
    lan.post("/api/v1/notices/subscriptions", {"topic": "warnings"}, content_type="application/json")
    before = sql.value("SELECT count(*) FROM kernel_audit WHERE actor = %(a)s", {"a": actor})
    assert lan.post("/account/close").status_code == 422

    assert lan.post("/account/close", {"sure": "yes"}).status_code == 200

    closed = Actor.objects.get(pk=actor)
    assert (closed.is_active, closed.name, closed.phone, closed.email) == (False, "", "", "")
    assert lan.get("/account").status_code == 302
    for table in ("identity_contact", "signin_session", "kernel_grant"):
        assert sql.value(f"SELECT count(*) FROM {table} WHERE actor_id = %(a)s", {"a": actor}) == 0
    assert sql.value("SELECT count(*) FROM notices_contact WHERE actor = %(a)s", {"a": actor}) == 0
    assert sql.value("SELECT count(*) FROM kernel_audit WHERE actor = %(a)s", {"a": actor}) > before
    assert sql.value("SELECT count(*) FROM kernel_outbox WHERE type = %(t)s", {"t": AccountClosed.type}) == 1
    with later(2):
        assert account_of(citizen()) != actor, "whoever proves the number now begins anew"


def test_what_was_texted_without_a_subscription_is_forgotten_with_the_account(citizen: Enter) -> None:
    lan = citizen()
    said = ("Đã nhận", "Received")
    telling.notify(Viewer.system("test"), "hotline", "k", said, said, contacts=[("sms", "+84912345678", "vi")])
    lan.post("/account/close", {"sure": "yes"})
    assert sql.row("SELECT state, address FROM notices_contact WHERE channel = 'sms'") == {
        "state": "ended",
        "address": "",
    }


def test_a_closed_accounts_reports_stay_and_name_nobody(citizen: Enter) -> None:
    lan = citizen()
    actor = account_of(lan)
    sql.execute(
        """INSERT INTO hotline_report (case_id, code, channel, category, text, address, unit_code, actor_id, name, phone, phone_mark)
           VALUES (-1, 'PA-X', 'web', 'x', 'Đèn hỏng', '', '', %(a)s, %(s)s, %(s)s, 'mark')""",
        {"a": actor, "s": sealing.seal("+84912345678")},
    )
    assert lan.post("/account/data").json()["reports"][0]["phone"] == "+84912345678"
    lan.post("/account/close", {"sure": "yes"})
    events.deliver_pending()

    kept = sql.row("SELECT text, name, phone, phone_mark FROM hotline_report")
    assert kept == {"text": "Đèn hỏng", "name": "", "phone": "", "phone_mark": ""}


def test_a_citizen_stays_signed_in_for_a_month_and_an_official_for_a_day(citizen: Enter, official: Make) -> None:
    official("an", "officer", "H13.06")
    desk, lan = Client(), citizen()
    desk.post("/signin", {"username": "an", "password": PASSWORD})
    assert lan.session.get_expiry_age() == 30 * 86400
    assert desk.session.get_expiry_age() == 12 * 3600


def test_an_official_cannot_close_the_account_their_agency_gave_them(official: Make) -> None:
    official("an", "officer", "H13.06")
    client = Client()
    client.post("/signin", {"username": "an", "password": PASSWORD})
    assert client.post("/account/close", {"sure": "yes"}).status_code == 403


def test_forms_are_filled_with_what_the_account_knows_of_its_owner_and_nothing_else(citizen: Enter) -> None:
    me = viewer_of(account_of(citizen()))
    assert me
    sql.execute(
        "INSERT INTO identity_citizen (actor_id, number, mark, level, issuer) VALUES (%(a)s, %(n)s, 'm', 2, 'vneid')",
        {"a": me.actor_id, "n": sealing.seal("092090000123")},
    )

    known = prefill.SOURCES["identity"](me)

    assert known["citizen_number"].value == "092090000123"
    assert known["phone"].value.endswith(PHONE.replace(" ", "")[1:])
    assert all(one.vi and one.en for one in known.values())
    assert prefill.SOURCES["identity"](Viewer.anonymous()) == {}
