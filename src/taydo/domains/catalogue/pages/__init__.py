"""Pages of the catalogue: for everybody `citizen`, for officials `officials` and `reviewing`."""

from __future__ import annotations

from . import citizen, officials, reviewing

urls = citizen.urls + officials.urls + reviewing.urls
