"""Every door of the house, found in its URLs and its OpenAPI description, with something to push through each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import URLPattern

from taydo.kernel import sql

SAMPLES = {"int": "1", "slug": "units", "uuid": "018f0000-0000-7000-8000-000000000000", "str": "X1", "path": "Things"}
READING, WRITING = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
NOT_COUNTED = (
    "kernel_audit",
    "kernel_auditleaf",
    "kernel_auditbatch",
    "django_session",
    "django_migrations",
    "spatial_ref_sys",
)


@dataclass(frozen=True)
class Door:
    """One request: method, address with sample values, and a body that fits the description."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def knock(self, client: Client) -> Any:
        """The answer to this request."""
        if self.path.startswith(("/api/", "/sta/")):
            text = json.dumps(self.body if self.body is not None else {})
            return client.generic(
                self.method, self.path, text if self.method in WRITING else "", content_type="application/json"
            )
        return client.generic(self.method, self.path, "", content_type="application/x-www-form-urlencoded")


def pages() -> list[Door]:
    """Every address of pages and faces, read and written to."""
    from taydo.config.urls import urlpatterns

    found = []
    for pattern in urlpatterns:
        if isinstance(pattern, URLPattern) and pattern.callback.__name__ != "nothing_here":
            path = "/" + re.sub(
                r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m.group(1) or "str", "X1"), str(pattern.pattern)
            )
            if "^" in path:
                path = (
                    re.sub(r"\(\?P<\w+>[^)]*\)", "Things", path)
                    .replace("\\", "")
                    .replace("^", "")
                    .replace("$", "", 1 if path.endswith("$") else 0)
                )
                path = path.rstrip("?$").replace("//", "/")
            found += [Door(method, path) for method in ("GET", *WRITING)]
    return found


def operations() -> list[Door]:
    """Every operation of the API with a body made from its description."""
    schema = description()
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            samples = {
                item["name"]: sample(item.get("schema", {}), schema)
                for item in operation.get("parameters", ())
                if item["in"] == "path"
            }
            address = re.sub(r"{(\w+)}", lambda m, given=samples: str(given.get(m.group(1), "X1")), path)
            content = operation.get("requestBody", {}).get("content", {})
            body = sample(next(iter(content.values()))["schema"], schema) if content else None
            found.append(Door(method.upper(), address, body))
    return found


def description() -> Any:
    """The OpenAPI description as it is served."""
    return json.loads(Client().get("/api/v1/openapi.json").content)


def sample(shape: dict[str, Any], whole: dict[str, Any]) -> Any:
    """The simplest value that fits a JSON schema."""
    if "$ref" in shape:
        return sample(whole["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]], whole)
    for group in ("anyOf", "oneOf", "allOf"):
        if group in shape:
            return sample(shape[group][0], whole)
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("type") == "object":
        return {name: sample(item, whole) for name, item in shape.get("properties", {}).items()}
    if shape.get("type") == "array":
        return [sample(shape.get("items", {}), whole)]
    texts = {
        "date": "2026-11-22",
        "date-time": "2026-11-22T05:00:00Z",
        "uuid": SAMPLES["uuid"],
        "email": "an@example.vn",
    }
    kinds: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
    return kinds.get(shape.get("type", ""), texts.get(shape.get("format", ""), "X1"))


def tables() -> list[str]:
    """Every table whose rows mean something."""
    names = sql.rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
    )
    return [item["relname"] for item in names if item["relname"] not in NOT_COUNTED]


def touched() -> dict[str, int]:
    """How many rows of each table this transaction has inserted, changed or deleted, also in what it took back."""
    found = sql.rows("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_xact_user_tables")
    return {item["relname"]: item["n"] for item in found if not item["relname"].startswith(NOT_COUNTED)}


def contents(names: list[str]) -> dict[str, tuple[int, int]]:
    """Rows and a checksum of each table."""
    parts = [
        f"SELECT '{name}' AS name, count(*) AS n, coalesce(sum(hashtext(x::text)), 0)::bigint AS sum FROM {name} x"
        for name in names
    ]
    return {item["name"]: (item["n"], item["sum"]) for item in sql.rows(" UNION ALL ".join(parts))} if parts else {}
