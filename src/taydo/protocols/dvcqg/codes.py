"""Code lists of the national portal: states and which follows which, channels, applicants, copies, when a fee is taken."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATES: Mapping[int, tuple[str, str]] = MappingProxyType({
    1: ("Mới đăng ký", "Registered online, not yet received"),
    2: ("Được tiếp nhận", "Accepted"),
    3: ("Không được tiếp nhận", "Refused"),
    4: ("Đang xử lý", "In processing"),
    5: ("Yêu cầu bổ sung giấy tờ", "Supplement requested"),
    6: ("Yêu cầu thực hiện nghĩa vụ tài chính", "Payment requested"),
    7: ("Công dân yêu cầu rút hồ sơ", "Citizen withdraws"),
    8: ("Dừng xử lý", "Stopped"),
    9: ("Đã xử lý xong", "Processed"),
    10: ("Đã trả kết quả", "Result returned"),
})  # fmt: skip
"""Trạng thái hồ sơ: words in Vietnamese and English."""
ENDS = frozenset((3, 7, 8, 10))
FIRST = frozenset((1, 2))
"""How a dossier may begin: online as 1, at a desk as 2."""
TRANSITIONS = frozenset((
    (1, 2), (1, 3), (1, 5), (2, 4), (4, 5), (5, 4), (4, 6), (6, 4), (4, 8), (4, 9), (5, 8), (1, 7), (2, 7), (4, 7), (9, 10), (2, 9),
))  # fmt: skip
"""Which state may follow which (inferred from adapters, not published); the same state again is progress within it."""
CHANNELS: Mapping[str, str] = MappingProxyType({"desk": "1", "online": "2", "post": "3"})
COPIES: Mapping[str, str] = MappingProxyType({"original": "0", "copy": "1", "electronic": "2"})
FEE_TIMES: Mapping[str, str] = MappingProxyType({"receipt": "1", "supplement": "2", "result": "4"})
PARTIES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "opencps": MappingProxyType({"person": "1", "organisation": "2", "household": "2"}),
    "moha": MappingProxyType({"person": "0", "organisation": "1", "household": "2"}),
})  # fmt: skip
"""LoaiDoiTuong by adapter: they differ, so which one holds is the city's configuration. Of two kinds with one code the first is read."""


def may_follow(before: int | None, after: int) -> bool:
    """Whether the portal takes `after` for a dossier that stands at `before` (None: it does not know the dossier)."""
    if before is None:
        return after in FIRST
    return before == after or (before, after) in TRANSITIONS


def route(before: int | None, after: int) -> list[int]:
    """The states to tell one after the other so that the portal follows from `before` to `after`, the shortest way; `after` comes last.

    Ours know a few steps that the portal's table does not (withdrawn while papers are awaited: 5, 4, 7). Where nothing leads there it
    stays at `before` and only the words go out; papers given before receipt let a received one (2) count as in processing (4).
    """
    if may_follow(before, after):
        return [after]
    ways: list[list[int]] = [[state] for state in sorted(FIRST)] if before is None else [[]]
    for way in ways:
        last = way[-1] if way else before
        for following in sorted(to for origin, to in TRANSITIONS if origin == last and to not in way):
            if following == after:
                return [*way, after]
            if following not in ENDS and following != 9 and len(way) < 3:
                ways.append([*way, following])
    if after == 2 and before is not None and may_follow(before, 4):
        return [4]
    return [before] if before is not None else [1]
