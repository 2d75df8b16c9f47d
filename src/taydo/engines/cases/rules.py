"""Deadlines of cases as pure functions: when one is due soon, how one stands still, and the fixed words for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

WORDS = ("ontime", "soon", "late", "waiting", "done")
"""States of a deadline; their words are fixed for the whole house. `yours` comes on top for the viewer's own cases."""


def soon_at(start: dt.datetime, due: dt.datetime, share: float) -> dt.datetime:
    """The instant from which only `share` of the time between start and due is left."""
    return due - max(due - start, dt.timedelta()) * share


def due_state(
    phase: str, due: dt.datetime | None, soon: dt.datetime | None, paused: dt.datetime | None, now: dt.datetime
) -> str:
    """Which of WORDS holds at `now`. A case that waits while its clock runs is late all the same."""
    if phase == "done":
        return "done"
    if paused is None and due is not None and due < now:
        return "late"
    if phase == "waiting" or paused is not None:
        return "waiting"
    return "soon" if soon is not None and soon <= now else "ontime"


DID: dict[str, tuple[str, str]] = {
    "opened": ("đã mở vụ việc", "opened the case"),
    "brought_in": ("đã nạp từ hệ thống cũ", "was brought in from an earlier system"),
    "moved": ("đã chuyển bước", "moved it"),
    "assigned": ("đã giao việc", "assigned it"),
    "taken": ("đã nhận việc", "took it"),
    "handed_over": ("đã chuyển sang cơ quan khác", "handed it over to another agency"),
    "commented": ("đã ghi chú", "commented"),
    "attached": ("đã đính kèm tệp", "attached a file"),
    "late": ("báo trễ hạn", "reported it late"),
    "escalated": ("báo lên cấp trên vì trễ hạn", "escalated it because it is late"),
    "shown": ("đã đổi ai được xem", "changed who may see it"),
    "deadline_set": ("đã xếp lại loại hạn", "put it in another class of deadline"),
    "time_asked": ("đã xin gia hạn", "asked for more time"),
    "extended": ("đã cho gia hạn", "granted more time"),
    "time_refused": ("không cho gia hạn", "refused more time"),
    "asked_agency": ("đã hỏi ý kiến cơ quan khác", "asked another agency"),
    "task_done": ("đã kết thúc phần việc được hỏi", "ended the task it was asked for"),
    "task_reopened": ("đã mở lại phần việc được hỏi", "took up again the task it was asked for"),
    "merged": ("đã nhập vào vụ việc khác", "merged it into another case"),
    "merged_in": ("đã nhập một vụ việc khác vào đây", "merged another case into this one"),
    "split": ("đã tách thành nhiều vụ việc", "split it into several cases"),
    "split_from": ("đã tách ra từ vụ việc khác", "split it from another case"),
}
"""What a line of the timeline says somebody did, by its kind."""

Span = Callable[[dt.datetime, dt.datetime], dt.timedelta]
Add = Callable[[dt.datetime, float], dt.datetime]


def left_when_paused(now: dt.datetime, due: dt.datetime, working: Span | None) -> float:
    """Seconds that remain when the clock stops at `now`: office time when `working` measures it, else clock time; 0 if late."""
    if due <= now:
        return 0.0
    return (working(now, due) if working else due - now).total_seconds()


def due_when_resumed(now: dt.datetime, due: dt.datetime, left_s: float, add_hours: Add | None) -> dt.datetime:
    """The new deadline when the clock runs again with `left_s` to go; a deadline missed before the pause stays missed."""
    if left_s <= 0:
        return due
    return add_hours(now, left_s / 3600) if add_hours else now + dt.timedelta(seconds=left_s)


def due_around_pauses(
    due: dt.datetime, pauses: Sequence[tuple[dt.datetime, dt.datetime]], working: Span | None, add_hours: Add | None
) -> dt.datetime:
    """The deadline after every pause (begin, end), in order: what was left when each began goes on when it ends."""
    for begin, end in pauses:
        if begin < due:
            due = due_when_resumed(end, due, left_when_paused(begin, due, working), add_hours)
    return due


def above(agency: str) -> str:
    """The agency over an agency, by its code (H13.08.01 → H13.08); the topmost stands over itself."""
    return agency.rpartition(".")[0] or agency


def line_of_command(agency: str) -> list[str]:
    """An agency's code and every code above it, the nearest first."""
    found = [agency]
    while (over := above(found[-1])) != found[-1]:
        found.append(over)
    return found
