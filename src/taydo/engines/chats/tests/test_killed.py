"""kill -9 of whoever sends and fetches, again and again: every answer arrives once, every message is told once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection
from sandbox.chat.provider import Provider as Sandbox

from taydo.engines.chats import actions, outgoing, photos, queries
from taydo.engines.chats.tests.test_chats import jpeg, says, told
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

SYSTEM = Viewer.system("test")
TURNS, EACH = 4, 8
WORKER = """
import django
django.setup()
from taydo.engines.chats import outgoing, photos
print("working", flush=True)
while True:
    photos.read_waiting()
    outgoing.send_all()
"""


def working(home: Path) -> subprocess.Popen[str]:
    """A process that fetches and sends without end, on the test's own database."""
    where = connection.settings_dict
    address = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "TAYDO_POOL": "0",
        "TAYDO_HOME": str(home),
        "TAYDO_SECRET": house.SECRET_KEY,
    }
    child = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "working\n"
    return child


def alone() -> None:
    """Wait until the server has done with the connections of those who were killed."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    for _ in range(200):
        if not sql.value(question):
            return
        time.sleep(0.05)
    raise AssertionError("a killed process's connection is still at work")


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_every_message_is_told_once_and_every_answer_arrives_once(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, sent = random.Random(5), 0
    settings.TAYDO_HOME = tmp_path
    with Sandbox().run() as sandbox:
        monkeypatch.setenv("TAYDO_CHAT_PLAIN", sandbox.settings("plain"))
        sandbox.photos["a.jpg"], sandbox.trouble = jpeg(), {"seconds": 0.03}
        says(sandbox, sender="u0", text="Xin chào", id="first")
        conversation = told()[0].conversation_id
        for turn in range(TURNS):
            child = working(tmp_path)
            for _ in range(EACH):
                says(sandbox, sender=f"u{sent}", photos=["a.jpg"], id=f"m{sent}")
                actions.reply(SYSTEM, conversation, f"Trả lời {sent}", f"k{sent}")
                sent += 1
                time.sleep(chance.random() * 0.1)
            child.kill()
            child.wait()
            assert turn or sandbox.posts > 0, "nobody sent before being killed"
        alone()
        sql.execute("UPDATE chats_message SET next_at = now() - interval '1 minute' WHERE state = 'kept'")
        sql.execute("UPDATE chats_reply SET at = now() - interval '1 hour' WHERE state = 'sending'")
        photos.read_waiting()
        outgoing.send_all()
        sandbox.shutdown()

    assert [item["text"] for item in reversed(sandbox.to("u0"))] == [f"Trả lời {number}" for number in range(sent)]
    assert {item["state"] for item in queries.replies(SYSTEM, conversation)} == {"sent"}
    messages = told()
    assert len(messages) == len({message.id for message in messages}) == sent + 1
    assert all(message.photos[0]["file"] for message in messages[1:])
