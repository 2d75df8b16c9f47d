"""A case type with everything the work on cases knows, and people of the tests."""

from __future__ import annotations

from datetime import UTC, datetime

from taydo.engines.cases import actions, casetype
from taydo.engines.cases.tests.sample import ALL, official
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

TYPE = """
id: matter
title: {vi: Việc thử phối hợp, en: Matter}
prefix: PH
start: new
deadline: {working_days: 5}
deadlines: {urgent: {working_days: 1}, plain: {working_days: 10}, clock: {hours: 24}}
titles: {urgent: {vi: Khẩn, en: Urgent}}
extension: {most: 2, longest: {working_days: 10}}
escalation:
  - {after: {working_hours: 4}, tell: agency, priority: 1}
  - {after: {working_days: 1}, tell: parent, priority: 3}
merged: merged
states:
  new: {title: {vi: Mới, en: New}}
  working: {title: {vi: Đang xử lý, en: In progress}}
  waiting: {title: {vi: Chờ người hỏi, en: Waiting}, phase: waiting, pauses: true}
  closed: {title: {vi: Đã đóng, en: Closed}, phase: done}
  merged: {title: {vi: Đã nhập, en: Merged}, phase: done}
moves:
  start: {title: {vi: Bắt đầu, en: Start}, from: [new], to: working, primary: true}
  wait: {title: {vi: Chờ, en: Wait}, from: [working], to: waiting}
  back: {title: {vi: Người hỏi trả lời, en: The asker answers}, from: [waiting], to: working, by: asker, public: true}
  close: {title: {vi: Đóng, en: Close}, from: [new, working], to: closed, tasks_done: true, public: true}
  drop: {title: {vi: Bỏ, en: Drop}, from: [new, working], to: closed}
  reopen: {title: {vi: Mở lại, en: Reopen}, from: [closed], to: working, deadline: again}
  unmerge: {title: {vi: Gỡ nhập, en: Unmerge}, from: [merged], to: working}
"""
MATTER = parse(TYPE, casetype.CaseType, "matter.yaml")
VERBS = (*ALL, "ask_agency", "ask_more_time", "merge", "split")
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 08:00 in Việt Nam; Tuesday the 24th is a holiday


def officer(name: str, agency: str, *more: str) -> Viewer:
    """An official who may do everything to the cases of an agency but decide on more time, unless `more` says so."""
    return official(name, agency, *VERBS, *more)


def opened(viewer: Viewer, title: str = "Đèn đường hỏng", **options: object) -> int:
    """A case of the sample type at the viewer's agency."""
    return int(actions.open_case(viewer, "matter", title, agency=viewer.agency, **options)["id"])  # type: ignore[arg-type]
