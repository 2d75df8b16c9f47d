"""Jinja's environment: templates of the kernel, every engine and domain; words, numbers and times as filters."""

from __future__ import annotations

import functools
import json
from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from taydo.kernel import i18n, manifest


@functools.cache
def asset_manifest() -> dict[str, Any]:
    """What the front end's build made: source name → file, styles, imports."""
    path = settings.STATIC_ROOT / "dist" / ".vite" / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def asset(source: str) -> str:
    """The address of a built file, by its source name in `web/`."""
    entry = asset_manifest().get(source)
    return f"/static/dist/{entry['file']}" if entry else f"/static/dist/{source}"


def assets(source: str) -> list[str]:
    """Addresses of the style sheets that a built script brings along."""
    entry = asset_manifest().get(source) or {}
    return [f"/static/dist/{name}" for name in entry.get("css", ())]


def environment(**options: Any) -> Environment:
    """The environment Django hands every template to."""
    options.pop("loader", None)
    folders = [manifest.ROOT / "kernel" / "templates"]
    folders += [manifest.ROOT / part.floor / part.module.rsplit(".", 1)[1] / "templates" for part in manifest.parts()]
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(str(f)) for f in folders]),
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    made.undefined = StrictUndefined
    made.globals.update(
        t=i18n.t, number=i18n.number, when=i18n.when, day=i18n.day, ago=i18n.ago, working_left=i18n.working_left,
        asset=asset, assets=assets, csrf_token_of=get_token, demo=settings.TAYDO_DEMO, lang=i18n.language,
        navigation=navigation,
    )  # fmt: skip
    made.filters.update(number=i18n.number, when=i18n.when, day=i18n.day, ago=i18n.ago, working_left=i18n.working_left)
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "default": str}
    return made


def navigation(viewer: Any) -> list[dict[str, str]]:
    """The entries of the menu that this viewer may open, the most used first."""
    links = [link for part in manifest.parts() for link in part.manifest.navigation]
    return [
        {"path": link.path, "title": link.title[i18n.language()]}
        for link in sorted(links, key=lambda link: link.order)
        if link.permission is None or viewer.may(link.permission)
    ]
