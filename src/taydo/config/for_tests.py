"""A pytest plugin, loaded before Django reads its settings: tests get a private PostgreSQL unless DATABASE_URL names one."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

import pytest

CHECKOUT = f"{zlib.crc32(str(Path.cwd()).encode()):08x}"
os.environ.setdefault("TAYDO_HOME", str(Path(tempfile.gettempdir()) / f"taydo-test-{os.getuid()}-{CHECKOUT}"))
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # as `taydo up` does: threads of numpy fight for few cores
    os.environ.setdefault(threads, "1")
os.environ.setdefault("TAYDO_RATE", "0")
os.environ.setdefault("TAYDO_POOL", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
if "DATABASE_URL" not in os.environ:
    from taydo.config import servers

    os.environ["DATABASE_URL"] = servers.test_database()


@pytest.fixture(autouse=True)
def _in_vietnamese() -> None:
    """Every test begins in Vietnamese, whatever language the one before it spoke."""
    from taydo.kernel import i18n

    i18n.use("vi")
