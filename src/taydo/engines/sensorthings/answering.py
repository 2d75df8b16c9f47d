"""One request in, one answer out: the same for a request of its own and for one inside a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec
from django.db import (
    DataError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from taydo.engines.sensorthings import actions, observing
from taydo.engines.sensorthings.bodies import checked, decode, wrong
from taydo.engines.sensorthings.reading import collection, finished_page, nothing_at, parent_key, single
from taydo.engines.sensorthings.rendering import finished
from taydo.kernel import errors
from taydo.kernel.actors import Viewer
from taydo.protocols.sensorthings.dataarray import write_blocks
from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.jsonpatch import apply_patch, merge_patch
from taydo.protocols.sensorthings.options import parse_query
from taydo.protocols.sensorthings.paths import address, parse_path
from taydo.protocols.sensorthings.picking import reached
from taydo.protocols.sensorthings.tree import Query, Resource
from taydo.protocols.sensorthings.vocabulary import TYPES

JSON = "application/json; charset=utf-8"
SECONDS = 20
MAX_BULK = 32 * 1024 * 1024
_COMPONENTS = ["id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters"]


@dataclass(frozen=True)
class Request:
    """What is asked: `path` below the root and `query` as they stand in the address, `root` the address of the root."""

    viewer: Viewer
    method: str
    path: str
    query: str
    root: str
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What is answered; `key` is the identifier of an entity that was made."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    key: int | str | None = None


def answer(request: Request) -> Answer:
    """Answers any request below the root. Raises Problem."""
    with understood():
        if request.path.strip("/") == "CreateObservations":
            return _create_observations(request)
        resource = parse_path(request.path)
        act = _METHODS.get(request.method)
        if act is None:
            raise not_allowed()
        return act(request, resource)


@contextmanager
def understood() -> Iterator[None]:
    """Says in a problem what the parser, or the database about a value of the query, complains of."""
    try:
        yield
    except StaError as error:
        raise errors.bad("bad_query", f"{error.vi}.", f"{error.en}.", **error.fields) from None
    except (DataError, InternalError, ProgrammingError, NotSupportedError) as error:
        if not _by_value(error):
            raise
        raise errors.bad("bad_value", "Không tính được biểu thức với giá trị này.",
                         "The expression cannot be evaluated with this value.") from None  # fmt: skip
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in ("57014", "54001", "53200"):
            raise
        raise errors.Problem(
            "too_slow", 503, "Truy vấn quá nặng; hãy thu hẹp lại.", "The query is too heavy; narrow it."
        ) from None


def _by_value(error: Exception) -> bool:
    """Whether the database refused a value or the type of an expression, not our SQL: class 22, XX (PostGIS), 42 operators."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state[:2] in ("22", "XX") or state in ("42883", "42804", "42846", "54000")


def not_allowed() -> errors.Problem:
    """405."""
    return errors.Problem(
        "method_not_allowed", 405, "Địa chỉ này không nhận phương thức đó.", "This address does not take that method."
    )


def encoded(value: Any) -> bytes:
    """JSON."""
    return msgspec.json.encode(value)


def _get(request: Request, resource: Resource) -> Answer:
    if resource.inside:
        return _inside(request, resource)
    query = parse_query(resource.entity, request.query)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [str(SECONDS * 1000)])
        if not resource.collection:
            found = finished(single(request.viewer, resource, query, request.root))
            return Answer(body=encoded({"@iot.selfLink": found["@iot.selfLink"]} if resource.ref else found))
        return _collection(request, resource, query)


def _collection(request: Request, resource: Resource, query: Query) -> Answer:
    if resource.ref:
        query = Query(filter=query.filter, orderby=query.orderby, top=query.top, skip=query.skip, count=query.count,
                      skiptoken=query.skiptoken, select=("@iot.selfLink",))  # fmt: skip
    url = f"{request.root}/" + quote(request.path.strip("/"), safe="/()'$,%")
    if query.result_format != "dataArray":
        return Answer(body=encoded(finished_page(collection(request.viewer, resource, query, request.root, url))))
    page = collection(request.viewer, resource, query, request.root, url)
    names = (
        _COMPONENTS
        if query.select is None
        else [{"@iot.id": "id"}.get(one, one) for one in query.select if "/" not in one]
    )
    names = [name for name in names if name in _COMPONENTS]
    rows = [(f"{request.root}/{address('Datastream', one['#stream'])}", one) for one in page.entities]
    document = finished_page(page)
    document["value"] = write_blocks(rows, names)
    return Answer(body=encoded(document))


def _inside(request: Request, resource: Resource) -> Answer:
    """A property, something inside it, or its bare value."""
    name = resource.inside[0]
    query = Query(select=(name,))
    found = single(request.viewer, Resource(resource.steps), query, request.root)
    try:
        value = reached(msgspec.json.decode(encoded(found.get(name))), resource.inside[1:])
    except KeyError:
        raise nothing_at(resource) from None
    if not resource.raw:
        return Answer(body=encoded({resource.inside[-1]: value})) if value is not None else Answer(status=204)
    if value is None:
        return Answer(status=204)
    text = value.encode() if isinstance(value, str) else encoded(value)
    return Answer(body=text, content_type="text/plain; charset=utf-8")


def _post(request: Request, resource: Resource) -> Answer:
    if not resource.collection or resource.inside or resource.ref:
        raise not_allowed()
    _no_anonymous(request.viewer)
    body = decode(request.body)
    under = _under(request.viewer, resource)
    if resource.entity == "Observation":
        return _observe(request, body, under)
    key = actions.create(request.viewer, resource.entity, body, under)
    return _made(request, resource.entity, key)


def _no_anonymous(viewer: Viewer) -> None:
    """Nobody in particular is asked to sign in before anything of theirs is read."""
    if not viewer.signed_in:
        raise errors.unknown_viewer()


def _under(viewer: Viewer, resource: Resource) -> tuple[str, str, int] | None:
    """(parent type, relation, parent id) of an address such as `Things(1)/Datastreams`. Raises 404."""
    if len(resource.steps) < 2:
        return None
    parent = resource.steps[-2]
    if parent.entity == "Observation":
        raise not_allowed()
    found = parent_key(viewer, resource.steps[:-1], "{a}.id")
    if found is None:
        raise nothing_at(Resource(resource.steps[:-1]))
    return parent.entity, resource.steps[-1].name, found[0]


def _observe(request: Request, body: Any, under: tuple[str, str, int] | None) -> Answer:
    stream = None
    if under is not None:
        if under[0] != "Datastream":
            raise not_allowed()
        stream = under[2]
    elif isinstance(body, dict) and isinstance(body.get("Datastream"), dict) and "@iot.id" not in body["Datastream"]:
        raise wrong("Datastream", 'cần {"@iot.id": …}.', 'needs {"@iot.id": …}.')
    with transaction.atomic():
        ((key, reason),) = observing.observe(request.viewer, [(stream, body)])
    if reason:
        raise observing.refused(reason)
    return _made(request, "Observation", key)


def _made(request: Request, entity: str, key: int | str) -> Answer:
    link = f"{request.root}/{address(entity, key)}"
    return Answer(201, encoded({"@iot.id": key, "@iot.selfLink": link}), {"Location": link}, key=key)


def _create_observations(request: Request) -> Answer:
    if request.method != "POST":
        raise not_allowed()
    _no_anonymous(request.viewer)
    if len(request.body) > MAX_BULK:
        raise errors.too_large(
            "too_large", f"Nội dung quá {MAX_BULK} byte.", f"The body is longer than {MAX_BULK} bytes."
        )
    if b"\\u0000" in request.body:
        raise errors.bad("null_character", "Nội dung có ký tự rỗng.", "The body holds a null character.")
    with transaction.atomic():
        found = observing.create_observations(request.viewer, request.body)
    stem = f"{request.root}/Observations('"
    return Answer(201, encoded(["error" if reason else f"{stem}{key}')" for key, reason in found]))


def _patch(request: Request, resource: Resource) -> Answer:
    return _change(request, resource, whole=False)


def _put(request: Request, resource: Resource) -> Answer:
    return _change(request, resource, whole=True)


def _change(request: Request, resource: Resource, *, whole: bool) -> Answer:
    key, body = _target(request, resource), decode(request.body)
    patch = request.content_type.startswith("application/json-patch+json")
    now = None
    if patch or resource.entity == "Observation":
        chosen = Query(select=("@iot.id", *TYPES[resource.entity].properties))
        now = msgspec.json.decode(
            encoded(finished(single(request.viewer, Resource(resource.steps), chosen, request.root)))
        )
        now.pop("@iot.id", None)
    if patch:
        after = apply_patch(now or {}, body)
        body = {name: after.get(name) for name in {**(now or {}), **after} if (now or {}).get(name) != after.get(name)}
    elif (
        not whole
        and isinstance(body, dict)
        and isinstance(body.get("properties"), dict)
        and resource.entity != "Observation"
    ):
        body = {**body, "properties": _merged(request, resource, body["properties"])}
    if resource.entity == "Observation":
        _annotate(request.viewer, str(key), now or {}, body)
    else:
        actions.update(request.viewer, resource.entity, int(key), body, whole and not patch)
    return Answer(200, b"")


def _merged(request: Request, resource: Resource, properties: dict[str, Any]) -> Any:
    """JSON merge patch of the properties: what is not named stays, null takes away (RFC 7396)."""
    found = single(request.viewer, Resource(resource.steps), Query(select=("properties",)), request.root)
    return merge_patch(msgspec.json.decode(encoded(found.get("properties"))), properties)


def _annotate(viewer: Viewer, key: str, now: dict[str, Any], body: Any) -> None:
    """A reading takes quality and parameters; anything else in the body must be what it is already."""
    properties, _ = checked("Observation", body, partial=True)
    changes = {name: value for name, value in properties.items() if now.get(name) != value}
    raw = sorted(set(changes) - {"resultQuality", "parameters"})
    if raw:
        raise errors.conflict(
            "readings_never_change", f"Số liệu gốc không sửa được ({', '.join(raw)}); chỉ sửa resultQuality, parameters.",
            f"A reading never changes ({', '.join(raw)}); only resultQuality and parameters do.", names=raw,
        )  # fmt: skip
    if changes:
        actions.annotate(viewer, key, changes)


def _delete(request: Request, resource: Resource) -> Answer:
    key = _target(request, resource)
    if resource.entity == "Observation":
        actions.withdraw(request.viewer, str(key))
    else:
        actions.remove(request.viewer, resource.entity, int(key))
    return Answer(200, b"")


def _target(request: Request, resource: Resource) -> int | str:
    """The identifier of the one entity that is to change. Raises 404, 405."""
    if resource.collection or resource.inside or resource.ref:
        raise not_allowed()
    _no_anonymous(request.viewer)
    found = single(request.viewer, resource, Query(select=("@iot.id",)), request.root)
    key: int | str = found["@iot.id"]
    return key


_METHODS: dict[str, Callable[[Request, Resource], Answer]] = {
    "GET": _get, "HEAD": _get, "POST": _post, "PATCH": _patch, "PUT": _put, "DELETE": _delete,
}  # fmt: skip
