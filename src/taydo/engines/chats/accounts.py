"""The city's accounts with chat providers, from its settings."""

from __future__ import annotations

import functools
import os

from taydo.protocols.chatproviders import PROVIDERS, Provider


def account(name: str) -> Provider | None:
    """The city's account with a provider, or None when it has none."""
    settings = {
        "zalo": os.environ.get("TAYDO_CHAT_ZALO", ""),
        "facebook": os.environ.get("TAYDO_CHAT_FACEBOOK", ""),
        "plain": os.environ.get("TAYDO_CHAT_PLAIN", ""),
    }
    said = settings.get(name, "")
    return _read(name, said) if said else None


@functools.lru_cache(maxsize=16)
def _read(name: str, said: str) -> Provider:
    given = dict(part.strip().split("=", 1) for part in said.split(";") if "=" in part)
    hosts = tuple(host.strip().lower() for host in given.pop("hosts", "").split(",") if host.strip())
    return PROVIDERS[name](hosts=hosts, **given)
