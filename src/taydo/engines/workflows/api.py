"""Workflows over HTTP: what is in force for a subject, its versions, and the release of a whole declaration."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, Field, ValidationError

from taydo.engines.cases.casetype import CaseType
from taydo.engines.casework.diagram import process_of
from taydo.kernel import i18n
from taydo.kernel.errors import invalid
from taydo.kernel.http import viewer
from taydo.protocols import bpmn

from . import actions, queries

router = Router(tags=["workflows"])


class ReleaseIn(BaseModel):
    """A whole declaration as `GET` gives it, changed, and why."""

    spec: dict[str, Any]
    why: str = Field(min_length=1, max_length=1000)


class AgainIn(BaseModel):
    """An older release, and why it shall hold again."""

    release: int = Field(ge=1, lt=2**63)
    why: str = Field(min_length=1, max_length=1000)


@router.get("/workflows")
def list_workflows(request: HttpRequest) -> list[dict[str, Any]]:
    """Subjects that have a workflow of their own, or a draft of one."""
    viewer(request).require("workflows.see")
    return queries.refined()


@router.get("/workflows/{kind}/{key}")
def one_workflow(request: HttpRequest, kind: str, key: str) -> dict[str, Any]:
    """What is in force for a subject: the declaration and its version; its releases, the newest first."""
    viewer(request).require("workflows.see")
    spec, name = queries.spec_of(kind, key), queries.standard(kind)
    return {
        "kind": name, "key": key, "version": spec.version, "spec": spec.model_dump(mode="json", by_alias=True),
        "releases": queries.releases(name, key.lower()),
    }  # fmt: skip


@router.get("/workflows/{kind}/{key}/bpmn")
def workflow_bpmn(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """What is in force as BPMN 2.0 XML."""
    viewer(request).require("workflows.see")
    text = bpmn.export(process_of(queries.spec_of(kind, key), i18n.language()))
    return HttpResponse(text, content_type=bpmn.MEDIA_TYPE)


@router.post("/workflows/{kind}/{key}")
def release_workflow(request: HttpRequest, kind: str, key: str, body: ReleaseIn) -> dict[str, int]:
    """Release a declaration for one subject from now on; 422 with every fault."""
    who = viewer(request)
    who.require("workflows.edit")
    try:
        spec = CaseType.model_validate(body.spec)
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:5])
        raise invalid("does_not_hold", f"Chưa hợp lệ: {words}", f"Not valid: {words}") from error
    return {"release": actions.put_in_force(who, kind, key, spec, body.why)}


@router.post("/workflows/{kind}/{key}/again")
def release_workflow_again(request: HttpRequest, kind: str, key: str, body: AgainIn) -> dict[str, int]:
    """Put an older release in force again."""
    return {"release": actions.release_again(viewer(request), kind, key, body.release, body.why)}
