"""Dossiers as pure functions: codes, states of the national portal, on time by QĐ 766, what may follow what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NATIONAL: dict[int, tuple[str, str]] = {
    1: ("Mới đăng ký", "Registered"), 2: ("Được tiếp nhận", "Received"), 3: ("Không được tiếp nhận", "Not accepted"),
    4: ("Đang xử lý", "In progress"), 5: ("Yêu cầu bổ sung giấy tờ", "Supplements requested"),
    6: ("Yêu cầu thực hiện nghĩa vụ tài chính", "Payment requested"), 7: ("Công dân yêu cầu rút hồ sơ", "Withdrawn"),
    8: ("Dừng xử lý", "Stopped"), 9: ("Đã xử lý xong", "Processed"), 10: ("Đã trả kết quả", "Result returned"),
}  # fmt: skip
"""States of Cổng Dịch vụ công quốc gia."""
FOLLOWS: dict[int, frozenset[int]] = {
    1: frozenset({2, 3, 5, 7}), 2: frozenset({4, 7, 9}), 3: frozenset(), 4: frozenset({5, 6, 7, 8, 9}), 5: frozenset({1, 4, 7, 8}),
    6: frozenset({4, 7, 8}), 7: frozenset(), 8: frozenset(), 9: frozenset({10}), 10: frozenset(),
}  # fmt: skip
"""Which states follow which: dossier_status_transitions of the portal's adapters, and 5→1 for papers given before receipt, 5→7, 6→7, 6→8."""
ENDED = frozenset({3, 7, 8, 9, 10})
CHANNELS = ("online", "desk", "post")
DELIVERIES = ("vault", "desk", "post")
MONEY = ("none", "due", "paid", "refunded")
WORKED = frozenset({"checking", "appraising", "consulting", "drafting", "approving", "signing", "gathering"})
"""States of the declared workflows in which an agency works on a dossier (national state 4)."""
MOST_FILES = 40
WENT = {"": "", "ontime": "Đúng hạn", "late": "Quá hạn", "running": "Đang làm"}
"""How a step went, as the control slip says it."""
FORM_SIGNS = {"01": "TNHS", "02": "YCBS", "03": "TCHS", "04": "XL", "05": "DGQ"}
"""Signs of the forms in their numbers (ours: the circular's text was not at hand)."""
DELIVERY_WORDS = {
    "vault": "Kho dữ liệu số của người nộp",
    "desk": "Tại nơi tiếp nhận",
    "post": "Qua bưu chính công ích",
}
TOLD: dict[str, tuple[str, str]] = {
    "submitted": ("Đã gửi hồ sơ {code}. Cơ quan sẽ kiểm tra và báo lại.", "Your dossier {code} was sent. The agency checks it and writes to you."),
    "received": ("Hồ sơ {code} đã được tiếp nhận, hẹn trả kết quả {due}.", "Your dossier {code} was received; the result is due {due}."),
    "refused": ("Hồ sơ {code} không được tiếp nhận. Mở hồ sơ để xem lý do.", "Your dossier {code} was not accepted. Open it to read why."),
    "supplement_asked": ("Hồ sơ {code} cần bổ sung giấy tờ. Mở hồ sơ để xem cần gì.", "Your dossier {code} lacks papers. Open it to see which."),
    "payment_asked": ("Hồ sơ {code} có khoản phí, lệ phí cần nộp.", "There is a fee to pay for your dossier {code}."),
    "extended": ("Rất tiếc, hồ sơ {code} chậm hơn hẹn. Ngày hẹn mới: {due}.", "We are sorry: your dossier {code} takes longer. The new day: {due}."),
    "finished": ("Hồ sơ {code} đã có kết quả.", "The result of your dossier {code} is ready."),
    "returned": ("Đã trả kết quả hồ sơ {code}. Mời bạn chấm điểm phục vụ.", "The result of your dossier {code} was handed over. Please rate our service."),
    "stopped": ("Hồ sơ {code} đã dừng giải quyết. Mở hồ sơ để xem lý do.", "Work on your dossier {code} was stopped. Open it to read why."),
    "withdrawn": ("Hồ sơ {code} đã được rút theo yêu cầu của bạn.", "Your dossier {code} was withdrawn as you asked."),
}  # fmt: skip
"""What whoever filed is told at a step: the code and the day, never what the dossier is about (channels are open)."""


def is_number(kind: str, number: str) -> bool:
    """Whether it can be a personal number (9 or 12 digits), or for organisations and households also a tax code (10, or 10-3)."""
    plain = number.strip()
    personal = plain.isascii() and plain.isdigit() and len(plain) in (9, 12)
    code, _, branch = plain.partition("-")
    tax = (
        code.isascii()
        and code.isdigit()
        and len(code) == 10
        and (not branch or (branch.isdigit() and len(branch) == 3))
    )
    return personal or (kind != "person" and tax)


def told(step: str, code: str, due: str) -> tuple[str, str] | None:
    """The words of a step in both languages; None when nobody needs to be told."""
    words = TOLD.get(step)
    return (words[0].format(code=code, due=due), words[1].format(code=code, due=due)) if words else None


def code_of(style: str, agency: str, agency_old: str, day: dt.date, serial: int) -> str:
    """A dossier's code: `dated` = QĐ 20/2020 code, day, 7 digits (`H13.03-20261125-0000001`); `2018` = TT 01/2018 Đ19 (`000.00.03.H13-261125-0001`)."""
    if style == "2018":
        return f"{agency_old or agency}-{day:%y%m%d}-{serial:04d}"
    return f"{agency}-{day:%Y%m%d}-{serial:07d}"


def series(agency: str, day: dt.date) -> str:
    """What a code's serial counts: dossiers of an agency on a day."""
    return f"dossier|{agency}|{day:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class Run:
    """What QĐ 766 needs of a dossier: aware instants, None where it has not happened; `supplements`: how often more was asked;
    `waited`: working or clock time spent waiting for the citizen, measured as `longest` is.
    """

    received_at: dt.datetime
    due_at: dt.datetime | None
    done_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    supplements: int = 0
    asked_at: dt.datetime | None = None
    waited: dt.timedelta = dt.timedelta()
    longest: dt.timedelta | None = None


def ended(run: Run, period_end: dt.datetime) -> dt.datetime:
    """When a dossier ended for item 2.1: state 9, else 10, else 8 or 3; else the one request for supplements; else the period's end."""
    known = run.done_at or run.returned_at or run.ended_at
    return known or (run.asked_at if run.supplements == 1 and run.asked_at else None) or period_end


def on_time(
    run: Run, period_end: dt.datetime, span: Callable[[dt.datetime, dt.datetime], dt.timedelta] | None = None
) -> bool:
    """Whether a dossier counts as on time (QĐ 766/QĐ-TTg item 2.1): more than one request for supplements counts as late; the end is not
    after the appointment (`due_at`, as it stands after supplements and granted time); without an appointment, the time from receipt less
    the waiting is at most `longest`, measured by `span` (clock time by default).
    """
    if run.supplements > 1:
        return False
    end = ended(run, period_end)
    if run.due_at is not None:
        return end <= run.due_at
    if run.longest is None:
        return True
    spent = (span or (lambda a, b: b - a))(run.received_at, end) - run.waited
    return spent <= run.longest


def share(part: int, whole: int) -> float | None:
    """A rate, None when there is nothing to count."""
    return part / whole if whole else None


def missing_papers(papers: Sequence[tuple[str, bool, str]], given: frozenset[str], cases: frozenset[str]) -> list[str]:
    """Ids of required papers that were not given. Each paper: id, required, case; one with a case is asked only when it applies."""
    return [name for name, required, case in papers if required and (not case or case in cases) and name not in given]


def may_apologise(due: dt.date, today: dt.date, days_before: int, sent: int, most: int) -> bool:
    """Whether a letter of apology (form 04) is still in time, `days_before` the appointment at the latest, and not one too many."""
    return sent < most and (due - today).days >= days_before
