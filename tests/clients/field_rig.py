"""A private gateway and ingest process for tests: real nats-server, real PostgreSQL, killed and started at will."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.auth.hashers import make_password

from taydo.config.servers import free_port, nats_program
from taydo.engines.gateway import server as gateway

ROLES = """
roles:
  device: {title: {vi: Thiết bị, en: Device}, permissions: [streams.write]}
"""
INGEST = "import django; django.setup(); from taydo.engines.gateway.ingest_process import main; main()"


class Rig:
    """`dsn`: the database that ingest writes into; `home`: state folder; ports are free ones."""

    def __init__(self, home: Path, dsn: str) -> None:
        self.home, self.dsn = home, dsn
        (home / "city").mkdir(parents=True, exist_ok=True)
        (home / "city" / "roles.yaml").write_text(ROLES, "utf-8")
        self.port, self.mqtt_port = free_port(), free_port()
        self.nats: subprocess.Popen[bytes] | None = None
        self.ingest: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of this rig are started with."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "taydo.config.settings"),
            "PYTHONPATH": os.pathsep.join(("src", os.environ.get("PYTHONPATH", ""))),
            "TAYDO_CITY": str(self.home / "city"),
            "DATABASE_URL": self.dsn,
            "TAYDO_HOME": str(self.home),
            "NATS_URL": gateway.url(self.home, "city", self.port),
            "TAYDO_MQTT_PORT": str(self.mqtt_port),
        }

    def start_nats(self) -> None:
        """Starts nats-server and waits until both doors are open."""
        path = gateway.write_config(self.home, self.port, self.mqtt_port)
        with (self.home / "nats.log").open("ab") as log:
            self.nats = subprocess.Popen([nats_program(), "-c", str(path)], stdout=log, stderr=log)
        for port in (self.port, self.mqtt_port):
            wait(lambda port=port: _open(port), 10)

    def start_ingest(self) -> None:
        """Starts the ingest process; devices can connect once it serves the gateway."""
        with (self.home / "ingest.log").open("ab") as log:
            self.ingest = subprocess.Popen([sys.executable, "-c", INGEST], env=self.environment, stdout=log, stderr=log)

    def wait_until_it_reads(self) -> None:
        """Waits until the ingest process serves the gateway for the first time."""
        wait(lambda: "ingest reads" in (self.home / "ingest.log").read_text("utf-8", "replace"), 60)

    def manage(self, *arguments: str) -> None:
        """Runs a Django command in the rig's environment."""
        command = [sys.executable, "-m", "django", *arguments]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    @staticmethod
    def kill(process: subprocess.Popen[bytes] | None) -> None:
        """As a power cut would end it."""
        if process and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(10)

    def stop(self) -> None:
        """Ends both processes."""
        self.kill(self.ingest)
        self.kill(self.nats)

    def value(self, statement: str, *params: Any) -> Any:
        """First column of the first row of a committed statement."""
        with psycopg.connect(self.dsn, autocommit=True) as link:
            return link.execute(statement, params or None).fetchone()[0]  # type: ignore[index]


def wait(true: Callable[[], Any], seconds: float = 15.0, every: float = 0.1) -> Any:
    """Waits until the condition holds and returns what it gave; AssertionError when it does not in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = true()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s")


def _open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


STREAMS = """
WITH t AS (INSERT INTO streams_thing (code, name, agency) VALUES (%(code)s, %(code)s, 'A1') RETURNING id),
     s AS (INSERT INTO streams_sensor (name) VALUES ('s') RETURNING id),
     p AS (INSERT INTO streams_observedproperty (name) VALUES ('p') RETURNING id)
INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, symbol)
SELECT t.id, s.id, p.id, 'd' || n, 'P' || n FROM t, s, p, generate_series(1, %(n)s) n RETURNING id
"""


def make_streams(link: psycopg.Connection[Any], code: str, count: int) -> list[int]:
    """A thing with `count` datastreams whose symbols are P1, P2 …; their ids."""
    return [row[0] for row in link.execute(STREAMS, {"code": code, "n": count}).fetchall()]


def make_account(link: psycopg.Connection[Any], username: str, password: str, scope: str) -> None:
    """An account that may write readings within `scope`: `*`, an agency or `thing:<code>`."""
    link.execute(
        """WITH a AS (INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active, demo)
                      VALUES (%s, %s, '', 'device', '', '', '', 'vi', true, false) RETURNING id)
           INSERT INTO kernel_grant (actor_id, role, scope) SELECT id, 'device', %s FROM a""",
        [username, make_password(password, hasher="pbkdf2_sha256"), scope],
    )
