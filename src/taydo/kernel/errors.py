"""Problems that leave the house: what is wrong, where, and what to do, in Vietnamese and English (RFC 9457)."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """An answer that is a refusal: a stable code, an HTTP status, the words in both languages, and the fields it is about."""

    def __init__(self, code: str, status: int, vi: str, en: str, /, **fields: Any) -> None:
        super().__init__(en)
        self.code = code
        self.status = status
        self.vi = vi
        self.en = en
        self.fields = fields

    def as_dict(self, language: str = "vi", instance: str = "") -> dict[str, Any]:
        """The RFC 9457 object; `detail` in the reader's language, both languages always beside it."""
        body: dict[str, Any] = {
            "type": f"urn:taydo:problem:{self.code}",
            "title": TITLES.get(self.status, TITLES[400])[language == "en"],
            "status": self.status,
            "detail": self.en if language == "en" else self.vi,
            "code": self.code,
            "vi": self.vi,
            "en": self.en,
        }
        if instance:
            body["instance"] = instance
        if self.fields:
            body["fields"] = self.fields
        return body


TITLES: dict[int, tuple[str, str]] = {
    400: ("Yêu cầu không hợp lệ", "Bad request"),
    401: ("Cần đăng nhập", "Sign in first"),
    403: ("Không được phép", "Not allowed"),
    404: ("Không tìm thấy", "Not found"),
    405: ("Phương thức không được hỗ trợ", "Method not allowed"),
    409: ("Xung đột", "Conflict"),
    413: ("Nội dung quá lớn", "Content too large"),
    415: ("Kiểu nội dung không được hỗ trợ", "Unsupported media type"),
    422: ("Dữ liệu chưa đúng", "The data is not right"),
    429: ("Quá nhiều yêu cầu", "Too many requests"),
    500: ("Hệ thống gặp lỗi", "The system failed"),
    501: ("Chưa hỗ trợ", "Not supported"),
    503: ("Tạm thời không phục vụ được", "Temporarily unavailable"),
}


def invalid(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """The input is understood but wrong (422); `fields` name where."""
    return Problem(code, 422, vi, en, **fields)


def bad(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """The request cannot be read at all (400)."""
    return Problem(code, 400, vi, en, **fields)


def missing(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """Nothing there, or nothing the viewer may know of (404)."""
    return Problem(code, 404, vi, en, **fields)


def refused(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """The viewer may not do this (403)."""
    return Problem(code, 403, vi, en, **fields)


def unknown_viewer(vi: str = "Bạn cần đăng nhập để làm việc này.", en: str = "Sign in to do this.") -> Problem:
    """Nobody has signed in (401)."""
    return Problem("sign_in_first", 401, vi, en)


def conflict(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """Somebody else was first, or the state does not allow it (409)."""
    return Problem(code, 409, vi, en, **fields)


def too_large(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """More bytes than this door takes (413)."""
    return Problem(code, 413, vi, en, **fields)


def too_many(code: str, vi: str, en: str, /, **fields: Any) -> Problem:
    """Too many requests in a short time (429)."""
    return Problem(code, 429, vi, en, **fields)
