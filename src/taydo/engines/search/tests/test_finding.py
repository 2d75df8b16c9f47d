"""What people type finds what they mean."""

from __future__ import annotations

import pytest

from taydo.engines.search import index, queries
from taydo.engines.search.index import Doc

pytestmark = pytest.mark.django_db
BIRTH = Doc(
    "1.001193", "Đăng ký khai sinh", "Giấy chứng sinh do cơ sở y tế cấp", "lĩnh vực hộ tịch", "/procedures/1.001193"
)
MARRIAGE = Doc("1.000894", "Đăng ký kết hôn", "Tờ khai đăng ký kết hôn", "lĩnh vực hộ tịch", "/procedures/1.000894")


def test_a_question_without_accents_finds_the_birth_registration_first() -> None:
    index.put("procedure", [MARRIAGE, BIRTH])

    answer = queries.find("lam giay khai sinh cho con")

    assert [hit.id for hit in answer.hits][:1] == ["1.001193"]
    assert answer.hits[0].href == "/procedures/1.001193"


def test_putting_a_kind_anew_lets_the_others_of_it_go_and_no_other_kind() -> None:
    index.put("procedure", [BIRTH, MARRIAGE])
    index.put("answer", [Doc("7", "Kết hôn cần gì")])

    index.put("procedure", [MARRIAGE], replace=True)

    assert BIRTH.id not in [hit.id for hit in queries.find("khai sinh").hits]
    assert {(hit.kind, hit.id) for hit in queries.find("ket hon").hits} == {("procedure", "1.000894"), ("answer", "7")}


def test_what_was_taken_out_is_found_no_more() -> None:
    index.put("procedure", [BIRTH])

    assert index.drop("procedure", ["1.001193"]) == 1

    assert queries.find("khai sinh").nothing
