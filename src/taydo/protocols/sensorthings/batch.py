"""OData ``$batch`` as multipart/mixed: change sets and ``$id`` references (18-088, 10.5; OData 4.0, 11.7)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from .errors import StaError

MAX_REQUESTS = 1_000
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S.*?)(?: HTTP/\d(?:\.\d)?)?")
_REFERENCE = re.compile(r"\$([A-Za-z0-9_.\-]+)(?=[/?]|$)")


@dataclass(frozen=True)
class BatchRequest:
    """One request inside a batch; header names in lower case; ``url`` as written."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class ChangeSet:
    """Requests that happen all or not at all."""

    requests: tuple[BatchRequest, ...]


@dataclass(frozen=True)
class BatchResponse:
    """One answer inside a batch."""

    id: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def boundary_of(content_type: str) -> str:
    """The boundary parameter of a multipart content type. Raises StaError."""
    message = Message()
    message["content-type"] = content_type
    found = message.get_param("boundary")
    if message.get_content_maintype() != "multipart" or not isinstance(found, str) or not 1 <= len(found) <= 200:
        raise StaError("Cần multipart/mixed có boundary", "Expected multipart/mixed with a boundary")
    return found


def parse_batch(body: bytes, content_type: str) -> list[BatchRequest | ChangeSet]:
    """The requests of a multipart batch in order. Raises StaError, naming the part (counted from 1)."""
    found: list[BatchRequest | ChangeSet] = []
    total = 0
    for number, (headers, payload) in enumerate(_parts(body, boundary_of(content_type)), 1):
        if headers.get("content-type", "").lower().startswith("multipart/"):
            inner = tuple(
                _request(h, p, f"{number}.{i}")
                for i, (h, p) in enumerate(_parts(payload, boundary_of(headers["content-type"])), 1)
            )
            if any(one.method == "GET" for one in inner):
                raise StaError(
                    f"Phần {number}: tập thay đổi không chứa GET", f"Part {number}: a change set cannot hold GET"
                )
            found.append(ChangeSet(inner))
            total += len(inner)
        else:
            found.append(_request(headers, payload, str(number)))
            total += 1
        if total > MAX_REQUESTS:
            raise StaError(
                f"Quá {MAX_REQUESTS} yêu cầu trong một lô", f"More than {MAX_REQUESTS} requests in one batch"
            )
    if not total:
        raise StaError("Lô không có yêu cầu nào", "The batch holds no requests")
    return found


def _parts(body: bytes, boundary: str) -> list[tuple[dict[str, str], bytes]]:
    """(headers, payload) of every part; lenient about bare line feeds, as many clients write them."""
    mark = re.escape(boundary.encode("utf-8"))
    pieces = re.split(rb"(?:^|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|$)", body)
    if len(pieces) < 3:
        raise StaError("Không thấy phần nào trong lô", "The batch has no parts")
    found = []
    for text, closing in zip(pieces[2::2], pieces[1::2], strict=False):
        if closing:
            break
        found.append(_head(re.sub(rb"^\r?\n", b"", text, count=1)))
    return found


def _head(text: bytes) -> tuple[dict[str, str], bytes]:
    """Splits header lines from what follows the first empty line."""
    match = re.search(rb"(?:^|\r?\n)\r?\n", text)
    head, rest = (text[: match.start()], text[match.end() :]) if match else (text, b"")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, colon, content = line.partition(":")
        if colon:
            headers[name.strip().lower()] = content.strip()
    return headers, rest


def _request(headers: dict[str, str], payload: bytes, number: str) -> BatchRequest:
    if not headers.get("content-type", "").lower().startswith("application/http"):
        raise StaError(f"Phần {number}: cần Content-Type application/http", f"Part {number}: expected application/http")
    line, _, rest = payload.lstrip(b"\r\n").partition(b"\n")
    match = _REQUEST_LINE.fullmatch(line.decode("utf-8", "replace").strip())
    if match is None or match.group(1) not in METHODS:
        raise StaError(f"Phần {number}: dòng yêu cầu sai", f"Part {number}: bad request line")
    inner, body = _head(rest)
    return BatchRequest(
        headers.get("content-id", inner.get("content-id", "")),
        match.group(1),
        match.group(2),
        inner,
        body.strip(b"\r\n"),
    )


def write_batch(responses: Sequence[BatchResponse | Sequence[BatchResponse]], boundary: str = "") -> tuple[bytes, str]:
    """(body, content type) of the answers; those of a change set are nested in a part of their own."""
    boundary = boundary or f"batch_{secrets.token_hex(12)}"
    out = bytearray()
    for one in responses:
        out += f"--{boundary}\r\n".encode()
        if isinstance(one, BatchResponse):
            out += _written(one)
        else:
            inner, kind = write_batch(one, f"changeset_{secrets.token_hex(12)}")
            out += f"Content-Type: {kind}\r\n\r\n".encode() + inner
        out += b"\r\n"
    out += f"--{boundary}--\r\n".encode()
    return bytes(out), f"multipart/mixed; boundary={boundary}"


def _written(one: BatchResponse) -> bytes:
    lines = [
        "Content-Type: application/http",
        *([f"Content-ID: {one.id}"] if one.id else []),
        "",
        f"HTTP/1.1 {one.status} {_REASONS.get(one.status, 'Status')}",
        *(f"{name}: {content}" for name, content in one.headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8") + one.body


_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    424: "Failed Dependency",
    500: "Internal Server Error",
    501: "Not Implemented",
}


def resolve_url(url: str, created: Mapping[str, str]) -> str:
    """``$1/Datastreams`` with ``{"1": "Things(5)"}`` → ``Things(5)/Datastreams``. Raises StaError if unknown."""
    match = _REFERENCE.match(url.lstrip("/"))
    if match is None:
        return url
    if match.group(1) not in created:
        raise StaError(f"Không có yêu cầu ${match.group(1)} trước đó", f"There is no earlier request ${match.group(1)}")
    return created[match.group(1)] + url.lstrip("/")[match.end() :]


def resolve_body(body: Any, created: Mapping[str, Any]) -> Any:
    """The same JSON with every ``{"@iot.id": "$1"}`` replaced by the identifier that request 1 created."""
    if isinstance(body, dict):
        return {
            key: created.get(value[1:], value)
            if key == "@iot.id" and isinstance(value, str) and value.startswith("$")
            else resolve_body(value, created)
            for key, value in body.items()
        }
    if isinstance(body, list):
        return [resolve_body(one, created) for one in body]
    return body
