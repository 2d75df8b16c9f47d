"""A kind of case of the tests' own, and officials with accounts who sign in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from taydo.engines.cases import casetype
from taydo.kernel import sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import parse

VISIT = """
id: visit
title: {vi: Kiểm tra thực địa, en: Field visit}
prefix: KT
start: new
deadline: {working_hours: 8}
extension: {most: 1, longest: {working_days: 10}}
merged: closed
states:
  new: {title: {vi: Mới, en: New}}
  visited: {title: {vi: Đã đến, en: Visited}}
  closed: {title: {vi: Đã đóng, en: Closed}, phase: done}
moves:
  visit: {title: {vi: Ghi buổi kiểm tra, en: Record the visit}, from: [new], to: visited, primary: true, note: required,
    fields: {lamps: {title: {vi: Số đèn hỏng, en: Broken lamps}, kind: number}, day: {title: {vi: Ngày đến, en: Day}, kind: date},
      fixed: {title: {vi: Đã sửa, en: Fixed}, kind: yes_no}, place: {title: {vi: Chỗ nào, en: Where}, required: false}}}
  close: {title: {vi: Đóng, en: Close}, from: [new, visited], to: closed}
"""
SignIn = Callable[[str, str], tuple[Client, Viewer]]


@pytest.fixture(autouse=True)
def declared() -> None:
    """The tests' type is the current one of its name."""
    casetype.every()
    casetype._stored.clear()
    casetype.declare(parse(VISIT, casetype.CaseType, "visit.yaml"))


@pytest.fixture
def agencies(db: None) -> None:
    """Two agencies by name."""
    for code, name in (("H13.90", "Sở Xây dựng"), ("H13.91", "Điện lực Ninh Kiều")):
        sql.execute(
            """INSERT INTO directory_agency (code, name, name_en, kind, fields, valid_from, folded)
               VALUES (%(c)s, %(n)s, %(n)s, 'department', '{}', '2020-01-01', lower(%(n)s))""",
            {"c": code, "n": name},
        )


@pytest.fixture
def sign_in(agencies: None) -> SignIn:
    """`sign_in("an", "H13.90")` — a browser and the viewer behind it: an officer of the agency."""

    def start(username: str, agency: str, role: str = "officer") -> tuple[Client, Viewer]:
        actor = Actor(username=username, name=username.title(), kind="official", agency=agency)
        actor.set_password("mot-mat-khau-dai")
        actor.save()
        Grant.objects.create(actor=actor, role=role, scope=agency)
        client = Client(headers={"accept-language": "vi"})
        client.force_login(actor)
        known = viewer_of(actor.pk)
        assert known is not None
        return client, known

    return start
