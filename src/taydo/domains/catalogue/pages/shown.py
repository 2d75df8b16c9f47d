"""A procedure in the reader's words: how long, how much, who, what to bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from taydo.engines.cases.casetype import Deadline
from taydo.kernel.i18n import language, number, t

from ..models import Channel, Fee, Paper, Procedure
from ..rules import REASONS

DOORS = {"online": ("Trực tuyến", "Online"), "desk": ("Tại quầy", "At the desk"), "post": ("Qua bưu chính", "By post")}
LEVELS = {"commune": ("Xã, phường", "Commune"), "city": ("Thành phố", "City"), "central": ("Trung ương", "Central")}
KINDS = {
    "immediate": ("Giải quyết ngay", "At once"), "standard": ("Thông thường", "Standard"), "consulted": ("Có lấy ý kiến", "With consultation"),
    "joint": ("Liên thông", "Joint"),
}  # fmt: skip
ONLINE = {"whole": ("Toàn trình", "The whole way"), "part": ("Một phần", "In part"), "none": ("Không", "No")}
ORIGINS = {"city": ("Thành phố khai báo", "Declared by the city"), "import": ("Nhập từ danh sách", "Imported"), "edit": ("Sửa trên màn hình", "Edited"), "review": ("Đã rà soát", "Reviewed")}  # fmt: skip
AUDIENCES = {
    "citizen": ("Công dân", "Citizens"), "business": ("Doanh nghiệp", "Businesses"), "cooperative": ("Hợp tác xã", "Cooperatives"),
    "organisation": ("Tổ chức", "Organisations"), "foreigner": ("Người nước ngoài", "Foreigners"), "overseas": ("Người Việt ở nước ngoài", "Vietnamese abroad"),
    "foreign_business": ("Doanh nghiệp vốn nước ngoài", "Foreign-invested businesses"), "foreign_organisation": ("Tổ chức nước ngoài", "Foreign organisations"),
    "official": ("Cán bộ, công chức", "Officials"), "household": ("Hộ gia đình", "Households"),
}  # fmt: skip
FIELDS = {
    "channels": ("Cách nộp", "Ways to file"), "deadline": ("Thời hạn", "Deadlines"), "fees": ("Phí, lệ phí", "Fees"), "papers": ("Thành phần hồ sơ", "Papers"),
    "legal": ("Căn cứ pháp lý", "Legal basis"), "results": ("Kết quả", "Results"), "conditions": ("Yêu cầu, điều kiện", "Conditions"),
    "steps": ("Trình tự", "Steps"), "level": ("Cấp giải quyết", "Level"), "audience": ("Đối tượng", "Applicants"), "agencies": ("Cơ quan thực hiện", "Agencies"),
    "decides": ("Cơ quan giải quyết", "Who decides"), "title": ("Tên", "Title"), "cutoff": ("Giờ chốt trong ngày", "Cut-off"), "form_id": ("Biểu mẫu điện tử", "E-form"),
    "kind": ("Loại quy trình", "Workflow"), "online": ("Mức độ trực tuyến", "Online level"), "online_reason": ("Lý do công bố", "Published reason"),
    "summary": ("Tóm tắt", "Summary"), "valid_to": ("Hết hiệu lực", "Ends"), "events": ("Sự kiện", "Events"), "uncertain": ("Điều chưa chắc", "Doubts"),
    "receives": ("Nơi nhận", "Desk"), "forward": ("Cơ quan ngoài thành phố", "Outside agency"), "verified": ("Đã xác nhận", "Confirmed"), "words": ("Từ khác", "Other words"),
}  # fmt: skip


def said(pair: tuple[str, str]) -> str:
    """The words of a pair in the reader's language."""
    return pair[1] if language() == "en" else pair[0]


def deadline(rule: Deadline | None, cutoff: dt.time | None = None) -> str:
    """A deadline in words; without one: as the law says, the agency will tell."""
    if rule is None:
        return t("Theo quy định, cơ quan sẽ báo khi nhận hồ sơ", "As regulated; the agency will tell you")
    late = rule.cutoff or cutoff
    if rule.working_days == 0:
        hour = f"{late:%H:%M}" if late else ""
        return t("Trong ngày", "The same day") + (t(f"; nhận sau {hour} thì ngày làm việc sau", f"; after {hour} the next working day") if hour else "")  # fmt: skip
    for amount, vi, en in (
        (rule.working_days, "ngày làm việc", "working day"), (rule.days, "ngày", "day"), (rule.months, "tháng", "month"),
        (rule.working_hours, "giờ làm việc", "working hour"), (rule.hours, "giờ", "hour"), (rule.minutes, "phút", "minute"),
    ):  # fmt: skip
        if amount is not None:
            return t(f"{amount:g} {vi}", f"{amount:g} {en}{'s' if amount != 1 else ''}")
    return ""


def fee(one: Fee) -> str:
    """One fee in words."""
    if one.amount_vnd is None:
        return one.note or t("Theo quy định", "As regulated")
    amount = t("Miễn phí", "Free") if one.amount_vnd == 0 else f"{number(one.amount_vnd)} đ"
    return amount + (f" · {one.note}" if one.note and len(one.note) < 120 else "")


def fees(way: Channel) -> str:
    """What a way to file costs, in one line."""
    if not way.fees:
        return t("Chưa có thông tin về phí", "No word about fees")
    return "; ".join(f"{one.title}: {fee(one)}" if len(way.fees) > 1 else fee(one) for one in way.fees)


def cost(procedure: Procedure) -> str:
    """What a procedure costs, shortest: one amount, from–to, free, or as regulated."""
    every = [one.amount_vnd for way in procedure.channels for one in way.fees]
    known = sorted({amount for amount in every if amount is not None})
    if not every:
        return t("Chưa có thông tin", "Not said")
    if not known or (known == [0] and None in every):
        return t("Theo quy định", "As regulated")
    if known == [0]:
        return t("Miễn phí", "Free")
    low, high = f"{number(known[0])} đ" if known[0] else t("miễn phí", "free"), f"{number(known[-1])} đ"
    return high if len(known) == 1 else t(f"{low} đến {high}", f"{low} to {high}").capitalize()


def quickest(procedure: Procedure) -> str:
    """How long, shortest: of the first way that has a deadline, online before the desk."""
    order = sorted(procedure.channels, key=lambda way: ("online", "desk", "post").index(way.id))
    first = next((way for way in order if way.deadline is not None), None)
    return deadline(first.deadline if first else None, procedure.cutoff)


def copies(paper: Paper) -> str:
    """How many of a paper."""
    said = []
    if paper.originals:
        said.append(
            t(f"{paper.originals} bản chính", f"{paper.originals} original{'s' if paper.originals > 1 else ''}")
        )
    if paper.copies:
        said.append(t(f"{paper.copies} bản sao", f"{paper.copies} cop{'ies' if paper.copies > 1 else 'y'}"))
    return ", ".join(said)


def by_case(papers: Iterable[Paper]) -> list[tuple[str, list[Paper]]]:
    """Papers grouped by the case they are asked in, what everybody brings first."""
    found: dict[str, list[Paper]] = {"": []}
    for paper in papers:
        found.setdefault(paper.case, []).append(paper)
    return [(case, kept) for case, kept in found.items() if kept]


def reason(code: str) -> str:
    """Why something is doubtful, in words."""
    return said(REASONS.get(code, (code, code)))


def word(names: dict[str, tuple[str, str]], key: str) -> str:
    """A code's word, or the code."""
    return said(names[key]) if key in names else key


def field_name(path: str) -> str:
    """What a field is called: `channels.online.deadline` is the deadline online."""
    parts = path.split(".")
    if parts[0] == "channels" and len(parts) == 3:
        return f"{word(FIELDS, parts[2])} · {word(DOORS, parts[1])}"
    if parts[0] == "papers" and len(parts) == 2:
        return f"{word(FIELDS, 'papers')} {int(parts[1]) + 1}"
    return word(FIELDS, parts[0])
