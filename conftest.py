"""Servers for the tests: a private PostgreSQL/PostGIS under the state folder unless DATABASE_URL names one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault(
    "TAYDO_HOME", str(Path(tempfile.gettempdir()) / f"taydo-test-{os.getuid()}-{abs(hash(Path.cwd())) % 10**6}")
)
os.environ.setdefault("TAYDO_RATE", "0")
os.environ.setdefault("TAYDO_POOL", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
if "DATABASE_URL" not in os.environ:
    from taydo.config import servers

    os.environ["DATABASE_URL"] = servers.test_database()
