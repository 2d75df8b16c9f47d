"""Every write of the house is an action: permission, transaction, audit row — the same through every door."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from django.db import transaction

from . import audit, outgoing
from .actors import Viewer
from .errors import Problem

Act = TypeVar("Act", bound=Callable[..., Any])
REGISTRY: dict[str, Callable[..., Any]] = {}
_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)
_SHORT = 500


def about(kind: str, identifier: object, agency: str = "") -> None:
    """Say, inside an action, which object the audit row is about."""
    subject = _about.get()
    if subject is not None:
        subject.update(kind=kind, object_id=str(identifier), agency=agency)


def action(name: str, *, secret: tuple[str, ...] = (), open_to_all: bool = False) -> Callable[[Act], Act]:
    """Declare a write. `name` is also its permission; the first argument is the viewer.

    The permission must be held somewhere (the body checks the object's own agency with `viewer.require`); `open_to_all`
    lets anybody try. The body runs in a transaction that also holds its audit row; a refusal is audited on its own.
    Arguments named in `secret` never reach the audit.
    """

    def declare(body: Act) -> Act:
        names = list(inspect.signature(body).parameters)[1:]

        @functools.wraps(body)
        def run(viewer: Viewer, *args: Any, **kwargs: Any) -> Any:
            detail = _arguments(names, secret, args, kwargs)
            subject: dict[str, str] = {}
            token = _about.set(subject)
            try:
                with transaction.atomic(), outgoing.gathering():
                    if not open_to_all:
                        viewer.require(name)
                    result = body(viewer, *args, **kwargs)
                    audit.write(viewer, name, "done", detail=detail, **subject)
                return result
            except Problem as problem:
                if problem.status in (401, 403):
                    audit.write(viewer, name, "refused", detail={**detail, "why": problem.code}, **subject)
                raise
            finally:
                _about.reset(token)

        run.permission = name  # type: ignore[attr-defined]
        run.open_to_all = open_to_all  # type: ignore[attr-defined]
        REGISTRY[f"{body.__module__}.{body.__name__}"] = run
        return cast(Act, run)

    return declare


def _arguments(names: list[str], secret: tuple[str, ...], args: Any, kwargs: Any) -> dict[str, Any]:
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    return {key: "…" if key in secret else _plain(item) for key, item in given.items()}


def _plain(item: Any) -> Any:
    if item is None or isinstance(item, bool | int | float):
        return item
    text = str(item)
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"
