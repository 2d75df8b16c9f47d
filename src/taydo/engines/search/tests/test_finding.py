"""What people type finds what they mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from taydo.engines.search import index, meaning, queries, refreshing
from taydo.engines.search.index import Doc
from taydo.kernel import sql

pytestmark = pytest.mark.django_db
PROCEDURES = [
    ("1.001193", "Thủ tục đăng ký khai sinh", "Hộ tịch"),
    ("2.000635", "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh", "Hộ tịch"),
    ("1.000894", "Thủ tục đăng ký kết hôn", "Hộ tịch"),
    ("2.000806", "Thủ tục đăng ký kết hôn có yếu tố nước ngoài", "Hộ tịch"),
    ("1.004873", "Thủ tục cấp Giấy xác nhận tình trạng hôn nhân", "Hộ tịch"),
    ("1.000656", "Thủ tục đăng ký khai tử", "Hộ tịch"),
    ("1.012786", "Cấp lại Giấy chứng nhận do bị mất", "Đất đai"),
    ("1.012783", "Cấp đổi Giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất", "Đất đai"),
    ("1.001612", "Đăng ký thành lập hộ kinh doanh", "Hộ kinh doanh"),
    ("1.001266", "Chấm dứt hoạt động hộ kinh doanh", "Hộ kinh doanh"),
    ("3.000347", "Đổi giấy phép lái xe", "Sát hạch, cấp giấy phép lái xe"),
    ("1.004222", "Đăng ký thường trú", "Đăng ký, quản lý cư trú"),
    ("1.004194", "Đăng ký tạm trú", "Đăng ký, quản lý cư trú"),
]


@pytest.fixture(autouse=True)
def filled(db: None) -> Iterator[None]:
    for table in ("entry", "term", "meaning"):  # what tests of other parts left in this database
        sql.execute(f"DELETE FROM search_{table}")
    index.put("procedure", [Doc(code, title, "", field, f"/procedures/{code}") for code, title, field in PROCEDURES])
    refreshing.count_terms()
    forget()
    yield
    forget()


def forget() -> None:
    """What the process remembers of the last test's entries."""
    queries._memory = queries._Memory()
    meaning._matrix = meaning.Matrix()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("lam giay khai sinh cho con", "1.001193"),
        ("Đăng ký khai sinh", "1.001193"),
        ("giay khai sihn", "1.001193"),
        ("khai sanh cho con mới đẻ", "1.001193"),
        ("xin giay doc than", "1.004873"),
        ("dang ky kinh doah", "1.001612"),
        ("dang ky hkd", "1.001612"),
        ("mở tiệm tạp hóa", "1.001612"),
        ("mo quan", "1.001612"),
        ("sổ đỏ bị rách muốn đổi", "1.012783"),
        ("mat so hong", "1.012786"),
        ("doi bang lai", "3.000347"),
        ("nhập hộ khẩu cho vợ", "1.004222"),
        ("dawng ky tajm tru", "1.004194"),
        ("d9a8ng ky1 ta5m tru1", "1.004194"),
        ("marriage registration", "1.000894"),
        ("1.004194", "1.004194"),
    ],
)
def test_everyday_words_find_the_procedure_first(asked: str, code: str) -> None:
    answer = queries.find(asked)

    assert [hit.id for hit in answer.hits][:1] == [code], answer
    assert answer.hits[0].href == f"/procedures/{code}"
    assert not answer.nothing


@pytest.mark.parametrize("asked", ["asdfgh", "mua vé máy bay", "giá vàng hôm nay", "", "   ", "%_' | & !", "\0"])
def test_what_the_city_does_not_do_finds_nothing(asked: str) -> None:
    answer = queries.find(asked)

    assert answer.nothing
    assert answer.hits == []


def test_the_question_is_read_in_official_words() -> None:
    assert queries.find("mat so hong").understood == "cấp lại giấy chứng nhận do bị mất"


def test_what_is_being_typed_is_finished() -> None:
    assert [hit.id for hit in queries.suggest("dang ky ket h")][:1] == ["1.000894"]
    assert [hit.id for hit in queries.suggest("mo qua")][:1] == ["1.001612"]


def test_putting_a_kind_anew_lets_the_others_of_it_go_and_no_other_kind() -> None:
    index.put("answer", [Doc("7", "Kết hôn cần gì")])

    index.put("procedure", [Doc("1.000894", "Đăng ký kết hôn")], replace=True)

    assert "1.001193" not in [hit.id for hit in queries.find("khai sinh").hits]
    assert {(hit.kind, hit.id) for hit in queries.find("ket hon").hits} == {("procedure", "1.000894"), ("answer", "7")}
    assert [hit.kind for hit in queries.find("ket hon", kinds=["answer"]).hits] == ["answer"]


def test_what_was_taken_out_is_found_no_more() -> None:
    assert index.drop("procedure", ["1.001193", "2.000635"]) == 2

    assert all(hit.id not in ("1.001193", "2.000635") for hit in queries.find("khai sinh").hits)


def test_meanings_are_made_once_for_entries_that_say_the_same() -> None:
    if meaning.model() is None:
        pytest.skip("the model of meanings cannot be loaded on this machine")
    index.put("copy", [Doc(code, title, "", field) for code, title, field in PROCEDURES])

    assert refreshing.make_meanings(60) == len(PROCEDURES)

    forget()
    assert refreshing.make_meanings(60) == 0
    assert {hit.why for hit in queries.find("kết hôn hay khai sinh", kinds=["procedure"]).hits} & {"both", "meaning"}
    index.put("copy", [], replace=True)
    assert refreshing.forget_meanings() == 0
