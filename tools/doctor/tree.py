"""What the checks look at: the files of the project, their text and their syntax trees, read once."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
NOT_OURS = {
    ".git",
    ".venv",
    "var",
    "node_modules",
    "dist",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}


@dataclass(frozen=True)
class Fault:
    """Something wrong: where (path from the root, line from 1), what, and what to do about it."""

    path: str
    line: int
    wrong: str
    do: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.wrong} — {self.do}"


@dataclass
class Tree:
    """The project as it stands on disk."""

    root: Path
    _texts: dict[str, str] = field(default_factory=dict)
    _modules: dict[str, ast.Module] = field(default_factory=dict)
    _nodes: dict[str, tuple[list[Function], list[ast.Call]]] = field(default_factory=dict)

    @functools.cached_property
    def files(self) -> list[str]:
        """Every file of the project (tracked, or new and not ignored), as paths from the root."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        if (self.root / ".git").exists():
            listed = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.split(
                "\0"
            )
            return sorted({name for name in listed if name and (self.root / name).is_file()})
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info")]
            found += [str((Path(folder) / name).relative_to(self.root)) for name in names]
        return sorted(found)

    def ending(self, *ends: str, under: str = "") -> list[str]:
        """Files whose name ends so, under a folder."""
        return [name for name in self.files if name.endswith(ends) and name.startswith(under)]

    def text(self, path: str) -> str:
        """The text of a file; bytes that are not UTF-8 are replaced."""
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """The lines of a file."""
        return self.text(path).splitlines()

    def module(self, path: str) -> ast.Module:
        """The syntax tree of a Python file; an empty one while it cannot be parsed (ruff says why)."""
        if path not in self._modules:
            try:
                self._modules[path] = ast.parse(self.text(path))
            except SyntaxError:
                self._modules[path] = ast.Module(body=[], type_ignores=[])
        return self._modules[path]

    def nodes(self, path: str) -> tuple[list[Function], list[ast.Call]]:
        """Every function and every call of a Python file, found in one walk."""
        if path not in self._nodes:
            functions: list[Function] = []
            calls: list[ast.Call] = []
            for node in ast.walk(self.module(path)):
                if isinstance(node, ast.Call):
                    calls.append(node)
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    functions.append(node)
            self._nodes[path] = functions, calls
        return self._nodes[path]

    def functions(self, path: str) -> list[Function]:
        """Every function of a Python file, also inside others."""
        return self.nodes(path)[0]

    def calls(self, path: str) -> list[ast.Call]:
        """Every call in a Python file."""
        return self.nodes(path)[1]

    @property
    def package(self) -> Path:
        """The folder of the house's package."""
        return self.root / "src" / "taydo"
