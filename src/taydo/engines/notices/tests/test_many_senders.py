"""Workers that send at the same time share the work and never send a letter twice."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from taydo.engines.notices import actions, delivery, queries, topics
from taydo.engines.notices.tests.mailbox import mail_server
from taydo.kernel import sealing, sql
from taydo.kernel.actors import Viewer

ADDRESSES = [f"nguoi{n}@dan.vn" for n in range(40)]


@pytest.mark.django_db(transaction=True)
def test_three_workers_send_forty_letters_once_each(settings: Any) -> None:
    topics.declare("warnings", "Cảnh báo", "Warnings")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    for address in ADDRESSES:
        contact = sql.value(
            "INSERT INTO notices_contact (channel, address, fingerprint, keys) VALUES ('mail', %(a)s, %(f)s, '') RETURNING id",
            {"a": sealing.seal(address), "f": sealing.fingerprint(address)},
        )
        sql.execute("INSERT INTO notices_subscription (contact_id, topic) VALUES (%(c)s, 'warnings')", {"c": contact})
    notice = actions.notify(Viewer.system("test"), "warnings", "k", ("Mưa to", "Rain"), ("Từ 14 giờ", "From 2"))

    with mail_server(settings.EMAIL_PORT) as box:
        workers = [threading.Thread(target=_work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)

    assert Counter(letter["To"] for letter in box.letters) == Counter(ADDRESSES)
    assert queries.deliveries(notice) == {"sent": 40}


def _work() -> None:
    try:
        while delivery.send_due(3):
            continue
    finally:
        connection.close()
