"""A case type of the tests' own, and people of two agencies."""

from __future__ import annotations

from types import MappingProxyType

from taydo.engines.cases import casetype
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

TYPE = """
id: sample
title: {vi: Vụ việc thử, en: Sample case}
prefix: TH
start: new
deadline: {working_hours: 8}
states:
  new: {title: {vi: Mới, en: New}}
  working: {title: {vi: Đang xử lý, en: In progress}}
  asked: {title: {vi: Chờ bổ sung, en: Waiting for papers}, phase: waiting, pauses: true}
  closed: {title: {vi: Đã đóng, en: Closed}, phase: done}
moves:
  start: {title: {vi: Bắt đầu, en: Start}, from: [new], to: working, primary: true}
  ask: {title: {vi: Yêu cầu bổ sung, en: Ask}, from: [working], to: asked, note: required}
  answer: {title: {vi: Nhận bổ sung, en: Take answer}, from: [asked], to: working,
    fields: {papers: {title: {vi: Số giấy tờ, en: Papers}, kind: number}}}
  close: {title: {vi: Đóng, en: Close}, from: [new, working], to: closed}
  reopen: {title: {vi: Mở lại, en: Reopen}, from: [closed], to: working, deadline: {working_hours: 4}, permission: cases.assign}
"""
SAMPLE = parse(TYPE, casetype.CaseType, "sample.yaml")
ALL = ("see", "open", "move", "take", "assign", "hand_over", "comment", "classify", "attach")


def official(name: str, agency: str, *verbs: str) -> Viewer:
    """An official of an agency with a row of their own, who may do these verbs there (all when none are given)."""
    actor = sql.value(
        """INSERT INTO kernel_actor (username, name, kind, agency, password, email, phone, language, is_active, demo)
           VALUES (%(u)s, %(n)s, 'official', %(a)s, '', '', '', 'vi', TRUE, FALSE) RETURNING id""",
        {"u": name.lower(), "n": name, "a": agency},
    )
    grants = MappingProxyType({f"cases.{verb}": frozenset((agency,)) for verb in verbs or ALL})
    return Viewer(actor, name.lower(), name, "official", agency, grants=grants)
