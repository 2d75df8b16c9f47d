"""What decides about the provider: scopes, lifetimes, which addresses a system may name."""

from __future__ import annotations

from urllib.parse import urlsplit

SCOPES: dict[str, tuple[str, str]] = {
    "openid": (
        "Biết bạn đã đăng nhập (một mã riêng cho hệ thống này)",
        "Know that you signed in (by a code of its own)",
    ),
    "profile": ("Tên và ngôn ngữ của bạn", "Your name and language"),
    "email": ("Địa chỉ thư điện tử của bạn", "Your e-mail address"),
    "phone": ("Số điện thoại của bạn", "Your phone number"),
    "roles": ("Cơ quan và vai trò của bạn", "Your agency and roles"),
    "offline_access": ("Làm việc tiếp khi bạn không ở đó (30 ngày)", "Go on while you are away (30 days)"),
}
CODE_SECONDS, ACCESS_SECONDS, ID_SECONDS, REFRESH_DAYS = 60, 600, 600, 30
KEY_DAYS, KEY_PUBLISHED_DAYS = 90, 180
METHODS = {
    "password": ["pwd"],
    "code": ["otp"],
    "app": ["pwd", "otp", "mfa"],
    "recovery": ["pwd", "otp", "mfa"],
    "passkey": ["hwk", "user", "mfa"],
    "vneid": ["fed"],
}
"""How a session began, in the words of RFC 8176."""


def is_redirect(address: str) -> bool:
    """Whether a system may be answered at this address: https, or a program on the same machine; exact, without fragment."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if (
        not host
        or parts.fragment
        or parts.username
        or len(address) > 500
        or any(c in address for c in " *\\\"'<>\r\n;,")
    ):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1"))


def origin(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def known_scopes(text: str) -> list[str]:
    """The scopes asked for that exist, in our order; `openid` is always among them."""
    asked = {"openid", *text.split()}
    return [name for name in SCOPES if name in asked]
