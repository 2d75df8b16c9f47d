"""The grammar of forms: what is asked (JSON Schema 2020-12), how it is laid out, and when a question is shown."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import Field as Limit
from pydantic import model_validator

from taydo.kernel.specs import Label, Spec

Widget = Literal[
    "text", "long", "number", "money", "date", "choice", "choices", "yes_no", "citizen_number", "tax_code", "phone", "email", "commune", "files", "rows"
]  # fmt: skip


class When(Spec):
    """A question is asked only when an earlier one was answered so."""

    field: str
    is_: str | bool | int | float | None = Limit(default=None, alias="is")
    in_: list[str | int] = Limit(default_factory=list, alias="in")
    above: float | None = None
    below: float | None = None
    answered: bool | None = None

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it does for these answers."""
        value = answers.get(self.field)
        empty = value in (None, "", [], {})
        if self.answered is not None:
            return empty is not self.answered
        if empty:
            return False
        if self.in_:
            return value in self.in_
        if self.above is not None or self.below is not None:
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                return False
            return (self.above is None or value > self.above) and (self.below is None or value < self.below)
        return bool(value == self.is_)


class Choice(Spec):
    """One possible answer."""

    value: str
    label: Label


class Field(Spec):
    """How one property of the schema is asked. `rows`: the columns of a repeating group."""

    name: str = Limit(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    hint: Label | None = None
    widget: Widget = "text"
    choices: list[Choice] = Limit(default_factory=list)
    prefill: str = ""
    show_when: When | None = None
    rows: list[Field] = Limit(default_factory=list)
    personal: bool = False


class Page(Spec):
    """One question, or a few that belong together: a page of its own on a phone."""

    id: str
    title: Label
    help: Label | None = None
    fields: list[Field] = Limit(min_length=1)


class Form(Spec):
    """A form. `schema`: JSON Schema 2020-12 of its answers, an object whose properties are the fields."""

    id: str = Limit(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    source: str
    verified: bool = False
    schema_: dict[str, Any] = Limit(alias="schema")
    pages: list[Page] = Limit(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        try:
            Draft202012Validator.check_schema(self.schema_)
        except SchemaError as error:
            raise ValueError(f"schema: {error.message}") from error
        asked = [field.name for field in self.fields()]
        known = set(self.schema_.get("properties", {}))
        if twice := {name for name in asked if asked.count(name) > 1}:
            raise ValueError(f"asked twice: {', '.join(sorted(twice))}")
        if lost := known ^ set(asked):
            raise ValueError(f"in the schema or on the pages, but not in both: {', '.join(sorted(lost))}")
        if strange := set(self.schema_.get("required", [])) - known:
            raise ValueError(f"required, but not in the schema: {', '.join(sorted(strange))}")
        if mute := [name for name, label in self._labels() if not (label.vi.strip() and label.en.strip())]:
            raise ValueError(f"without words in both languages: {', '.join(mute)}")
        for at, field in enumerate(self.fields()):
            if field.show_when and field.show_when.field not in asked[:at]:
                raise ValueError(
                    f"{field.name}: its condition asks for {field.show_when.field}, which does not come before it"
                )
            if field.widget in ("choice", "choices") and not field.choices:
                raise ValueError(f"{field.name}: a choice needs choices")
        return self

    def _labels(self) -> Iterator[tuple[str, Label]]:
        """Every label a reader meets, with what it belongs to."""
        yield self.id, self.title
        yield from ((page.id, page.title) for page in self.pages)
        for field in self.fields():
            yield from ((one.name, one.label) for one in (field, *field.rows))
            yield from ((f"{field.name}={choice.value}", choice.label) for choice in field.choices)

    def fields(self) -> Iterator[Field]:
        """Every field, in order."""
        for page in self.pages:
            yield from page.fields

    def field(self, name: str) -> Field | None:
        """A field by name."""
        return next((field for field in self.fields() if field.name == name), None)

    @functools.cached_property
    def text(self) -> str:
        """The declaration as canonical JSON."""
        return json.dumps(
            self.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False, sort_keys=True
        )

    @functools.cached_property
    def version(self) -> str:
        """The content hash: 16 hexadecimal digits of SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]
