"""``$batch`` as JSON (OData JSON 4.01, 19): ``{"requests": […]}`` → ``{"responses": […]}``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from .batch import MAX_REQUESTS, METHODS, BatchRequest, BatchResponse, ChangeSet
from .errors import StaError


class _One(msgspec.Struct):
    method: str
    url: str
    id: str | int = ""
    headers: dict[str, Any] = msgspec.field(default_factory=dict)
    body: msgspec.Raw = msgspec.Raw(b"")
    atomicityGroup: str = ""


class _Document(msgspec.Struct):
    requests: list[_One]


def parse_json_batch(body: bytes) -> list[BatchRequest | ChangeSet]:
    """The requests of a JSON batch in order; neighbours with the same atomicityGroup become one change set."""
    try:
        document = msgspec.json.decode(body, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StaError(f"Lô JSON sai: {error}", f"Bad JSON batch: {error}") from None
    if len(document.requests) > MAX_REQUESTS:
        raise StaError(f"Quá {MAX_REQUESTS} yêu cầu trong một lô", f"More than {MAX_REQUESTS} requests in one batch")
    found: list[BatchRequest | ChangeSet] = []
    group = ""
    for number, one in enumerate(document.requests, 1):
        request = _request(one, number)
        if one.atomicityGroup and one.atomicityGroup == group:
            last = found[-1]
            assert isinstance(last, ChangeSet)
            found[-1] = ChangeSet((*last.requests, request))
        else:
            found.append(ChangeSet((request,)) if one.atomicityGroup else request)
        group = one.atomicityGroup
        if group and request.method == "GET":
            raise StaError(
                f"Yêu cầu {number}: nhóm thay đổi không chứa GET", f"Request {number}: a group cannot hold GET"
            )
    return found


def _request(one: _One, number: int) -> BatchRequest:
    method = one.method.upper()
    if method not in METHODS:
        raise StaError(
            f"Yêu cầu {number}: phương thức {method[:20]!r} không dùng được",
            f"Request {number}: method {method[:20]!r} is not supported",
        )
    headers = {name.lower(): str(content) for name, content in one.headers.items()}
    body = bytes(one.body)
    return BatchRequest(str(one.id or number), method, one.url, headers, b"" if body == b"null" else body)


def write_json_batch(responses: Sequence[BatchResponse | Sequence[BatchResponse]]) -> bytes:
    """The JSON document of the answers, those of change sets in line."""
    flat: list[BatchResponse] = []
    for one in responses:
        flat.extend([one] if isinstance(one, BatchResponse) else one)
    return msgspec.json.encode({"responses": [_response(one) for one in flat]})


def _response(one: BatchResponse) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.id, "status": one.status}
    if one.headers:
        found["headers"] = dict(one.headers)
    location = {name.lower(): content for name, content in one.headers.items()}.get("location")
    if location:
        found["location"] = location
    if one.body:
        found["body"] = msgspec.Raw(one.body) if one.body[:1] in b"{[" else one.body.decode("utf-8", "replace")
    return found
