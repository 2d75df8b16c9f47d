"""The web process as the city runs it, on this run's database, and what its answers cost in CPU: web and PostgreSQL together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil
from django.conf import settings

from taydo.config.servers import free_port
from taydo.kernel import credentials, sql


class Web:
    """`with Web() as web:` — `taydo web` with as many workers as wanted; stopped at the end."""

    def __init__(self, workers: int = 1) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ, "DATABASE_URL": settings.DATABASE_DSN, "TAYDO_HOME": str(settings.TAYDO_HOME), "TAYDO_PORT": str(self.port),
            "TAYDO_RATE": "0", "TAYDO_POOL": "8", "TAYDO_WEB_WORKERS": str(workers), "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        self.log = Path(settings.TAYDO_HOME) / "bench-web.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Web:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "taydo.config.cli", "web"], env=self.environment, stdout=log, stderr=log
            )
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/healthz", timeout=5)
                return self
            except httpx.TransportError:
                time.sleep(0.2)
        self.__exit__(None, None, None)
        raise RuntimeError("the web process did not come up: " + self.log.read_text("utf-8")[-2000:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)

    def spent_ms(self) -> float:
        """CPU of the web process with its children, and of every backend of this database but our own."""
        assert self.process is not None
        whole = psutil.Process(self.process.pid)
        web = sum(sum(part.cpu_times()[:2]) for part in (whole, *whole.children(recursive=True)))
        backends = sql.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return web * 1000 + sum(sum(psutil.Process(one["pid"]).cpu_times()[:2]) for one in backends) * 1000


def bearer(username: str, role: str, agency: str) -> dict[str, str]:
    """Headers of a new official with a role in one agency."""
    actor = sql.value(
        """INSERT INTO kernel_actor (username, name, kind, agency, password, email, phone, language, is_active, demo)
           VALUES (%(u)s, 'Bench', 'official', %(a)s, '', '', '', 'vi', TRUE, FALSE)
           ON CONFLICT (username) DO UPDATE SET agency = excluded.agency RETURNING id""",
        {"u": username, "a": agency},
    )
    sql.execute(
        "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(a)s, %(r)s, %(s)s) ON CONFLICT DO NOTHING",
        {"a": actor, "r": role, "s": agency},
    )
    return {"Authorization": f"Bearer {credentials.issue_token(actor)}"}


def cost_over_http(web: Web, path: str, headers: dict[str, str], times: int) -> tuple[float, list[float], Any]:
    """CPU-ms an answer, the wall time of each in ms, and the last answer."""
    taken = []
    with httpx.Client(base_url=web.url, headers=headers, timeout=60) as client:
        for _ in range(20):
            client.get(path).raise_for_status()
        before = web.spent_ms()
        for _ in range(times):
            begun = time.perf_counter()
            answer = client.get(path)
            taken.append((time.perf_counter() - begun) * 1000)
            answer.raise_for_status()
        spent = web.spent_ms() - before
    return spent / times, taken, answer.json()
