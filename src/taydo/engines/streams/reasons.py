"""Why a reading is refused: codes kept in `streams_quarantine.reason` (with those of `tt10.REASONS`), and what they mean to people."""

from __future__ import annotations

from taydo.protocols import tt10

REASONS: dict[str, tuple[str, str]] = {
    "not_json": ("không phải JSON hợp lệ", "not valid JSON"),
    "too_large": ("gói tin quá lớn (hơn 64 KB)", "the message is too large (over 64 KB)"),
    "shape": ("thiếu hoặc sai trường bắt buộc", "a required field is missing or of the wrong shape"),
    "type": ("giá trị không phải là số", "the value is not a number"),
    "comma": ("số viết dấu phẩy thập phân; JSON dùng dấu chấm", "decimal comma; JSON numbers use a point"),
    "not_finite": ("giá trị NaN hoặc vô cực", "the value is NaN or infinite"),
    "time": ("thời gian không đọc được hoặc không thể có", "the time cannot be read or is impossible"),
    "future": ("thời gian đo ở tương lai (quá 10 phút)", "measured in the future (more than 10 minutes)"),
    "unknown_station": ("không có trạm này", "no such station"),
    "unknown_stream": ("trạm không có thông số này", "the station has no such parameter"),
    "differs": ("đã có giá trị khác cho cùng thời điểm", "another value is already kept for this instant"),
    "retired": ("trạm đã ngừng hoạt động", "the station is retired"),
    "topic": ("chủ đề MQTT không được hỗ trợ", "the MQTT topic is not one we take readings on"),
    "refused": ("tài khoản không được ghi chuỗi số liệu này", "this account may not write to the stream"),
    "unit": ("đơn vị khác với đơn vị đã đăng ký", "the unit is not the registered one"),
}


def explain(reason: str, detail: str = "") -> dict[str, str]:
    """Both languages of a reason code, with the particular detail after a colon when there is one."""
    vi, en = REASONS.get(reason) or tt10.REASONS.get(reason, (reason, reason))
    tail = f": {detail}" if detail else ""
    return {"vi": vi + tail, "en": en + tail}
