"""Work outside requests: sending codes, and erasing what has ended."""

from __future__ import annotations

from taydo.engines.notices import direct, mail
from taydo.kernel import clock, sealing, sql
from taydo.kernel.jobs import every, job


@job("signin.send_code", retry=4)
def send_code(code_id: str) -> None:
    """Send a code that is still good, then erase it; a gateway that is down is asked again while the code holds."""
    found = sql.row(
        "SELECT channel, address, clear, language FROM signin_code WHERE id = %(id)s AND clear <> '' AND expires_at > %(now)s",
        {"id": code_id, "now": clock.now()},
    )
    if found is None:
        return
    digits = sealing.unseal(found["clear"])
    if found["language"] == "en":
        title, body = f"{digits} is your Tây Đô code", "Valid for 5 minutes. Give it to nobody; we never ask for it."
    else:
        title, body = (
            f"{digits} là mã Tây Đô của bạn",
            "Có hiệu lực 5 phút. Không đưa mã cho bất kỳ ai; chúng tôi không bao giờ hỏi mã.",
        )
    try:
        direct.tell_now(
            found["channel"], sealing.unseal(found["address"]), found["language"], title, body, f"code-{code_id}"
        )
    except mail.Refused as refusal:
        if not refusal.lasting:
            raise
    sql.execute("UPDATE signin_code SET clear = '' WHERE id = %(id)s", {"id": code_id})


@every(seconds=60, name="signin.tidy")
def tidy() -> None:
    """Erase what ended codes still hold, and forget codes and sessions of long ago."""
    sql.execute(
        "UPDATE signin_code SET clear = '', address = '' WHERE expires_at < %(now)s AND (clear <> '' OR address <> '')",
        {"now": clock.now()},
    )
    sql.execute("DELETE FROM signin_code WHERE created_at < now() - interval '2 days'")
    sql.execute("DELETE FROM signin_session WHERE last_at < now() - interval '180 days'")
