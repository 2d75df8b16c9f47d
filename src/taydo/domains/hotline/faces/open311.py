"""The Open311 face: `/open311/discovery`, `/open311/v2/…` (GeoReport v2), in JSON and XML, by suffix or by `Accept`.

One jurisdiction is served, so `jurisdiction_id` may be sent and changes nothing, as the standard allows.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path
from django.utils.http import http_date

from taydo.domains.directory import public as directory
from taydo.kernel import clock, credentials, http
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import Problem
from taydo.kernel.i18n import t
from taydo.protocols.open311 import discovery as discovering
from taydo.protocols.open311 import questions, submissions
from taydo.protocols.open311.documents import MEDIA_TYPES, Format, definition, write
from taydo.protocols.open311.refusals import Fault, Refusal, bad, missing

from .. import actions, queries
from ..queries import open311

ROOT = "open311/v2"
STATUSES = {401: 403, 403: 403, 404: 404, 405: 405, 413: 413, 429: 429}
View = Callable[..., HttpResponse]
Pairs = list[tuple[str, str]]


def face(view: View) -> View:
    """A view whose last argument may end in .json or .xml; whatever goes wrong leaves as the standard's `errors`."""

    @functools.wraps(view)
    def answer(request: HttpRequest, suffix: str = "", name: str = "") -> HttpResponse:
        rest, form = _form(request, name + suffix)
        try:
            return view(request, form, *([rest] if name else []))
        except Refusal as refusal:
            return _written(form, "errors", refusal.document(), refusal.status)
        except Exception as error:
            return _refused(form, http.as_problem(error))

    return answer


def _form(request: HttpRequest, name: str) -> tuple[str, Format]:
    for form in ("json", "xml"):
        if name.endswith(f".{form}"):
            return name.removesuffix(f".{form}"), form  # type: ignore[return-value]
    return name, "json" if "json" in request.headers.get("Accept", "") else "xml"


def _refused(form: Format, problem: Problem) -> HttpResponse:
    told = problem.fields if problem.code == "report_incomplete" else {}
    faults = [Fault(f"{name}: {text}") for name, text in told.items()] or [Fault(t(problem.vi, problem.en))]
    status = problem.status if problem.status >= 500 else STATUSES.get(problem.status, 400)
    answer = _written(form, "errors", Refusal(status, faults).document(), status)
    if "retry_after" in problem.fields:
        answer["Retry-After"] = str(problem.fields["retry_after"])
    return answer


def _written(form: Format, root: str, document: Any, status: int = 200) -> HttpResponse:
    answer = HttpResponse(write(root, document, form), content_type=MEDIA_TYPES[form], status=status)
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Vary"] = "Accept, Accept-Language, Cookie"
    return answer


def _kept(request: HttpRequest, form: Format, root: str, document: Any, seconds: int) -> HttpResponse:
    """An answer that a client may keep for a while and then ask for again by its tag."""
    answer = _written(form, root, document)
    tag = f'W/"{hashlib.blake2b(answer.content, digest_size=12).hexdigest()}"'
    if tag in request.headers.get("If-None-Match", ""):
        answer = HttpResponseNotModified()
    answer["ETag"] = tag
    answer["Cache-Control"] = f"public, max-age={seconds}"
    return answer


def _only(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise Problem(
            "method_not_allowed",
            405,
            "Địa chỉ này không nhận yêu cầu như vậy.",
            "This address does not take this method.",
        )


@face
def discovery(request: HttpRequest, form: Format) -> HttpResponse:
    """Which endpoints there are, in which formats, and whom to ask for a key."""
    _only(request, "GET", "HEAD")
    root, phone = settings.TAYDO_URL.rstrip("/"), queries.desk().phone
    changed = open311.changed_at().astimezone(clock.LOCAL).strftime("%Y-%m-%d %H:%M")
    endpoint = discovering.Endpoint(f"{root}/{ROOT}", changed, "test" if settings.TAYDO_DEMO else "production")
    contact = t(f"Tổng đài {phone}, {root}/hotline", f"Hotline {phone}, {root}/hotline")
    keys = t(
        f"Không cần khoá để gửi; khoá cho hệ thống tích hợp do thành phố cấp: gọi {phone}.",
        f"No key is needed to send; the city gives keys to integrated systems: call {phone}.",
    ) if queries.desk().open311_strangers else t(f"Khoá do thành phố cấp: gọi {phone}.", f"The city gives keys: call {phone}.")  # fmt: skip
    return _kept(request, form, "discovery", discovering.document(changed, contact, keys, [endpoint]), 300)


@face
def services(request: HttpRequest, form: Format) -> HttpResponse:
    """What may be reported."""
    _only(request, "GET", "HEAD")
    return _kept(request, form, "services", [one.document() for one, _ in open311.services()], 300)


@face
def service(request: HttpRequest, form: Format, code: str) -> HttpResponse:
    """What is asked about one service besides the standard's fields."""
    _only(request, "GET", "HEAD")
    one, category = _service(code)
    return _kept(request, form, "service_definition", definition(one.code, open311.attributes(category)), 300)


def _service(code: str) -> tuple[Any, dict[str, Any]]:
    found = open311.service(code)
    if found is None:
        raise missing(t(f"Không có service_code {code}.", f"service_code {code} was not found."))
    return found


@face
def requests(request: HttpRequest, form: Format) -> HttpResponse:
    """Public requests page by page, or (POST) a new one."""
    _only(request, "GET", "HEAD", "POST")
    if request.method == "POST":
        return _send(request, form)
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    question = questions.read(pairs, clock.now())
    found, changed, following = open311.page(question, _media())
    answer = _kept(request, form, "service_requests", _named(found), 30)
    if changed:
        answer["Last-Modified"] = http_date(changed.timestamp())
    if links := _links(request, pairs, question, following):
        answer["Link"] = links
        answer["Access-Control-Expose-Headers"] = "Link"
    return answer


def _media() -> str:
    return settings.TAYDO_URL.rstrip("/") + "/report/{code}/photos/{photo}"


def _named(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {code: directory.name(code) for code in {one["agency_responsible"] for one in found}}
    for one in found:
        one["agency_responsible"] = names[one["agency_responsible"]]
    return found


def _links(request: HttpRequest, pairs: Pairs, question: questions.Question, following: Any) -> str:
    """RFC 8288: the first page and the next one, by the place where this one ended: nothing is skipped when reports come in."""
    kept = [(name, value) for name, value in pairs if name not in ("page", "before", "lang")]
    here = settings.TAYDO_URL.rstrip("/") + request.path
    parts = {"first": kept} if question.before or question.page > 1 else {}
    if following and question.ids:
        parts["next"] = [*kept, ("page", str(question.page + 1))]
    elif following:
        parts["next"] = [*kept, ("before", questions.mark(*following))]
    return ", ".join(f'<{here}?{urlencode(query)}>; rel="{name}"' for name, query in parts.items())


@face
def one_request(request: HttpRequest, form: Format, code: str) -> HttpResponse:
    """One public request."""
    _only(request, "GET", "HEAD")
    found, _, _ = open311.page(questions.Question(ids=(code.replace("\0", ""),)), _media())
    if not found:
        raise missing(t(f"Không có service_request_id {code}.", f"service_request_id {code} was not found."))
    return _kept(request, form, "service_requests", _named(found), 30)


@face
def token(request: HttpRequest, form: Format, token: str) -> HttpResponse:
    """The number of a request that waited for a person when it was sent; empty while it waits."""
    _only(request, "GET", "HEAD")
    found = open311.number_of_token(token.replace("\0", ""))
    if found is None:
        raise missing(t("Không có token này.", "The token was not found."))
    code, listed = found
    answer = _written(form, "service_requests", [{"service_request_id": code if listed else None, "token": token}])
    answer["Cache-Control"] = "private, no-store"
    return answer


def _send(request: HttpRequest, form: Format) -> HttpResponse:
    sent = submissions.read(_body(request))
    who = _sender(request, sent.api_key)
    found, category = _service(sent.service_code)
    submissions.check_attributes(open311.attributes(category), sent.attributes)
    photos = [(file, file.name or "photo.jpg") for files in request.FILES.lists() for file in files[1]]
    integrator = who.kind == "system"
    senders = [("device", sent.device_id[:100])] + (
        [] if integrator else [("address", request.META.get("REMOTE_ADDR", ""))]
    )
    extra = {
        "media_url": sent.media_url[:500],
        "account_id": sent.account_id[:100],
        "address_id": sent.address_id[:100],
    }
    made = actions.report(
        who, sent.description or found.name, category=category["id"], lon=sent.long, lat=sent.lat, address=sent.address_string or sent.address_id,
        channel="open311", public=sent.attributes.get(open311.PRIVATE) != (open311.YES,), name=f"{sent.last_name} {sent.first_name}".strip(),
        phone=sent.phone, email=sent.email, photos=photos, key=request.headers.get("Idempotency-Key", ""), senders=senders,
        extra={"open311": {name: value for name, value in extra.items() if value}},
    )  # fmt: skip
    known = {"token": f"{made['code']}-{made['token']}"} if made["held"] else {"service_request_id": made["code"]}
    follow = settings.TAYDO_URL.rstrip("/") + made["href"]
    waits = (
        t("Phản ánh được người xem trước khi chuyển.", "A person looks at the report first.") + " "
        if made["held"]
        else ""
    )
    notice = waits + t(
        f"Theo dõi, bổ sung, chấm điểm tại {follow}", f"Follow it, add to it and rate the answer at {follow}"
    )
    answer = _written(form, "service_requests", [known | {"service_notice": notice, "account_id": None}])
    answer["Cache-Control"] = "private, no-store"
    return answer


def _body(request: HttpRequest) -> Pairs:
    """The fields of the query and of the body, whichever of the three kinds it is."""
    asked = [(name, value) for name, values in request.GET.lists() for value in values]
    if (request.content_type or "") in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return asked + [(name, value) for name, values in request.POST.lists() for value in values]
    if not request.body:
        return asked
    if request.content_type != "application/json":
        raise bad(t("Hãy gửi dạng application/x-www-form-urlencoded.", "Send application/x-www-form-urlencoded."))
    return asked + submissions.pairs_of("application/json", request.body)


def _sender(request: HttpRequest, api_key: str) -> Viewer:
    """Who sends: the account of the key (`name:password`, or a bearer token), else of the request itself; strangers where allowed."""
    if api_key:
        known = _account(api_key, request.META.get("REMOTE_ADDR", ""))
        if known is None:
            raise Refusal(403, [Fault(t("api_key không đúng.", "Invalid api_key."))])
        return dataclasses.replace(known, kind="system")  # it speaks for others: none of these reports is its own
    who = http.viewer(request)
    if not who.signed_in and not queries.desk().open311_strangers:
        raise Refusal(403, [Fault(t("Cần api_key để gửi phản ánh.", "An api_key is needed to send requests."))])
    return who


def _account(api_key: str, address: str) -> Viewer | None:
    actor = credentials.bearer(api_key)
    by_password = actor is None and ":" in api_key
    if by_password:
        name, _, password = api_key.partition(":")
        actor = credentials.check(name, password, address)
    known = viewer_of(actor) if actor is not None else None
    return None if known is None or (by_password and credentials.more_than_password(known)) else known


def _addresses() -> list[Any]:
    made: list[Any] = []
    for place in ("open311", ROOT):
        made += [path(f"{place}/discovery{suffix}", discovery, {"suffix": suffix}) for suffix in ("", ".json", ".xml")]
    for name, every, single in (
        ("services", services, service),
        ("requests", requests, one_request),
        ("tokens", None, token),
    ):
        if every:
            made += [path(f"{ROOT}/{name}{suffix}", every, {"suffix": suffix}) for suffix in ("", ".json", ".xml")]
        made.append(path(f"{ROOT}/{name}/<str:name>", single))
    return made


urls = _addresses()
