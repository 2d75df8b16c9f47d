"""A kind of case of the tests' own, and the procedures that can refine it."""

from __future__ import annotations

from taydo.engines.cases import casetype
from taydo.engines.workflows import subjects
from taydo.engines.workflows.subjects import Subject
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import Label, parse

TYPE = """
id: matter_plain
title: {vi: Hồ sơ thử, en: Sample dossier}
prefix: QT
start: received
deadline: {working_days: 5}
states:
  received: {title: {vi: Được tiếp nhận, en: Received}, outside: "2", within: {working_hours: 4}}
  checked: {title: {vi: Đang thẩm tra, en: Being checked}, outside: "4", within: {working_days: 2}}
  asked: {title: {vi: Chờ bổ sung, en: Waiting for papers}, phase: waiting, pauses: true, outside: "5"}
  ended: {title: {vi: Đã xong, en: Done}, phase: done, outside: "9"}
  stopped: {title: {vi: Dừng, en: Stopped}, phase: done, outside: "8"}
moves:
  check: {title: {vi: Chuyển thẩm tra, en: Check}, from: [received], to: checked, primary: true}
  ask: {title: {vi: Yêu cầu bổ sung, en: Ask}, from: [checked], to: asked, note: required}
  given: {title: {vi: Đã bổ sung, en: Given}, from: [asked], to: checked, by: house}
  end: {title: {vi: Kết thúc, en: End}, from: [checked], to: ended, primary: true, tasks_done: true}
  stop: {title: {vi: Dừng giải quyết, en: Stop}, from: [checked, asked], to: stopped, note: required}
"""
PLAIN = parse(TYPE, casetype.CaseType, "matter_plain.yaml")
SYSTEM = Viewer.system("test")
SUBJECTS = {
    key: Subject(key, title, "matter_plain")
    for key, title in (("1.004873", "Xác nhận hôn nhân"), ("1.001193", "Đăng ký khai sinh"))
}


def declare() -> None:
    """Make the kind current and its family known, in this process."""
    casetype.declare(PLAIN)
    casetype._stored.clear()
    found = lambda q: [
        subject for subject in SUBJECTS.values() if q.lower() in f"{subject.key} {subject.title}".lower()
    ]
    subjects.family(
        "matters", title=Label(vi="Hồ sơ thử", en="Samples"), kinds=["matter_plain"], find=SUBJECTS.get, search=found,
        needs=frozenset({"end"}), agencies=lambda: [("B", "Sở B"), ("C", "Sở C")],
    )  # fmt: skip
