"""Malware scanning by ClamAV's daemon (`TAYDO_CLAMD`: a socket's path or host:port). Without one, files are honestly `unscanned`."""

from __future__ import annotations

import os
import socket
import struct

from taydo.kernel.errors import Problem

CLEAN, INFECTED, UNSCANNED = "clean", "infected", "unscanned"
_PIECE = 1 << 16
_SECONDS = 20


def configured() -> bool:
    """Whether the city runs a scanner."""
    return bool(os.environ.get("TAYDO_CLAMD"))


def scan(data: bytes) -> str:
    """`clean`, `infected`, or `unscanned` when no scanner is configured; 503 when one is and does not answer (fails closed)."""
    if not configured():
        return UNSCANNED
    try:
        with _connect(os.environ["TAYDO_CLAMD"]) as link:
            link.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                link.sendall(struct.pack(">I", len(piece)) + piece)
            link.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and (more := link.recv(4096)):
                answer += more
    except OSError as error:
        raise _silent() from error
    if answer.endswith(b" OK\0"):
        return CLEAN
    if b" FOUND" in answer:
        return INFECTED
    raise _silent()


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(_SECONDS)
        link.connect(address)
        return link
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _silent() -> Problem:
    return Problem(
        "scanner_silent",
        503,
        "Máy quét mã độc không trả lời nên chưa nhận tệp; hãy thử lại sau.",
        "The malware scanner does not answer, so no file is taken; try again later.",
    )
