"""The only door of dossiers for other domains."""

from __future__ import annotations

from .queries import dossier, mine, no_dossier, progress

__all__ = ["dossier", "mine", "no_dossier", "progress"]
