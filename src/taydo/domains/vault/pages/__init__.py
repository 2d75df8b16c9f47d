"""HTML of the vault: the owner's pages, and those of whom they let in."""

from __future__ import annotations

from . import mine, others

urls = [*mine.urls, *others.urls]
