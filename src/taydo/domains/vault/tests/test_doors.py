"""What one door hides, no other shows: the list, the page, the API, the file, the search, the export and the link agree, whatever was shared."""

import datetime as dt
import io
import uuid
import zipfile
from dataclasses import replace

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.domains.vault import actions, public, queries
from taydo.domains.vault.actions import letting
from taydo.domains.vault.queries import letting as let
from taydo.domains.vault.queries import taking
from taydo.domains.vault.tests.conftest import HAI, HOUSE, LAN, photo, result_file
from taydo.engines.files import queries as files
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor
from taydo.kernel.sql import Sql

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["agency", "link", "look", "use", "revoke", "end", "open", "erase", "later"]),
        st.integers(0, 2),
    ),
    max_size=7,
)


@pytest.fixture
def work(monkeypatch):
    """A kind of purpose whose works are open while their id stands in a table: those of clerk1."""
    sql.execute("CREATE TEMP TABLE vault_test_work (id text, actor bigint) ON COMMIT DROP")
    monkeypatch.setitem(
        queries.PURPOSES, "work",
        lambda viewer: Sql("u.purpose_id IN (SELECT w.id FROM vault_test_work w WHERE w.actor = %(work_me)s)", {"work_me": viewer.actor_id}),
    )  # fmt: skip


def found(do) -> bool:
    """Whether a door shows the thing, and not a 404 or a refusal."""
    try:
        do()
        return True
    except Problem as problem:
        assert problem.status in (401, 403, 404), problem
        return False


def doors_of(viewer: Viewer, paper: str, file: uuid.UUID) -> dict[str, bool]:
    """Which doors show the paper to this viewer; what opening the file takes from a consent is given back."""
    listed = [*queries.mine(viewer), *queries.shared_with(viewer)]
    shown = {"list": paper in {one.id for one in listed}, "page": found(lambda: queries.paper(viewer, paper))}
    with transaction.atomic():
        shown["file"] = found(lambda: files.open_file(viewer, file))
        transaction.set_rollback(True)
    shown["files of"] = bool(files.files_of(viewer, "paper", paper))
    client = Client()
    if viewer.actor_id:
        client.force_login(Actor.objects.get(pk=viewer.actor_id))
    shown["api"] = client.get(f"/api/v1/vault/papers/{paper}").status_code == 200
    with transaction.atomic():
        shown["file address"] = client.get(f"/files/{file}").status_code == 200
        transaction.set_rollback(True)
    return shown


def own_doors(viewer: Viewer, paper: str) -> dict[str, bool]:
    """Doors that are the owner's alone."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(taking.as_zip(viewer))))
    return {
        "mine": paper in {one.id for one in public.mine(viewer)},
        "search": any(hit.href.endswith(paper) for hit in public._find(viewer, "khai sinh")),
        "export": any(paper[-12:] in name for name in archive.namelist()),
        "uses": found(lambda: let.uses(viewer, paper)),
        "consents": found(lambda: let.consents(viewer, paper)),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_door_agrees_whatever_was_shared_used_or_taken_back(somebody, work, steps) -> None:
    with transaction.atomic():
        _world(somebody, steps)
        transaction.set_rollback(True)


def _world(somebody, steps) -> None:
    """One history, and every door asked after it."""
    moment = NOON
    with clock.at(moment):
        lan, hai = somebody("lan", number=LAN), somebody("hai", number=HAI)
        clerk, other = (
            somebody("clerk1", "clerk", "H13.03", "official"),
            somebody("clerk2", "clerk", "H13.07", "official"),
        )
        paper = public.put(
            HOUSE,
            owner=("person", LAN),
            kind="other",
            title="Giấy khai sinh",
            file_id=result_file(),
            issued_on=dt.date(2020, 1, 1),
        )
        file = files.files_of(HOUSE, "paper", paper)[0].id
    tokens = []
    for step, n in steps:
        with clock.at(moment):
            found(lambda step=step, n=n: _do(step, n, lan, clerk, paper, file, tokens))
        moment += dt.timedelta(hours=30 if step == "later" else 0)

    with clock.at(moment):
        for viewer in (lan, hai, clerk, other, Viewer.anonymous()):
            shown, own = doors_of(viewer, paper, file), own_doors(viewer, paper)
            assert len(set(shown.values())) == 1, (viewer.username, shown)
            assert len(set(own.values())) == 1 and own["mine"] <= shown["page"], (viewer.username, own)
            assert not own["mine"] or viewer.username == "lan"
            assert not shown["page"] or viewer.username in ("lan", "clerk1")
        for token in tokens:
            page = Client().get(f"/shared/{token}").status_code == 200
            assert page == found(lambda token=token: let.by_link(Viewer.anonymous(), token))


def _do(step: str, n: int, lan: Viewer, clerk: Viewer, paper: str, file: uuid.UUID, tokens: list[str]) -> None:
    """One thing that may happen to a paper."""
    match step:
        case "agency":
            letting.share(lan, paper, "agency", "H13.03", purpose="đối chiếu", days=1 + n, uses=n or None)
        case "link":
            tokens.append(letting.share(lan, paper, "link", purpose="xin việc", days=1, uses=n or None)["token"])
        case "look":
            public.of_owner(clerk, ("person", LAN), "kiểm tra")
        case "use":
            sql.execute("INSERT INTO vault_test_work VALUES (%(n)s, %(a)s)", {"n": str(n), "a": clerk.actor_id})
            public.use(lan, paper, purpose=("work", str(n)), words="hồ sơ")
        case "revoke":
            for consent in let.consents(lan, paper):
                letting.revoke(lan, consent["id"])
        case "end":
            sql.execute("DELETE FROM vault_test_work WHERE id = %(n)s", {"n": str(n)})
        case "open":
            files.open_file(clerk, file)
        case "erase":
            actions.erase(lan, paper)


def test_a_citizen_never_reaches_anothers_paper_by_id_code_or_file_address(somebody) -> None:
    lan, hai = somebody("lan"), somebody("hai", number=HAI)
    paper = actions.upload(lan, photo(), "giay.png", kind="other", title="Giấy rất riêng")
    file = files.files_of(HOUSE, "paper", paper)[0].id
    consent = letting.share(lan, paper, "link", purpose="việc của tôi")
    client = Client()
    client.force_login(Actor.objects.get(pk=hai.actor_id))

    for address in (f"/my/papers/{paper}", f"/files/{file}", f"/api/v1/files/{file}", f"/api/v1/vault/papers/{paper}", f"/shared/{'0' * 40}"):  # fmt: skip
        assert client.get(address).status_code == 404, address
    for send in (
        lambda: client.post(f"/my/papers/{paper}", {"do": "erase", "sure": "yes"}),
        lambda: client.delete(f"/api/v1/vault/papers/{paper}"),
        lambda: client.delete(f"/api/v1/vault/consents/{consent['id']}"),
        lambda: client.post(f"/api/v1/vault/papers/{paper}/consents", {"to_kind": "link", "purpose": "x"}, content_type="application/json"),
    ):  # fmt: skip
        assert send().status_code == 404
    for address in ("/my/papers", "/my", "/search?q=riêng", "/api/v1/vault/papers"):
        assert "rất riêng" not in client.get(address).content.decode(), address
    assert found(lambda: public.use(hai, paper, purpose=("work", "1"), words="x")) is False
    assert queries.paper(lan, paper).title == "Giấy rất riêng"


def test_a_link_tells_its_purpose_first_counts_openings_and_dies_at_once_when_taken_back(somebody) -> None:
    lan = somebody("lan")
    paper = actions.upload(lan, photo(), "giay.png", kind="other")
    twice, once = (letting.share(lan, paper, "link", purpose="nộp hồ sơ xin việc", uses=n)["token"] for n in (2, 1))
    stranger = Client()

    page = stranger.get(f"/shared/{twice}").content.decode()
    assert "nộp hồ sơ xin việc" in page and stranger.get(f"/shared/{twice}").status_code == 200
    opened = stranger.post(f"/shared/{twice}")
    assert opened.headers["Content-Type"] == "image/png" and opened.headers["Cache-Control"].count("no-store")
    assert [stranger.post(f"/shared/{once}").status_code for _ in range(2)] == [200, 404]
    assert [one["purpose"] for one in let.looks(lan, paper)] == ["nộp hồ sơ xin việc"] * 2

    letting.revoke(lan, next(one["id"] for one in let.consents(lan, paper) if one["token"] == twice))
    assert stranger.get(f"/shared/{twice}").status_code == stranger.post(f"/shared/{twice}").status_code == 404


def test_every_opening_under_a_consent_is_recorded_also_at_the_file_address(somebody) -> None:
    lan, clerk = somebody("lan", number=LAN), somebody("clerk1", "clerk", "H13.03", "official")
    paper = actions.upload(lan, photo(), "giay.png", kind="other")
    letting.share(lan, paper, "agency", "H13.03", purpose="đối chiếu hộ tịch", uses=1)
    client = Client()
    client.force_login(Actor.objects.get(pk=clerk.actor_id))
    file = queries.paper(lan, paper).file_id

    first, second = client.get(f"/files/{file}"), client.get(f"/files/{file}")

    assert [first.status_code, second.status_code] == [200, 404] and first.headers["Cache-Control"] == "no-store"
    seen = let.looks(lan, paper)
    assert [(one["who"], one["purpose"], one["agency"]) for one in seen] == [("Clerk1", "đối chiếu hộ tịch", "H13.03")]
    mine = Client()
    mine.force_login(Actor.objects.get(pk=lan.actor_id))
    assert "đối chiếu hộ tịch" in mine.get("/account/looks").content.decode()
    assert replace(queries.paper(lan, paper), state="expired").good is False
