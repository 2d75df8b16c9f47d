"""`taydo up`: the whole city on one machine — servers, migrations, the city's folder, and every process, watched."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import servers

QUIET_SECONDS = 10.0
PATIENCE_SECONDS = 180.0


@dataclass
class Child:
    """A process of the city: its name, its command, and what runs now."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0

    def start(self, logs: Path) -> None:
        """Start it; its output goes to `log/<name>.log`."""
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{self.name}.log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to end; insist when it does not."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def say(text: str) -> None:
    """Print a line of progress at once."""
    print(text, flush=True)


class City:
    """Everything that runs on this machine for one city."""

    def __init__(self, home: Path, port: int, mqtt_port: int, demo: bool) -> None:
        self.home, self.port, self.mqtt_port, self.demo = home, port, mqtt_port, demo
        self.environment = {
            **os.environ,
            "TAYDO_HOME": str(home),
            "TAYDO_PORT": str(port),
            "TAYDO_MQTT_PORT": str(mqtt_port),
        }
        self.environment["PROMETHEUS_MULTIPROC_DIR"] = str(home / "metrics")
        self.environment["OMP_WAIT_POLICY"] = "passive"  # threads of the model of meanings may not spin while they wait
        self.environment["OMP_NUM_THREADS"] = self.environment["OPENBLAS_NUM_THREADS"] = "1"
        self.postgres: servers.Postgres | None = None
        self.children: list[Child] = []

    def start(self) -> None:
        """Bring everything up, saying what is being done."""
        begun = time.monotonic()
        (self.home / "metrics").mkdir(parents=True, exist_ok=True)
        for stale in (self.home / "metrics").glob("*.db"):
            stale.unlink()
        self._check_ports()
        self._start_postgres()
        self._start_nats()
        if self.demo:
            self._start_sandbox()
        say("• migrations and the city's folder")
        self._taydo("prepare")
        for name in (
            "web",
            "worker",
            "ingest",
            *(("devices",) if self.demo and os.environ.get("TAYDO_DEVICES") != "0" else ()),
        ):
            self._start_child(name, [sys.executable, "-m", "taydo.config.cli", name])
        self._wait_ready()
        say(f"• ready after {time.monotonic() - begun:.1f} s")
        self._addresses()

    def _check_ports(self) -> None:
        for name, port, variable in (("web", self.port, "TAYDO_PORT"), ("MQTT", self.mqtt_port, "TAYDO_MQTT_PORT")):
            if servers.in_use(port):
                raise servers.CannotStart(
                    f"Cổng {port} ({name}) đang bị chiếm. Port {port} ({name}) is taken.\n  Chọn cổng khác / choose another: {variable}={port + 1} make run"
                )

    def _start_postgres(self) -> None:
        if "DATABASE_URL" in os.environ:
            say("• PostgreSQL: DATABASE_URL")
            return
        self.postgres = servers.Postgres(self.home)
        say(f"• PostgreSQL 127.0.0.1:{self.postgres.port}")
        self.postgres.start()
        self.postgres.ensure_database("taydo")
        self.environment["DATABASE_URL"] = self.postgres.url("taydo")

    def _start_nats(self) -> None:
        if "NATS_URL" in os.environ:
            say("• NATS: NATS_URL")
            return
        from taydo.engines.gateway import server as gateway

        port = servers.remembered_port(self.home, "nats")
        config = gateway.write_config(self.home, port, self.mqtt_port)
        self.environment["NATS_URL"] = gateway.url(self.home, "city", port)
        say(f"• NATS 127.0.0.1:{port}, MQTT 127.0.0.1:{self.mqtt_port}")
        self._start_child("nats", [servers.nats_program(), "-c", str(config)])
        for _ in range(100):
            if servers.in_use(port) and servers.in_use(self.mqtt_port):
                return
            time.sleep(0.05)
        raise servers.CannotStart(f"NATS does not start: see {self.home / 'log' / 'nats.log'}")

    def _start_sandbox(self) -> None:
        """Partners of a demonstration that has no real ones: programs of their own, each says SANDBOX (absent when installed alone)."""
        root = Path(__file__).resolve().parents[3]
        if not (root / "sandbox").is_dir():
            return
        beside = {**self.environment, "PYTHONPATH": str(root)}
        if not self.environment.get("TAYDO_SMS_URL"):
            port = servers.remembered_port(self.home, "sandbox-sms")
            self.environment |= {
                "TAYDO_SMS_URL": f"http://127.0.0.1:{port}/messages",
                "TAYDO_SMS_TOKEN": "sandbox",
                "TAYDO_SMS_SANDBOX": "1",
            }
            self._start_child("sandbox-sms", [sys.executable, "-m", "sandbox.sms", "--port", str(port)], beside)
        if not self.environment.get("TAYDO_VNEID_ISSUER"):
            port = servers.remembered_port(self.home, "sandbox-vneid")
            self.environment |= {
                "TAYDO_VNEID_ISSUER": f"http://127.0.0.1:{port}",
                "TAYDO_VNEID_CLIENT": "taydo",
                "TAYDO_VNEID_SECRET": "sandbox",
                "TAYDO_VNEID_SANDBOX": "1",
            }
            self._start_child("sandbox-vneid", [sys.executable, "-m", "sandbox.vneid", "--port", str(port)], beside)
        if not self.environment.get("TAYDO_CHAT_PLAIN"):
            port = servers.remembered_port(self.home, "sandbox-chat")
            keys = f"secret=sandbox;token=sandbox;hosts=127.0.0.1;send=http://127.0.0.1:{port}/messages"
            self.environment |= {"TAYDO_CHAT_PLAIN": keys}
            words = ["--port", str(port), "--city", f"http://127.0.0.1:{self.port}"]
            self._start_child("sandbox-chat", [sys.executable, "-m", "sandbox.chat", *words], beside)
            say(f"• SANDBOX chat http://127.0.0.1:{port}")
        self._start_sandbox_portal(beside)
        self._start_sandbox_bank(beside)
        self._start_sandbox_csc(beside)

    def _start_sandbox_portal(self, beside: dict[str, str]) -> None:
        if self.environment.get("TAYDO_PORTAL_URL"):
            return
        port = servers.remembered_port(self.home, "sandbox-portal")
        names = {"URL": f"http://127.0.0.1:{port}", "USER": "sandbox", "PASSWORD": "sandbox", "UNIT": "H13"}
        self.environment |= {f"TAYDO_PORTAL_{name}": word for name, word in names.items()}
        words = ["--port", str(port), "--home", str(self.home / "sandbox-portal"), "--seed"]
        self._start_child("sandbox-portal", [sys.executable, "-m", "sandbox.portal", *words], beside)
        say(f"• SANDBOX DVCQG http://127.0.0.1:{port}")

    def _start_sandbox_bank(self, beside: dict[str, str]) -> None:
        if any(self.environment.get(f"TAYDO_PAY_{name}") for name in ("VIETQR", "VNPAY", "MOMO")):
            return
        port = servers.remembered_port(self.home, "sandbox-bank")
        url = f"http://127.0.0.1:{port}"
        self.environment |= {
            "TAYDO_PAY_VIETQR": f"secret=sandbox;api={url}",
            "TAYDO_PAY_VNPAY": f"secret=sandbox;page={url}/vnpay/pay;api={url}/vnpay/api",
            "TAYDO_PAY_MOMO": f"secret=sandbox;access=sandbox-access;api={url}/momo",
        }
        words = ["--port", str(port), "--city", f"http://127.0.0.1:{self.port}"]
        self._start_child("sandbox-bank", [sys.executable, "-m", "sandbox.bank", *words], beside)
        say(f"• SANDBOX bank {url}")

    def _start_sandbox_csc(self, beside: dict[str, str]) -> None:
        """Remote signing and time stamps; its root is trusted here and nowhere else."""
        if self.environment.get("TAYDO_TSA_URL") or any(name.startswith("TAYDO_CSC_") for name in self.environment):
            return
        port, folder = servers.remembered_port(self.home, "sandbox-csc"), self.home / "sandbox-csc"
        url, trust = f"http://127.0.0.1:{port}", self.environment.get("TAYDO_TRUST", "")
        self.environment |= {
            "TAYDO_TSA_URL": f"{url}/tsa",
            "TAYDO_CSC_SANDBOX": f"url={url};client=taydo;secret=sandbox",
            "TAYDO_TRUST": f"{trust}:{folder / 'root.pem'}".lstrip(":"),
        }
        words = ["--port", str(port), "--home", str(folder)]
        self._start_child("sandbox-csc", [sys.executable, "-m", "sandbox.csc", *words], beside)
        say(f"• SANDBOX CSC, TSA {url}")

    def _taydo(self, *words: str) -> None:
        done = subprocess.run([sys.executable, "-m", "taydo.config.cli", *words], env=self.environment, check=False)
        if done.returncode:
            raise servers.CannotStart(f"taydo {' '.join(words)} failed")

    def _start_child(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        child = Child(name, command, environment or self.environment)
        child.start(self.home / "log")
        self.children.append(child)

    def _wait_ready(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if self._ask("/readyz"):
                return
            if all(
                child.process and child.process.poll() is not None for child in self.children if child.name == "web"
            ):
                break
            time.sleep(0.1)
        raise servers.CannotStart(f"the web process does not answer: see {self.home / 'log' / 'web.log'}")

    def _ask(self, path: str) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                said: dict[str, Any] = json.load(answer)
                return said
        except (OSError, ValueError):
            return None

    def _addresses(self) -> None:
        base = f"http://localhost:{self.port}"
        say(f"\n  Trang người dân   {base}/\n  Màn hình điều hành {base}/wall\n  Bàn trực           {base}/desk")
        say(
            f"  API                {base}/api/v1/openapi.json\n  SensorThings       {base}/sta/v1.1/\n  MQTT               127.0.0.1:{self.mqtt_port}"
        )
        if self.environment.get("TAYDO_SMS_SANDBOX") == "1":
            say(f"  Tin nhắn thử nghiệm {self.environment['TAYDO_SMS_URL'].removesuffix('/messages')}/ (SANDBOX)")
        if self.demo:
            say("  Tài khoản trình diễn: citizen officer leader operator integrator admin — mật khẩu taydo-demo\n")

    def watch(self) -> None:
        """Until told to stop: restart what dies, and every ten seconds say what the city is doing."""
        told = time.monotonic()
        while True:
            time.sleep(0.5)
            for child in self.children:
                self._keep_alive(child)
            if self.postgres and self.postgres.process and self.postgres.process.poll() is not None:
                say("! PostgreSQL ended; starting it again")
                self.postgres.stop_leftover()
                self.postgres.start()
            if time.monotonic() - told >= QUIET_SECONDS:
                told = time.monotonic()
                self._status()

    def _keep_alive(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        if time.monotonic() - child.started > 60:
            child.failures = 0
        child.failures += 1
        pause = min(2 ** (child.failures - 1), 30)
        say(
            f"! {child.name} ended (code {child.process.returncode}); again in {pause} s — {self.home / 'log' / (child.name + '.log')}"
        )
        time.sleep(pause)
        child.start(self.home / "log")

    def _status(self) -> None:
        pulse = self._ask("/api/v1/operations/pulse")
        if pulse is None:
            say("… web does not answer")
            return
        say(
            f"{pulse['at'][11:19]}  {pulse['readings_per_second']:.1f} readings/s · {pulse['stale']} stale of {pulse['stations']} stations"
            f" · {pulse['alerts']} alerts · {pulse['cases']} open cases"
        )

    def stop(self) -> None:
        """Stop everything in the order that loses nothing: doors first, the database last."""
        say("\n• stopping")
        for child in reversed([c for c in self.children if c.name != "nats"]):
            child.stop()
        for child in self.children:
            child.stop()
        if self.postgres:
            self.postgres.stop()
        say("• stopped")


def main() -> int:
    """Run the city until Ctrl-C."""
    home = Path(os.environ.get("TAYDO_HOME", "var")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    city = City(
        home,
        int(os.environ.get("TAYDO_PORT", "8000")),
        int(os.environ.get("TAYDO_MQTT_PORT", "1883")),
        os.environ.get("TAYDO_DEMO") == "1",
    )
    for number in (signal.SIGINT, signal.SIGTERM):  # also when a shell started us with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        city.start()
        city.watch()
    except KeyboardInterrupt:
        return 0
    except servers.CannotStart as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        city.stop()
    return 0
