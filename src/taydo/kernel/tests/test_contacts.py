"""The same contact is one contact however it is typed."""

from __future__ import annotations

import pytest

from taydo.kernel import contacts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0903 123 456", "+84903123456"),
        ("+84 903.123.456", "+84903123456"),
        ("84903123456", "+84903123456"),
        ("0169 312 3456", "+84393123456"),
        ("0122-312-3456", "+84773123456"),
        ("0292 3820 049", "+842923820049"),
        ("+1 202 555 0143", "+12025550143"),
        ("1022", None),
        ("0103123456", None),
        ("không có", None),
        ("", None),
    ],
)
def test_phone_numbers_have_one_form(typed: str, kept: str | None) -> None:
    assert contacts.phone(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" An@Example.VN ", "an@example.vn"), ("an@", None), ("a b@c.vn", None), ("a@b", None), ("a@b.c\nx", None)],
)
def test_mail_addresses_have_one_form(typed: str, kept: str | None) -> None:
    assert contacts.email(typed) == kept


def test_a_masked_contact_keeps_its_middle_to_itself() -> None:
    assert contacts.masked("+84903123456") == "+8490•••456"
    assert contacts.masked("an@example.vn") == "a•••@example.vn"
