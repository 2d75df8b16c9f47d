"""Papers: put once, owned by one key, joined, erased by law, and bytes that go with their last paper."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.test import Client

from taydo.domains.vault import actions, public, queries
from taydo.domains.vault.actions import acting, keeping, letting
from taydo.domains.vault.queries import taking
from taydo.domains.vault.tests.conftest import FIRM, HAI, HOUSE, LAN, link, photo, result_file
from taydo.engines.files import erasing, store
from taydo.engines.files import queries as files
from taydo.engines.notices import queries as notices
from taydo.kernel import audit, clock, events, sql
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _today():
    with clock.at(dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)):
        yield


def issued(owner: str = LAN, **given) -> str:
    return public.put(HOUSE, owner=("person", owner), **{"kind": "birth_certificate", "title": "Giấy khai sinh", "file_id": None} | given)  # fmt: skip


def test_the_same_key_gives_the_same_paper_and_its_file_once(somebody) -> None:
    lan = somebody("lan", number=LAN)
    file = result_file()

    first = issued(file_id=file, key="dossier-7")
    again = issued(file_id=file, key="dossier-7")

    assert first == again and [one.id for one in public.mine(lan)] == [first]
    assert len(files.files_of(HOUSE, "paper", first)) == 1
    with pytest.raises(Problem, match="another paper"):
        issued(kind="marriage_certificate", key="dossier-7")


def test_papers_of_an_account_are_the_numbers_once_it_is_linked(somebody) -> None:
    lan = somebody("lan")
    mine = actions.upload(lan, photo(), "a.png", kind="driving_licence", number="AB 123")
    by_number = issued()

    assert [one.id for one in public.mine(lan)] == [mine]
    link(lan, LAN)

    assert {one.id for one in public.mine(lan)} == {mine, by_number}
    assert sql.value("SELECT count(*) FROM vault_paper WHERE actor_id IS NOT NULL") == 0
    assert "AB 123" not in str(sql.rows("SELECT * FROM vault_paper"))


def test_an_uploaded_paper_is_erased_at_once_and_its_bytes_unless_somebody_else_keeps_them(somebody) -> None:
    lan, hai = somebody("lan"), somebody("hai")
    one = actions.upload(lan, photo("gold"), "a.png", kind="other")
    two = actions.upload(hai, photo("gold"), "a.png", kind="other")
    digest = files.files_of(HOUSE, "paper", one)[0].sha256

    actions.erase(lan, one)
    erasing.forget_bytes(digest)
    assert public.mine(lan) == [] and store.place(digest).exists()

    actions.erase(hai, two)
    erasing.forget_bytes(digest)
    assert not store.place(digest).exists()
    assert sql.value("SELECT count(*) FROM kernel_audit WHERE action = 'vault.erase' AND object_id = %(id)s", {"id": one}) == 1  # fmt: skip


def test_an_issued_paper_is_erased_only_after_its_retention_and_then_by_itself(somebody) -> None:
    lan = somebody("lan", number=LAN)
    for_ever = issued()
    for_years = issued(kind="marital_status", title="Tình trạng hôn nhân", issued_on=TODAY)

    for paper, word in ((for_ever, "vĩnh viễn"), (for_years, "25/11/2036")):
        with pytest.raises(Problem) as refusal:
            actions.erase(lan, paper)
        assert refusal.value.status == 403 and word in refusal.value.vi
    assert keeping.erase_ended(HOUSE) == 0
    with clock.at(dt.datetime(2036, 11, 26, 3, tzinfo=dt.UTC)):
        assert keeping.erase_ended(HOUSE) == 1

    assert [one.id for one in public.mine(lan)] == [for_ever]


def test_a_closed_account_takes_its_uploads_along_and_leaves_what_was_issued(somebody) -> None:
    lan = somebody("lan", number=LAN)
    upload = actions.upload(lan, photo(), "a.png", kind="other")
    kept = issued()
    shared = letting.share(lan, kept, "link", purpose="xin việc")

    client = Client()
    client.force_login(Actor.objects.get(pk=lan.actor_id))
    client.post("/account/close", {"sure": "yes"})
    events.deliver_pending()

    states = {str(one["id"]): one["state"] for one in sql.rows("SELECT id, state FROM vault_paper")}
    assert states == {upload: "erased", kept: "held"}
    assert Client().get(f"/shared/{shared['token']}").status_code == 404


def test_a_revoked_or_ended_paper_says_so_and_is_not_reused(somebody) -> None:
    lan, head = somebody("lan", number=LAN), somebody("head1", "head", "H13.03", "official")
    revoked = issued(issuer="H13.03")
    ended = issued(
        kind="marital_status", title="Tình trạng", issued_on=dt.date(2026, 1, 1), valid_to=dt.date(2026, 7, 1)
    )
    elsewhere = issued(issuer="H13.07")

    actions.withdraw(head, revoked, "Cấp sai tên")
    with pytest.raises(Problem, match="permission"):
        actions.withdraw(head, elsewhere, "không phải của mình")

    states = {one.id: one.state for one in public.mine(lan)}
    assert states == {revoked: "revoked", ended: "expired", elsewhere: "valid"}
    for paper in (revoked, ended):
        with pytest.raises(Problem, match="not valid"):
            public.use(lan, paper, purpose=("dossier", "1"), words="hồ sơ 1")


def test_an_owner_is_told_once_before_a_paper_ends(somebody) -> None:
    lan = somebody("lan", number=LAN)
    issued(kind="residence", title="Xác nhận cư trú", issued_on=TODAY, valid_to=TODAY + dt.timedelta(days=20))
    issued(kind="residence", title="Xa hơn", valid_to=TODAY + dt.timedelta(days=31))

    assert [keeping.warn_ending(HOUSE), keeping.warn_ending(HOUSE)] == [1, 0]

    assert [one["title"] for one in notices.mine(lan)] == ["Giấy tờ sắp hết hạn: Xác nhận cư trú"]


def test_who_acts_for_an_organisation_sees_its_papers_after_confirmation_only(somebody) -> None:
    lan, hai = somebody("lan"), somebody("hai", number=HAI)
    clerk = somebody("clerk1", "clerk", "H13.03", "official")
    paper = public.put(HOUSE, owner=("organisation", FIRM), kind="business_registration", title="Đăng ký kinh doanh",
                       file_id=None, data={"representative": HAI})  # fmt: skip

    request = acting.ask(lan, FIRM, "Công ty Sông Hậu", "giấy uỷ quyền")
    assert public.mine(lan) == [] and [one.id for one in public.mine(hai)] == [paper]
    acting.confirm(clerk, request)
    assert [one.id for one in public.mine(lan)] == [paper]
    acting.stop(lan, request)

    assert public.mine(lan) == []


def test_everything_is_taken_along_as_files_and_an_index(somebody) -> None:
    lan = somebody("lan", number=LAN)
    paper = issued(file_id=result_file("teal"), verify="ABCD2345EFGH", number="12/2026", data={"name": "Bé An"})

    archive = zipfile.ZipFile(io.BytesIO(b"".join(taking.as_zip(lan))))
    index = json.loads(archive.read("papers.json"))["papers"]

    assert archive.testzip() is None and [one["id"] for one in index] == [paper]
    assert archive.read(index[0]["file"]) == store.read(files.files_of(HOUSE, "paper", paper)[0].sha256)
    assert index[0]["verify"] == "/verify/ABCD2345EFGH" and index[0]["data"] == {"name": "Bé An"}
    client = Client()
    client.force_login(Actor.objects.get(pk=lan.actor_id))
    assert client.post("/account/data").json()["papers"][0]["number"] == "12/2026"


def test_an_official_looks_for_a_purpose_that_the_owner_reads_and_never_sees_uploads(somebody) -> None:
    lan, clerk = somebody("lan", number=LAN), somebody("clerk1", "clerk", "H13.03", "official")
    paper = issued(file_id=result_file("pink"))
    upload = actions.upload(lan, photo("plum"), "a.png", kind="other")

    with pytest.raises(Problem, match="purpose"):
        public.of_owner(clerk, ("person", LAN), "  ")
    assert [one.id for one in public.of_owner(clerk, ("person", LAN), "Tiếp nhận hồ sơ 12")] == [paper]

    assert [one.id for one in queries.shared_with(clerk)] == [paper]
    files.open_file(clerk, files.files_of(HOUSE, "paper", paper)[0].id)
    with pytest.raises(Problem):
        files.open_file(clerk, files.files_of(HOUSE, "paper", upload)[0].id)
    seen = audit.looks([queries.person_key(sql.row("SELECT * FROM vault_paper WHERE id = %(i)s", {"i": paper}))])
    assert [one["purpose"] for one in seen] == ["Tiếp nhận hồ sơ 12"] * 2
    with clock.at(dt.datetime(2026, 11, 25, 4, 1, tzinfo=dt.UTC)):
        assert queries.shared_with(clerk) == []


def test_pages_of_the_owner_read_and_send_without_script(somebody) -> None:
    lan = somebody("lan", number=LAN)
    client = Client()
    client.force_login(Actor.objects.get(pk=lan.actor_id))
    paper = issued(verify="ABCD2345EFGH")

    made = client.post(
        "/my/papers/new", {"kind": "citizen_card", "file": photo("lime"), "number": "1", "key": "k" * 20}
    )
    page = client.get(f"/my/papers/{paper}").content.decode()
    shared = client.post(f"/my/papers/{paper}", {"do": "share", "to_kind": "link", "purpose": "", "days": "7"})

    assert made.status_code == 302 and client.get(made["Location"]).status_code == 200
    assert "/verify/ABCD2345EFGH" in page and "vĩnh viễn" in page
    assert shared.status_code == 422 and "Hãy ghi để làm gì" in shared.content.decode()
    for address in ("/my", "/my/papers", "/my/papers/new", "/my/organisations"):
        assert client.get(address).status_code == 200, address
    assert "Giấy khai sinh" in client.get("/my").content.decode()
