"""A whole city for tests: started with `taydo up` as people start it, on its own ports and state, stopped at the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from taydo.config import servers

PASSWORD = "taydo-demo"


class RunningCity(AbstractContextManager["RunningCity"]):
    """`with RunningCity() as city:` — the demonstration city, without its demonstration devices unless asked."""

    def __init__(self, devices: bool = False, **environment: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="taydo-city-"))
        self.home.chmod(0o755)
        self.port, self.mqtt_port, self.smtp_port = servers.free_port(), servers.free_port(), servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: text for key, text in os.environ.items() if key not in ("DATABASE_URL", "NATS_URL", "TAYDO_POOL")},
            "TAYDO_HOME": str(self.home), "TAYDO_PORT": str(self.port), "TAYDO_MQTT_PORT": str(self.mqtt_port), "TAYDO_DEMO": "1",
            "TAYDO_RATE": "0", "TAYDO_DEVICES": "1" if devices else "0", "TAYDO_URL": self.url,
            "TAYDO_SMTP_HOST": "127.0.0.1", "TAYDO_SMTP_PORT": str(self.smtp_port), **environment,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.home / "up.log"

    def __enter__(self) -> RunningCity:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "taydo.config.cli", "up"],
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        for _ in range(1200):
            if "• ready" in self.log.read_text("utf-8", "replace"):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        said = self.log.read_text("utf-8", "replace")[-3000:]
        self.close()
        raise RuntimeError(f"the city does not start:\n{said}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop it as Ctrl-C does, and remove its state."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def child_environment(self) -> dict[str, str]:
        """The environment in which a `taydo` command works on this city."""
        port = json.loads((self.home / "ports.json").read_text())["postgres"]
        password = (self.home / "pg-password").read_text().strip()
        return {**self.environment, "DATABASE_URL": f"postgresql://postgres:{password}@127.0.0.1:{port}/taydo"}

    def database(self) -> psycopg.Connection[Any]:
        """A connection to the city's database, autocommit."""
        return psycopg.connect(self.child_environment()["DATABASE_URL"], autocommit=True)

    def get(self, path: str) -> Any:
        """The JSON at an address, as anybody sees it."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return json.load(answer)

    def datastream(self, station: str, parameter: str) -> int:
        """The id of a station's datastream by the code of what it measures."""
        with self.database() as link:
            found = link.execute(
                """SELECT d.id FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
                   JOIN streams_observedproperty p ON p.id = d.observedproperty_id WHERE t.code = %s AND p.code = %s""",
                [station, parameter],
            ).fetchone()
        assert found, f"{station} does not measure {parameter}"
        return int(found[0])
