"""Work of chats outside requests: sending answers again, fetching photos, forgetting."""

from __future__ import annotations

from taydo.kernel import metrics, sql
from taydo.kernel.jobs import every

from . import outgoing, photos
from .rules import RAW_DAYS


@every(seconds=5, name="chats.again")
def again() -> None:
    """Send what failed for now, and what a worker that died had begun."""
    outgoing.send_all()


@every(seconds=3, name="chats.photos")
def fetch_photos() -> None:
    """Fetch photos of messages that wait for them."""
    photos.read_waiting()


@every(seconds=3600, name="chats.tidy")
def tidy() -> None:
    """Forget bytes of webhooks and drafts that nobody finished."""
    sql.execute(
        "UPDATE chats_message SET raw = '' WHERE raw <> '' AND came_at < now() - make_interval(days => %(d)s)",
        {"d": RAW_DAYS},
    )
    sql.execute("UPDATE chats_conversation SET draft = '' WHERE draft <> '' AND changed_at < now() - interval '2 days'")


@metrics.gauge("taydo_chats_waiting", "Answers that wait to be sent")
def _waiting() -> float:
    return float(sql.value("SELECT count(*) FROM chats_reply WHERE state IN ('waiting', 'sending')"))
