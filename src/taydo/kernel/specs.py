"""Typed YAML: every declaration is one pydantic class; an error names the file, the line and the key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)


class Spec(BaseModel):
    """The parent of every declaration: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Spec):
    """Words in both languages."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.vi


class SpecError(Exception):
    """A declaration is wrong: says the file, the line, the key and what was expected."""


def city() -> Path:
    """The folder of the city's own declarations (`TAYDO_CITY`, default `cities/cantho`)."""
    given = os.environ.get("TAYDO_CITY")
    if given:
        return Path(given).resolve()
    return Path(__file__).resolve().parents[3] / "cities" / "cantho"


def _line_of(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line (from 1) on which the value at `path` stands, or the nearest parent's."""
    line = node.start_mark.line + 1 if node else 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(step)]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def parse(text: str, model: type[M], name: str) -> M:
    """Read one declaration from text; `name` is what an error calls the file."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        raise SpecError(f"{where}: not YAML: {getattr(error, 'problem', error)}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{name}:{_line_of(node, item['loc'])}: {'.'.join(str(p) for p in item['loc']) or '(whole file)'}: {item['msg']}"
            for item in error.errors()
        ]
        raise SpecError("\n".join(lines)) from error


def load(path: Path, model: type[M]) -> M:
    """Read one declaration file. Raises SpecError with file, line and key."""
    return parse(path.read_text(encoding="utf-8"), model, str(path))
