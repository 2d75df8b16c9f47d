"""Pages and API: what people see, and who may change what."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from taydo.domains.catalogue import public, queries
from taydo.domains.catalogue.actions import editing, importing, publishing
from taydo.domains.catalogue.queries import doubts, figures
from taydo.domains.catalogue.tests.test_versions import declared
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

HOUSE = Viewer.system("tests")
NOON = dt.datetime(2026, 7, 1, 5, tzinfo=dt.UTC)
FIRST, NEXT = dt.date(2026, 7, 1), dt.date(2026, 7, 15)


@pytest.mark.django_db
def test_anybody_finds_and_reads_a_procedure_in_plain_words(client: Client, town: None) -> None:
    paper = {"id": "note", "title": "Giấy chứng sinh", "originals": 1}
    fees = [{"title": "Lệ phí", "amount_vnd": 8000}]
    way = {"id": "online", "deadline": {"working_days": 3}, "fees": fees}
    publishing.publish(HOUSE, "city", [declared(title="Đăng ký khai sinh thử", papers=[paper], channels=[way])])

    found = client.get("/procedures?q=dang ky khai sinh thu").content.decode()
    page = client.get("/procedures/9.000001?unit=31135").content.decode()
    answer = client.get("/api/v1/procedures?q=9.000001").json()

    assert "/procedures/9.000001" in found
    assert all(words in page for words in ("3 ngày làm việc", "8.000 đ", "Giấy chứng sinh", "1 bản chính", "/dossiers/new/9.000001", "Ninh Kiều"))  # fmt: skip
    assert [one["code"] for one in answer["procedures"]] == ["9.000001"]
    assert client.get("/api/v1/procedures/9.000001?on=2020-01-01").status_code == 404
    assert client.get("/procedures/9.000001?on=2020-01-01").status_code == 404
    assert client.get("/procedures/0.000000").status_code == 404


@pytest.mark.django_db
def test_an_official_writes_a_version_from_a_day_and_ends_the_procedure(editor: Viewer) -> None:
    with clock.at(NOON):
        publishing.publish(HOUSE, "city", [declared()])
        editing.edit(
            editor,
            "9.000001",
            {"title": "Thử, sửa", "online": "none", "online_reason": "Phải ký tại chỗ"},
            valid_from=NEXT,
            note="QĐ 1",
        )
        editing.close(editor, "9.000001", dt.date(2026, 12, 31), "QĐ 2")
        counted = figures.counts(NEXT)

    titles = [
        (public.on("9.000001", day) or public.Held(0, declared(title="-"))).spec.title
        for day in (FIRST, NEXT, dt.date(2027, 1, 1))
    ]
    assert titles == ["Thử", "Thử, sửa", "-"]
    assert counted.measured >= counted.in_time >= 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "day", "note", "field"),
    [
        ({"title": "Khác"}, dt.date(2026, 6, 30), "QĐ", "valid_from"),
        ({"title": "Khác"}, NEXT, " ", "note"),
        ({"online": "part", "online_reason": ""}, NEXT, "QĐ", "online_reason"),
        ({"level": "nowhere"}, NEXT, "QĐ", "level"),
    ],
)
def test_a_version_that_cannot_be_is_refused_and_says_where(changes, day, note, field, editor: Viewer) -> None:
    with clock.at(NOON):
        publishing.publish(HOUSE, "city", [declared()])
        with pytest.raises(Problem) as refused:
            editing.edit(editor, "9.000001", changes, valid_from=day, note=note)

    assert field in refused.value.fields
    assert len(queries.history("9.000001")) == 1


@pytest.mark.django_db
def test_deciding_the_last_doubt_publishes_the_reviewed_version(editor: Viewer, tmp_path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"ma_thu_tuc": "9.100002", "ten_thu_tuc": "Thủ tục thử", "cap_thuc_hien": "Cấp xã", "nguon_thu_muc": "bo-tu-phap",'
        ' "cach_thuc_thuc_hien": "Hình thức nộpThời gianPhí, lệ phíMô tảTrực tuyến1Miễn phíTrực tiếp2Miễn phí"}'
    )
    with clock.at(NOON):
        importing.bring_in(HOUSE, path)
        first, waiting = doubts.following(), doubts.remaining()
        assert first and (waiting["doubts"], first["reason"]) == (2, "unit_missing")
        assert editing.decide(editor, first["id"], 0, "correct", {"number": "5", "unit": "days"}) is None
        with pytest.raises(Problem):
            editing.decide(editor, first["id"], 1, "correct", {"number": "x", "unit": "days"})
        assert editing.decide(editor, first["id"], 1, "accept")
        again = importing.bring_in(HOUSE, path)
    with clock.at(NOON + dt.timedelta(days=1)):
        reviewed = public.on("9.100002")

    assert reviewed and reviewed.spec.uncertain == ()
    assert [way.deadline.model_dump(exclude_none=True) for way in reviewed.spec.channels if way.deadline] == [{"days": 5}, {"working_days": 2}]  # fmt: skip
    assert again["written"] == 0


@pytest.mark.django_db
def test_nobody_without_the_permission_edits_reviews_or_imports(client: Client) -> None:
    publishing.publish(HOUSE, "city", [declared()])
    nobody = Viewer(7, "citizen", "Ai đó", "person")

    for attempt in (
        lambda: editing.edit(nobody, "9.000001", {"title": "X"}, valid_from=NEXT, note="x"),
        lambda: editing.close(nobody, "9.000001", NEXT, "x"),
        lambda: editing.decide(nobody, 1, 0, "accept"),
        lambda: importing.bring_in(nobody, importing.Path("x")),
    ):
        with pytest.raises(Problem) as refused:
            attempt()
        assert refused.value.status == 403
    assert all(client.get(path).status_code in (302, 401, 403) for path in ("/catalogue", "/catalogue/review", "/catalogue/9.000001/edit"))  # fmt: skip
