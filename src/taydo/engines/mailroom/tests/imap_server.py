"""A real IMAP server (Dovecot) as a private child of a test: its own ports, its own mailbox, gone afterwards."""

from __future__ import annotations

import datetime as dt
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imap_tools import BaseMailBox, MailBoxUnencrypted

USER, PASSWORD = "1022@cantho.example", "mailbox-password"
PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = yes
ssl_cert = <{home}/server.crt
ssl_key = <{home}/server.key
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = user={user} password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
"""


@dataclass
class Server:
    """A running server and how to reach it."""

    home: Path
    port: int
    tls_port: int

    @property
    def environment(self) -> dict[str, str]:
        """What the mailroom needs to know to fetch here, over TLS."""
        return {
            "TAYDO_IMAP_HOST": "localhost", "TAYDO_IMAP_PORT": str(self.tls_port), "TAYDO_IMAP_USER": USER,
            "TAYDO_IMAP_PASSWORD": PASSWORD, "TAYDO_IMAP_CA": str(self.home / "server.crt"),
        }  # fmt: skip

    def opened(self, folder: str = "INBOX") -> BaseMailBox:
        """The mailbox as a mail program sees it."""
        return MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD, folder)

    def deliver(self, *letters: bytes) -> None:
        """Put letters into the inbox, unseen."""
        with self.opened() as mailbox:
            for letter in letters:
                mailbox.append(letter.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "INBOX")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certificate(home: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
    )  # fmt: skip
    (home / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (home / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _users() -> dict[str, object]:
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return {
            "login": "dovenull",
            "internal": "dovecot",
            "group": "dovecot",
            "uid": nobody.pw_uid,
            "gid": nobody.pw_gid,
        }
    me, mine = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    return {"login": me, "internal": me, "group": mine, "uid": os.getuid(), "gid": os.getgid()}


@contextmanager
def imap_server() -> Iterator[Server]:
    """Run the server; the test is skipped, saying so, where Dovecot is not installed."""
    if not Path(PROGRAM).exists():
        pytest.skip("dovecot-imapd is not installed (tools/install.sh test)")
    home = Path(tempfile.mkdtemp(prefix="taydo-imap-", dir="/tmp"))
    home.chmod(0o755)
    server = Server(home, _free_port(), _free_port())
    users = _users()
    (home / "mail").mkdir()
    shutil.chown(home / "mail", int(str(users["uid"])), int(str(users["gid"])))
    _certificate(home)
    (home / "dovecot.conf").write_text(
        SETTINGS.format(home=home, port=server.port, tls_port=server.tls_port, user=USER, password=PASSWORD, **users)
    )
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(home / "dovecot.conf")], start_new_session=True)
    try:
        _wait(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
        if process.poll() is not None:
            break
    log = server.home / "log"
    raise RuntimeError(f"dovecot does not start: {log.read_text()[-2000:] if log.exists() else ''}")
