"""Topics, addresses and second tries follow plain rules."""

import datetime as dt

import pytest

from taydo.engines.notices import rules

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def test_a_topic_is_heard_by_those_of_its_parents() -> None:
    assert rules.prefixes("warnings.rain") == ["warnings", "warnings.rain"]


@pytest.mark.parametrize("address", ["a@b.vn", "lan.nguyen+canhbao@cantho.gov.vn"])
def test_mail_addresses_are_known(address: str) -> None:
    assert rules.is_mail_address(address)


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a b@c.vn", "a@b.vn\nBcc: x@y.vn", "a..b@c.vn", "x" * 65 + "@c.vn", "a@-b.vn"]
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    assert not rules.is_mail_address(address)


@pytest.mark.parametrize(
    "url,good",
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://db5p.notify.windows.com/w/?token=1", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://user@web.push.apple.com/x", False),
        ("https://web.push.apple.com:8443/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[bad/x", False),
    ],
)
def test_only_known_push_services_are_called(url: str, good: bool) -> None:
    assert rules.is_push_endpoint(url) is good


def test_pauses_grow_and_end() -> None:
    waits = [rules.next_try(n, False, NOW) for n in range(1, 7)]
    assert [(w - NOW).total_seconds() for w in waits if w] == [60, 300, 1800, 7200, 21600]
    assert waits[5] is None
    assert rules.next_try(1, True, NOW) is not None and rules.next_try(2, True, NOW) is None


def test_addresses_are_shown_masked() -> None:
    assert rules.masked("lan.nguyen@cantho.gov.vn") == "la…@cantho.gov.vn"
