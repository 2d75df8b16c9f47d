"""What other programs take from the hotline: Open311, and its figures as page, CSV and XLSX."""

from __future__ import annotations

from . import figures, open311

urls = [*open311.urls, *figures.urls]
