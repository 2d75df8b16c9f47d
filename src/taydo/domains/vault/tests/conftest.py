"""People, officials and organisations of a vault, without a city's load."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from taydo.domains.identity.events import IdentityLinked
from taydo.engines.files import actions as files
from taydo.kernel import credentials, events, i18n, sealing, sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.jobs import LOADS
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import city

HOUSE = Viewer.system("test")
LAN, HAI = "092190001234", "092190005678"
FIRM = "1801234567"


@pytest.fixture(scope="session", autouse=True)
def _city_once(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        for name in ("places", "directory"):
            LOADS[name].run(city())


@pytest.fixture(autouse=True)
def _fresh() -> None:
    credentials.forget()
    i18n.use("vi")


@pytest.fixture
def somebody(db: Any) -> Callable[..., Viewer]:
    """Makes an account with one role in one scope; with a number it is linked to that national identity."""

    def make(username: str, role: str = "citizen", scope: str = "*", kind: str = "person", number: str = "") -> Viewer:
        agency = "" if scope == "*" else scope
        actor = Actor.objects.create(username=username, name=username.title(), kind=kind, agency=agency, password="!")
        Grant.objects.create(actor=actor, role=role, scope=scope)
        viewer = viewer_of(actor.id)
        assert viewer is not None
        if number:
            link(viewer, number)
        return viewer

    return make


def link(viewer: Viewer, number: str) -> None:
    """Link an account to a national identity."""
    sql.execute(
        "INSERT INTO identity_citizen (actor_id, number, mark, level, issuer) VALUES (%(a)s, %(n)s, %(m)s, 2, 'test')",
        {"a": viewer.actor_id, "n": sealing.seal(number), "m": sealing.fingerprint(f"citizen:{number}")},
    )
    events.emit(IdentityLinked(viewer.actor_id or 0), viewer.actor_id)
    events.deliver_pending()


def photo(colour: str = "navy") -> io.BytesIO:
    """A small picture of one colour; each colour has other bytes."""
    out = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, "PNG")
    out.seek(0)
    return out


def result_file(colour: str = "red") -> Any:
    """A file that something else keeps."""
    return files.keep(HOUSE, photo(colour), "ket-qua.png", object_kind="sample", object_id="1").id


def body(answer: Any) -> str:
    """The text of a page in one line."""
    return re.sub(r"\s+", " ", answer.content.decode())
