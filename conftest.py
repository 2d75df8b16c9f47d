"""Servers for the tests: a private PostgreSQL/PostGIS under the state folder unless DATABASE_URL names one."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

CHECKOUT = f"{zlib.crc32(str(Path.cwd()).encode()):08x}"
os.environ.setdefault("TAYDO_HOME", str(Path(tempfile.gettempdir()) / f"taydo-test-{os.getuid()}-{CHECKOUT}"))
os.environ.setdefault("TAYDO_RATE", "0")
os.environ.setdefault("TAYDO_POOL", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
if "DATABASE_URL" not in os.environ:
    from taydo.config import servers

    os.environ["DATABASE_URL"] = servers.test_database()


def pytest_configure() -> None:
    """Tests that commit are cleaned up by truncating every table; some tables of the engines are Django's only by name."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.sql_flush

    def with_what_hangs_on_them(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        return flush(self, style, tables, **{**options, "allow_cascade": True})

    DatabaseOperations.sql_flush = with_what_hangs_on_them  # type: ignore[method-assign]
    # Sign-ins of tests need no slow hash; what runs in a city of its own keeps the real one.
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
