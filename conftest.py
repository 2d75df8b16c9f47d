"""What every test run shares; `taydo.config.for_tests` has given it a database before this."""

from __future__ import annotations

from typing import Any


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
