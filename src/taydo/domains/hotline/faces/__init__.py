"""What other programs speak to the hotline: Open311."""

from __future__ import annotations

from . import open311

urls = open311.urls
