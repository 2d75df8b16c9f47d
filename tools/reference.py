"""Writes `docs/reference/` from the code: `make docs`. `make check` fails while a page there says something else than the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "docs/reference"
MADE = "Made from the code by `make docs`; do not edit.\n"
SETTINGS: dict[str, str] = {
    "DATABASE_URL": "PostgreSQL with PostGIS; unset, a private server is started under the state folder",
    "NATS_URL": "the backbone (NATS with JetStream); unset, a private server is started",
    "TAYDO_CITY": "folder of the city's declarations",
    "TAYDO_DEMO": "`1`: demonstration accounts and devices; `make run` sets it, nothing else should",
    "TAYDO_HOME": "state folder: secret, private servers, logs, files, audit anchors",
    "TAYDO_HOST": "address the web process listens on",
    "TAYDO_HOSTS": "host names that pages answer to, with commas",
    "TAYDO_PORT": "port of the web process",
    "TAYDO_MQTT_PORT": "port of the device gateway (MQTT)",
    "TAYDO_URL": "public address; with https:// cookies become secure and HSTS is sent",
    "TAYDO_SECRET": "the key that signs and seals; unset, one is made once in the state folder",
    "TAYDO_RATE": "requests per second for each stranger (5 times that for who signs in); 0: no limit",
    "TAYDO_POOL": "database connections of a process; 0: none is kept",
    "TAYDO_THREADS": "threads of a web process",
    "TAYDO_WEB_WORKERS": "web processes",
    "TAYDO_PROXIES": "proxies of ours in front: so many names of `X-Forwarded-For`, from its end, are believed",
    "TAYDO_SHARED": "folder of the real data that some tests compare with",
    "TAYDO_SMTP_HOST": "mail server; unset, no mail is sent",
    "TAYDO_SMTP_PORT": "its port",
    "TAYDO_SMTP_USER": "its account",
    "TAYDO_SMTP_PASSWORD": "its password",
    "TAYDO_SMTP_TLS": "`1`: STARTTLS",
    "TAYDO_MAIL_FROM": "sender of mail",
    "TAYDO_MAIL_REPLY_TO": "where answers to our mail go: the mailbox that letters are taken from",
    "TAYDO_IMAP_HOST": "server of the mailbox that letters are taken from; unset, none are",
    "TAYDO_IMAP_PORT": "its port",
    "TAYDO_IMAP_USER": "its account",
    "TAYDO_IMAP_PASSWORD": "its password",
    "TAYDO_IMAP_FOLDER": "the folder letters come into",
    "TAYDO_IMAP_DONE": "a folder that letters are moved to once they are kept; unset, they are only marked as seen",
    "TAYDO_IMAP_TLS": "`tls` (from the start), `starttls` or `none` (on this machine only)",
    "TAYDO_IMAP_CA": "certificate of a private authority that the mail server's is checked against",
    "TAYDO_CSC_": "a remote signing provider (CSC API v2), `TAYDO_CSC_<NAME>`: `url=https://…;client=…;secret=…`",
    "TAYDO_TSA_URL": "time-stamping authority (RFC 3161) of signatures; unset, nothing is signed: requests wait",
    "TAYDO_TRUST": "PEM files or folders of certificates that signatures are trusted by, separated by `:`",
    "TAYDO_PORTAL_URL": "the national public service portal (DVCQG); unset, the city is not connected and nothing is told",
    "TAYDO_PORTAL_USER": "the city's account there",
    "TAYDO_PORTAL_PASSWORD": "its password",
    "TAYDO_PORTAL_UNIT": "the city's code there (madonvi), such as H13",
    "TAYDO_SMS_URL": "gateway for text messages (JSON POST); unset, none is sent",
    "TAYDO_SMS_TOKEN": "its bearer token",
    "TAYDO_SMS_SANDBOX": "`1`: the gateway is the sandbox; a demonstration shows where its messages are read",
    "TAYDO_VNEID_ISSUER": "OpenID Connect issuer of VNeID; unset, nobody signs in by it",
    "TAYDO_VNEID_CLIENT": "our client id there",
    "TAYDO_VNEID_SECRET": "our client secret there",
    "TAYDO_VNEID_SANDBOX": "`1`: it is the sandbox, and says so on the button",
    "TAYDO_CHAT_ZALO": "Zalo Official Account: `app=…;secret=…;token=…`; unset, its webhook is closed",
    "TAYDO_CHAT_FACEBOOK": "Meta Messenger: `secret=…;verify=…;token=…`; unset, its webhook is closed",
    "TAYDO_CHAT_PLAIN": "any other chat provider: `secret=…;token=…;send=https://…;hosts=…` (hosts of its photos); unset, closed",
    "TAYDO_PAY_VIETQR": "keys of the bank behind VietQR: `secret=…;api=https://…` (notices, its list of transfers); unset, statements only",
    "TAYDO_PAY_VNPAY": "keys of VNPay: `secret=…;page=https://…;api=https://…`; unset, it is not offered",
    "TAYDO_PAY_MOMO": "keys of MoMo: `secret=…;access=…;api=https://…`; unset, it is not offered",
    "TAYDO_CLAMD": "virus scanner (clamd) that looks at files before they are kept; unset, none does",
    "TAYDO_DEVICES": "`0`: a demonstration without its simulated devices",
    "TAYDO_DEVICES_RATE": "readings per second of the simulated devices",
    "TAYDO_DEVICE_USER": "account the simulated devices and `taydo replay` sign in with",
    "TAYDO_DEVICE_PASSWORD": "its password",
    "TAYDO_PUSH_HOSTS": "hosts of browsers' push services that notices may be sent to",
}
UNKNOWN = "**not described**"
STANDARD = (
    "PATH",
    "HOME",
    "USER",
    "PYTHONPATH",
    "DJANGO_SETTINGS_MODULE",
    "PROMETHEUS_MULTIPROC_DIR",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
)


def start() -> None:
    """Start Django on this tree."""
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    os.environ.setdefault("TAYDO_HOME", os.path.join(tempfile.gettempdir(), f"taydo-reference-{os.getuid()}"))
    import django

    django.setup()


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def first_line(thing: Any) -> str:
    """The promise: the first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n")[0]


def permissions() -> str:
    """Every permission and the actions behind it."""
    from taydo.kernel import actions, manifest

    manifest.discover("actions")
    behind: dict[str, list[str]] = {}
    for name, run in sorted(actions.REGISTRY.items()):
        open_to_all = " (open to all)" if getattr(run, "open_to_all", False) else ""
        behind.setdefault(getattr(run, "permission", ""), []).append(f"`{name.removeprefix('taydo.')}`{open_to_all}")
    rows = [
        (f"`{name}`", label.vi, label.en, ", ".join(behind.get(name, [])))
        for name, label in sorted(manifest.permissions().items())
    ]
    undeclared = [
        (f"`{name}`", "", "", ", ".join(where))
        for name, where in sorted(behind.items())
        if name not in manifest.permissions()
    ]
    return f"# Permissions\n\n{MADE}\n" + table(("permission", "quyền", "in English", "actions"), rows + undeclared)


def events() -> str:
    """Every event, its fields, who answers."""
    from taydo.kernel import events as kernel_events
    from taydo.kernel import manifest

    for name in ("events", "handlers"):
        manifest.discover(name)
    rows = []
    for name, event in sorted(kernel_events.EVENTS.items()):
        if not event.__module__.startswith("taydo.") or ".tests." in event.__module__:
            continue
        fields = ", ".join(f"`{field}`" for field in getattr(event, "__dataclass_fields__", {}))
        answers = ", ".join(f"`{handler.name}`" for handler in kernel_events.HANDLERS.get(name, ()))
        rows.append((f"`vn.taydo.{name}`", first_line(event), fields, answers))
    words = "Sent to JetStream as CloudEvents 1.0 (JSON) once the change is committed, at least once.\n"
    return f"# Events\n\n{MADE}\n{words}\n" + table(("type", "when", "fields", "answered by"), rows)


def interface() -> str:
    """The REST interface in one table; the whole is `/api/v1/openapi.json`."""
    from taydo.config.api import api

    rows = []
    for path, methods in sorted(api.get_openapi_schema()["paths"].items()):
        for method, operation in sorted(methods.items()):
            promise = (operation.get("description") or operation.get("summary") or "").split("\n")[0]
            rows.append((f"`{method.upper()} {path}`", ", ".join(operation.get("tags", ())), promise))
    words = "The full description is served at `/api/v1/openapi.json` (OpenAPI 3.1). Errors are RFC 9457 problems in both languages.\n"
    return f"# REST interface\n\n{MADE}\n{words}\n" + table(("request", "part", "promise"), rows)


def addresses() -> str:
    """Every page and every face with a fixed path."""
    from django.urls import URLPattern

    from taydo.config.urls import urlpatterns

    rows = []
    for pattern in urlpatterns:
        if (
            isinstance(pattern, URLPattern)
            and pattern.callback.__module__.startswith("taydo.")
            and pattern.callback.__name__ != "nothing_here"
        ):
            view = pattern.callback
            needs = getattr(view, "permission", "")
            part = ".".join(view.__module__.split(".")[1:3])
            rows.append((f"`/{pattern.pattern}`", part, f"`{needs}`" if needs else "", first_line(view)))
    return f"# Pages and faces\n\n{MADE}\n" + table(("address", "part", "permission", "promise"), sorted(rows))


def case_types() -> str:
    """Every declared case type with its states and moves."""
    casetype = importlib.import_module("taydo.engines.cases.casetype")
    lines = [f"# Case types\n\n{MADE}"]
    for kind in casetype.every():
        declared = kind.model_dump(mode="json", by_alias=True)
        lines.append(f"## `{kind.id}`\n\n{declared['title']['vi']} · {declared['title']['en']}\n")
        for group in ("states", "moves"):
            found = declared.get(group) or {}
            rows = [(f"`{name}`", *_titles(item)) for name, item in found.items()]
            lines.append(table((group, "vi", "en"), rows))
    return "\n".join(lines)


def _titles(item: Any) -> tuple[str, str]:
    title = item.get("title") or item.get("label") or item
    return (title.get("vi", ""), title.get("en", "")) if isinstance(title, dict) else ("", "")


def figures() -> str:
    """Every figure of `/metrics`."""
    from taydo.kernel import manifest, metrics

    for name in ("jobs", "handlers"):
        manifest.discover(name)
    from prometheus_client import Counter, Histogram

    rows = [(f"`{name}`", "gauge", words) for name, (words, _) in metrics.GAUGES.items()]
    for made in vars(metrics).values():
        if isinstance(made, Counter | Histogram):
            rows.append(
                (f"`{made._name}{'_total' if isinstance(made, Counter) else ''}`", made._type, made._documentation)
            )
    return f"# Figures\n\n{MADE}\nServed at `/metrics` in Prometheus' text format.\n\n" + table(
        ("name", "kind", "meaning"), sorted(rows)
    )


def settings() -> str:
    """Every environment variable that is read, its default and its meaning. One without a meaning is a fault of the doctor's."""
    found: dict[str, tuple[str, set[str]]] = {}
    for path in sorted((ROOT / "src" / "taydo").rglob("*.py")):
        if "tests" in path.parts:
            continue
        text = path.read_text("utf-8")
        for name, default in _read_in(ast.parse(text)) if "environ" in text else ():
            known, places = found.setdefault(name, (default, set()))
            places.add(str(path.relative_to(ROOT / "src" / "taydo")))
            found[name] = (known or default, places)
    rows = [
        (
            f"`{name}`",
            f"`{default}`" if default else "",
            SETTINGS.get(name, UNKNOWN),
            ", ".join(sorted(places)),
        )
        for name, (default, places) in sorted(found.items())
        if name not in STANDARD
    ]
    words = "All settings come from the environment; the defaults are safe.\n"
    return f"# Settings\n\n{MADE}\n{words}\n" + table(("variable", "default", "meaning", "read in"), rows)


def _read_in(module: ast.Module) -> Iterable[tuple[str, str]]:
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("os.environ.get", "os.getenv", "environ.get")
            and node.args
        ):
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                default = node.args[1] if len(node.args) > 1 else None
                yield name.value, str(default.value) if isinstance(default, ast.Constant) else ""


def schemas() -> dict[str, str]:
    """JSON Schema of every declaration that is written in YAML, by file name."""
    from tools.doctor.specs import READ_BY, model

    kinds = {"manifest": "taydo.kernel.manifest:Manifest"}
    kinds |= {name.rsplit(":", 1)[1].lower(): name for name in READ_BY.values()}
    return {
        f"schemas/{name}.json": json.dumps(model(path).model_json_schema(), ensure_ascii=False, indent=1) + "\n"
        for name, path in kinds.items()
    }


def pages() -> dict[str, str]:
    """Every page of the reference by its path under `docs/reference`; Django must have been started."""
    made = {
        "permissions.md": permissions(),
        "events.md": events(),
        "rest.md": interface(),
        "addresses.md": addresses(),
        "case_types.md": case_types(),
        "figures.md": figures(),
        "settings.md": settings(),
    }
    return made | schemas()


def main() -> int:
    """Write every page that differs."""
    start()
    for name, text in pages().items():
        path = ROOT / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {FOLDER}/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
