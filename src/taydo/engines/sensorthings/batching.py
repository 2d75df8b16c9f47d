"""`$batch`: many requests in one, change sets all or nothing."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import connection, transaction

from taydo.engines.sensorthings.answering import Answer, Request, answer, encoded, understood
from taydo.engines.sensorthings.bodies import decode
from taydo.kernel import errors, i18n
from taydo.kernel.errors import Problem
from taydo.kernel.http import as_problem
from taydo.protocols.sensorthings.batch import (
    BatchRequest,
    BatchResponse,
    ChangeSet,
    parse_batch,
    resolve_body,
    resolve_url,
    write_batch,
)  # fmt: skip
from taydo.protocols.sensorthings.jsonbatch import parse_json_batch, write_json_batch

MAX_BODY = 16 * 1024 * 1024


class Refused(Exception):
    """A change set failed; carries the answer of the request that did."""

    def __init__(self, response: BatchResponse) -> None:
        super().__init__(response.status)
        self.response = response


def batch(request: Request) -> Answer:
    """Answers a batch, multipart or JSON. Raises Problem when the batch itself cannot be read."""
    if request.method != "POST":
        raise errors.Problem("method_not_allowed", 405, "$batch chỉ nhận POST.", "$batch takes POST only.")
    if len(request.body) > MAX_BODY:
        raise errors.too_large(
            "too_large", f"Nội dung quá {MAX_BODY} byte.", f"The body is longer than {MAX_BODY} bytes."
        )
    plain = request.content_type.startswith("application/json")
    with understood():
        parts = parse_json_batch(request.body) if plain else parse_batch(request.body, request.content_type)
    made: dict[str, tuple[str, Any]] = {}
    found: list[BatchResponse | list[BatchResponse]] = []
    for part in parts:
        found.append(_change_set(request, part, made) if isinstance(part, ChangeSet) else _one(request, part, made))
    if plain:
        return Answer(200, write_json_batch(found))
    body, kind = write_batch(found)
    return Answer(200, body, content_type=kind)


def _change_set(
    request: Request, changes: ChangeSet, made: dict[str, tuple[str, Any]]
) -> list[BatchResponse] | BatchResponse:
    """All requests of a change set in one transaction; when one fails, its answer stands for the set."""
    known = dict(made)
    try:
        with transaction.atomic():
            found = []
            for one in changes.requests:
                response = _one(request, one, known)
                if response.status >= 400:
                    raise Refused(response)
                found.append(response)
    except Refused as refused:
        return refused.response
    made.update(known)
    return found


def _one(request: Request, one: BatchRequest, made: dict[str, tuple[str, Any]]) -> BatchResponse:
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            found = answer(_inner(request, one, made))
    except Exception as error:
        return _failed(one, as_problem(error))
    if found.key is not None and one.id:
        link = found.headers["Location"]
        made[one.id] = (link.removeprefix(request.root + "/"), found.key)
    headers = dict(found.headers)
    if found.body:
        headers["Content-Type"] = found.content_type
    return BatchResponse(one.id, found.status, headers, found.body)


def _inner(request: Request, one: BatchRequest, made: dict[str, tuple[str, Any]]) -> Request:
    """A request of the batch as one of its own: references resolved, the address cut to what stands below the root."""
    with understood():
        url = resolve_url(one.url, {name: path for name, (path, _) in made.items()})
    parts = urlsplit(url)
    path = parts.path
    base = urlsplit(request.root).path
    path = path[len(base) :] if path.startswith(base + "/") else path
    body = one.body
    if body and b'"$' in body:
        body = encoded(resolve_body(decode(body), {name: key for name, (_, key) in made.items()}))
    return replace(
        request, method=one.method, path=unquote(path).strip("/"), query=parts.query, body=body,
        content_type=one.headers.get("content-type", ""),
    )  # fmt: skip


def _failed(one: BatchRequest, problem: Problem) -> BatchResponse:
    body = json.dumps(problem.as_dict(i18n.language()), ensure_ascii=False, default=str).encode()
    return BatchResponse(one.id, problem.status, {"Content-Type": "application/problem+json"}, body)
