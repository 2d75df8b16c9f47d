"""A second checkout runs beside the first; without the demonstration nobody has an account; Ctrl-C leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import urllib.error
import urllib.parse
import urllib.request

import psutil
import pytest
from tests.running_city import PASSWORD, RunningCity

pytestmark = pytest.mark.slow


def _processes_of(city: RunningCity) -> list[int]:
    """Processes that carry this city's state folder in their environment or command."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            words = " ".join(process.cmdline())
            if str(city.home) in words or process.environ().get("TAYDO_HOME") == str(city.home):
                found.append(process.pid)
    return [pid for pid in found if pid != os.getpid()]


def test_a_second_city_runs_beside_the_first_with_no_account_and_ends_without_a_trace(city: RunningCity) -> None:
    second = RunningCity(TAYDO_DEMO="0")

    with second:
        assert second.get("/readyz")["status"] == city.get("/readyz")["status"] == "ready"
        assert second.get("/api/v1/about")["demo"] is False
        with second.database() as link:
            accounts = link.execute("SELECT count(*) FROM kernel_actor WHERE is_active").fetchone()
        form = urllib.parse.urlencode(
            {"grant_type": "client_credentials", "client_id": "admin", "client_secret": PASSWORD}
        ).encode()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{second.url}/oauth/token", form, timeout=20)
        assert len(_processes_of(second)) > 5
        with urllib.request.urlopen(f"{second.url}/signin", timeout=20) as page:
            assert "VNeID" not in page.read().decode(), "no way in through a provider nobody set up"
        assert not [pid for pid in _processes_of(second) if "sandbox" in " ".join(psutil.Process(pid).cmdline())]
        assert [pid for pid in _processes_of(city) if "sandbox" in " ".join(psutil.Process(pid).cmdline())]

    assert accounts == (0,)
    assert refused.value.code == 401
    assert _processes_of(second) == []
    assert city.get("/readyz")["status"] == "ready"
