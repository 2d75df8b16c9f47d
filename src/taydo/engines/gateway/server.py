"""The device gateway: how nats-server is configured so that MQTT devices reach the city, and only as they may.

Two accounts. FIELD holds devices and integrators (MQTT). What they publish is mapped to `ingest.>` before anybody can
subscribe to it. CITY holds the processes of the city; what it publishes on `v1//1.>` (in MQTT: `v1.1/…`) is carried into
FIELD, so that subscribers get exactly the created entities. See docs/decisions/device-gateway.md.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import nkeys

STREAM = "$MQTT_msgs"
DURABLE = "ingest"
MAPPED = "ingest.>"
# Beside the 64 KB that are understood, junk of a megabyte must come through, to be kept as what it is.
MAX_PAYLOAD = 4 * 1024 * 1024


@dataclass(frozen=True)
class Keys:
    """Passwords of the city's own connections and the seed that signs what a device may do."""

    city: str
    field: str
    system: str
    seed: str

    @property
    def issuer(self) -> str:
        """The public key that nats-server trusts."""
        return str(nkeys.from_seed(self.seed.encode()).public_key.decode())


def keys(home: Path) -> Keys:
    """The keys of this state folder, made once, readable by the owner only."""
    path = home / "nats" / "keys.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT)).decode()
        city, field, system = (secrets.token_urlsafe(24) for _ in range(3))
        made = Keys(city, field, system, seed)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(made)), encoding="ascii")
        os.link(fresh, path) if not path.exists() else None
        fresh.unlink()
    return Keys(**json.loads(path.read_text("ascii")))


def url(home: Path, account: str, port: int, host: str = "127.0.0.1") -> str:
    """Where to connect. `account`: city (events, live messages), field (what devices sent), system (who listens)."""
    return f"nats://{account}:{quote(getattr(keys(home), account))}@{host}:{port}"


def url_beside(home: Path, account: str, nats_url: str) -> str:
    """The address of another account on the server that `nats_url` names; `NATS_FIELD_URL`, `NATS_SYSTEM_URL` override."""
    given = os.environ.get(f"NATS_{account.upper()}_URL")
    parts = urlsplit(nats_url)
    return given or url(home, account, parts.port or 4222, parts.hostname or "127.0.0.1")


def nats_config(home: Path, port: int, mqtt_port: int, *, host: str = "127.0.0.1", sync_always: bool = False) -> str:
    """The text of nats-server's configuration. `sync_always`: fsync every message (slower; survives loss of power)."""
    key = keys(home)
    sync = "sync_interval: always" if sync_always else ""
    return f"""# Written at each start; changes here are lost.
host: {host}
port: {port}
server_name: taydo
max_payload: {MAX_PAYLOAD}
max_pending: 256MB
write_deadline: "20s"
jetstream {{ store_dir: {json.dumps(str(home / "nats" / "jetstream"))}, max_file_store: 20GB, max_memory_store: 256MB, {sync} }}
mqtt {{ host: {host}, port: {mqtt_port}, max_ack_pending: 1000 }}
accounts {{
  CITY {{
    jetstream: enabled
    users: [ {{ user: city, password: {json.dumps(key.city)} }} ]
    exports: [ {{ stream: "v1//1.>" }} ]
  }}
  FIELD {{
    jetstream: enabled
    users: [ {{ user: field, password: {json.dumps(key.field)} }} ]
    imports: [ {{ stream: {{ account: CITY, subject: "v1//1.>" }} }} ]
    mappings: {{
      "v1//1.*.Observations": "ingest.sta.$1"
      "v1//1.*.CreateObservations": "ingest.array.$1"
      "stations.*.readings": "ingest.station.$1"
    }}
  }}
  SYS {{ users: [ {{ user: system, password: {json.dumps(key.system)} }} ] }}
}}
system_account: SYS
authorization {{
  auth_callout {{ issuer: {key.issuer}, account: FIELD, auth_users: [ city, field, system ] }}
  timeout: 3
}}
"""


def write_config(home: Path, port: int, mqtt_port: int, *, host: str = "127.0.0.1", sync_always: bool = False) -> Path:
    """Writes the configuration under the state folder; start with `nats-server -c <path>`."""
    path = home / "nats" / "nats.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(nats_config(home, port, mqtt_port, host=host, sync_always=sync_always), encoding="utf-8")
    return path
