"""Citizens sign in by a code sent to their phone or address: once, for five minutes, five tries, telling strangers nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from sandbox.sms.gateway import Gateway

from taydo.domains.identity.actions import accounts
from taydo.domains.identity.tests.conftest import OTHER_PHONE, PHONE, account_of, digits_sent
from taydo.engines.signin import codes, jobs
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer, viewer_of

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]


def test_the_first_code_makes_an_account_and_the_next_opens_it_however_the_number_is_typed(citizen: Enter) -> None:
    first = account_of(citizen("0912.345.678"))
    with clock.at(clock.now() + dt.timedelta(minutes=1)):
        again = account_of(citizen("+84 912 345 678"))

    assert first == again
    who = viewer_of(first)
    assert who and who.kind == "person" and who.may("notices.subscribe")
    assert account_of(citizen(OTHER_PHONE)) != first


def test_an_address_of_mail_works_the_same(gateway: Gateway, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    from django.core import mail

    client = Client()
    client.post("/signin", {"contact": "Lan@Dan.cantho.vn"})
    jobs.send_code(code_id=client.session["code"]["id"])

    assert mail.outbox[0].to == ["lan@dan.cantho.vn"]
    assert client.post("/signin/code", {"code": mail.outbox[0].subject[:6]}).status_code == 302
    assert account_of(client)


def test_the_answer_is_the_same_whether_or_not_somebody_is_known_there(citizen: Enter, gateway: Gateway) -> None:
    citizen(PHONE)
    with clock.at(clock.now() + dt.timedelta(minutes=1)):
        known, unknown = Client(), Client()
        asked = [client.post("/signin", {"contact": phone}) for client, phone in ((known, PHONE), (unknown, "0912 345 679"))]  # fmt: skip
        pages = [client.get("/signin/code").content.decode() for client in (known, unknown)]
        wrong = [client.post("/signin/code", {"code": "abc"}).content.decode() for client in (known, unknown)]

    def plain(text: str) -> str:
        return text.replace("+8491•••678", "").replace("+8491•••679", "").split("csrfmiddlewaretoken")[0]

    assert [answer["Location"] for answer in asked] == ["/signin/code"] * 2
    assert plain(pages[0]) == plain(pages[1])
    assert plain(wrong[0]) == plain(wrong[1])


def test_five_wrong_tries_end_a_code_and_the_right_one_comes_too_late(gateway: Gateway) -> None:
    client = Client()
    client.post("/signin", {"contact": PHONE})
    right = digits_sent(gateway, client)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    said = [client.post("/signin/code", {"code": wrong}).content.decode() for _ in range(5)]
    late = client.post("/signin/code", {"code": right})

    assert "còn 4 lần" in said[0] and "hết hiệu lực" in said[4]
    assert late.status_code == 422 and "_auth_user_id" not in client.session


def test_a_stranger_who_guesses_does_not_use_up_the_owners_tries(gateway: Gateway) -> None:
    owner, stranger = Client(), Client(REMOTE_ADDR="203.0.113.9")
    stranger.post("/signin", {"contact": PHONE})
    for _ in range(6):
        stranger.post("/signin/code", {"code": "000000"})

    assert owner.post("/signin", {"contact": PHONE}).status_code == 302
    assert owner.post("/signin/code", {"code": digits_sent(gateway, owner)}).status_code == 302


def test_a_code_holds_five_minutes_and_opens_once(gateway: Gateway) -> None:
    client = Client()
    client.post("/signin", {"contact": PHONE})
    kept, right = client.session["code"], digits_sent(gateway, client)

    with clock.at(clock.now() + dt.timedelta(minutes=5, seconds=1)):
        assert codes.prove(Viewer.anonymous(), kept["id"], right, "signin") is None
    assert codes.prove(Viewer.anonymous(), kept["id"], right, "signin") is not None
    assert codes.prove(Viewer.anonymous(), kept["id"], right, "signin") is None


def test_a_code_for_one_purpose_opens_nothing_else(gateway: Gateway) -> None:
    client = Client()
    client.post("/signin", {"contact": PHONE})
    assert codes.prove(Viewer.anonymous(), client.session["code"]["id"], digits_sent(gateway, client), "add.1") is None


def test_codes_cannot_be_had_in_quick_succession_and_an_hour_has_its_measure(gateway: Gateway) -> None:
    start = clock.now()
    answers = []
    for number in range(7):
        with clock.at(start + dt.timedelta(minutes=number)):
            answers.append(Client().post("/signin", {"contact": PHONE}).status_code)
            answers.append(Client().post("/signin", {"contact": PHONE}).status_code)

    assert answers[:10] == [302, 422] * 5
    assert answers[10:] == [422] * 4
    with clock.at(start + dt.timedelta(minutes=8)):
        elsewhere = Client(REMOTE_ADDR="203.0.113.7").post("/signin", {"contact": PHONE})
        assert elsewhere.status_code == 302, "somebody else's asking does not lock the owner out"
    with clock.at(start + dt.timedelta(minutes=75)):
        assert Client().post("/signin", {"contact": PHONE}).status_code == 302


def test_one_place_cannot_text_the_whole_city(gateway: Gateway) -> None:
    answers = [Client().post("/signin", {"contact": f"09123{n:05d}"}).status_code for n in range(62)]
    assert answers.count(302) == 60 and answers[-2:] == [422, 422]


@pytest.mark.parametrize("typed", ["", "0123", "lan@", "lan@x", "' OR 1=1 --", "٠٩١٢٣٤٥٦٧٨", "0912345678\0"])
def test_what_is_no_contact_is_said_and_kept_on_the_form(gateway: Gateway, typed: str) -> None:
    answer = Client().post("/signin", {"contact": typed})
    assert answer.status_code == 422 and sql.value("SELECT count(*) FROM signin_code") == 0


def test_after_a_code_was_sent_nobody_can_read_it_in_the_tables(gateway: Gateway) -> None:
    client = Client()
    client.post("/signin", {"contact": PHONE})
    digits = digits_sent(gateway, client)
    names = [item["t"] for item in sql.rows("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'")]  # fmt: skip
    dump = {name: sql.value(f"SELECT coalesce(json_agg(x)::text, '') FROM {name} x") for name in names}

    assert sql.value("SELECT clear FROM signin_code") == ""
    holding = [name for name, text in dump.items() if f'"{digits}"' in text or f" {digits} " in text]
    assert not holding


def test_a_gateway_that_is_down_is_asked_again_and_a_code_that_ended_is_erased_unsent(gateway: Gateway) -> None:
    client = Client()
    client.post("/signin", {"contact": PHONE})
    identifier = client.session["code"]["id"]
    gateway.trouble = {"status": 503}
    with pytest.raises(Exception, match="503"):
        jobs.send_code(code_id=identifier)
    assert sql.value("SELECT clear <> '' FROM signin_code")

    with clock.at(clock.now() + dt.timedelta(minutes=6)):
        jobs.send_code(code_id=identifier)
        jobs.tidy()
    assert sql.row("SELECT clear, address FROM signin_code") == {"clear": "", "address": ""}
    assert gateway.to() == []


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_account() -> None:
    proven, found = codes.Proven("sms", "+84912345678"), []

    def enter() -> None:
        try:
            found.append(accounts.enter_by_contact(Viewer.anonymous(), proven))
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4 and len(set(found)) == 1
    assert sql.value("SELECT count(*) FROM kernel_actor WHERE kind = 'person' AND username LIKE 'ND-%%'", {}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_tried_by_many_at_once_opens_for_one(gateway: Gateway) -> None:
    client, opened = Client(), []
    client.post("/signin", {"contact": PHONE})
    identifier, right = client.session["code"]["id"], digits_sent(gateway, client)

    def prove() -> None:
        try:
            opened.append(codes.prove(Viewer.anonymous(), identifier, right, "signin"))
        finally:
            connection.close()

    threads = [threading.Thread(target=prove) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(opened) == 4 and sum(item is not None for item in opened) == 1
