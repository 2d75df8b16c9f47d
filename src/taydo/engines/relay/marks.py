"""How far one has come with a subject at a partner: whoever turns changes into messages reads it, posts, and moves it, in one transaction."""

from __future__ import annotations

from taydo.kernel import sql


def held(partner: str, subject: str) -> tuple[int, str]:
    """Position and word (0 and "" at first). Whoever asks for the same mark waits until this transaction has ended."""
    found = sql.prepared(
        """INSERT INTO relay_mark (partner, subject) VALUES (%(p)s, %(s)s)
           ON CONFLICT (partner, subject) DO UPDATE SET partner = excluded.partner RETURNING position, word""",
        {"p": partner, "s": subject},
    )[0]
    return int(found["position"]), str(found["word"])


def position(partner: str, subject: str) -> int:
    """The position alone, without waiting for anybody; 0 at first."""
    found = sql.value(
        "SELECT position FROM relay_mark WHERE partner = %(p)s AND subject = %(s)s", {"p": partner, "s": subject}
    )
    return int(found or 0)


def move(partner: str, subject: str, position: int, word: str = "") -> None:
    """Write how far one has come."""
    sql.prepared(
        "UPDATE relay_mark SET position = %(n)s, word = %(w)s WHERE partner = %(p)s AND subject = %(s)s",
        {"p": partner, "s": subject, "n": position, "w": word},
    )
