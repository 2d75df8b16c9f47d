"""What the house knows already: sources a form may name, such as `identity.name`; each value says where it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from taydo.kernel.actors import Viewer

from .declared import Form


@dataclass(frozen=True, slots=True)
class Filled:
    """A known value and where it came from, in both languages."""

    value: Any
    vi: str
    en: str


Source = Callable[[Viewer], Mapping[str, Filled]]
SOURCES: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register what a part knows of the viewer under a name: `@source("identity")`."""

    def register(give: Source) -> Source:
        SOURCES[name] = give
        return give

    return register


def known(viewer: Viewer, form: Form) -> dict[str, Filled]:
    """What is known for a form's fields; each source is asked once and only when a field names it."""
    given: dict[str, Mapping[str, Filled]] = {}
    found = {}
    for field in form.fields():
        name, _, key = field.prefill.partition(".")
        if name in SOURCES:
            if name not in given:
                given[name] = SOURCES[name](viewer)
            if (one := given[name].get(key)) is not None and one.value not in (None, ""):
                found[field.name] = one
    return found
