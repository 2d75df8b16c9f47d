"""`/search`: one list over all kinds, an honest nothing, and a start for those who do not know what to write; without a script."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from taydo.engines.search import index, queries, refreshing
from taydo.engines.search.index import Doc
from taydo.kernel import panels

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def filled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    index.put(
        "procedure",
        [Doc("1.001193", "Thủ tục đăng ký khai sinh", "Giấy chứng sinh", "Hộ tịch", "/procedures/1.001193")],
        replace=True,
    )
    index.put(
        "answer",
        [Doc("power", "Mất điện thì gọi số nào?", "Gọi 1900 1006", "Power cut", "/hotline/answers?q=mat")],
        replace=True,
    )
    refreshing.count_terms()
    queries._memory = queries._Memory()
    found = [
        panels.Hit("unit", "Phường Khai Sinh", "Ở đây", "/?unit=1"),
        panels.Hit("x", "Lặp", "", "/procedures/1.001193"),
    ]
    monkeypatch.setitem(panels.FINDERS, "unit", lambda viewer, text: found if "sinh" in text else [])
    yield
    queries._memory = queries._Memory()


def page(path: str, language: str = "vi") -> str:
    return Client(headers={"accept-language": language}).get(path).content.decode()


def test_procedures_and_what_parts_find_stand_in_one_list_without_doubles() -> None:
    shown = page("/search?q=khai+sinh")

    assert shown.count('href="/procedures/1.001193"') == 1
    assert "Phường Khai Sinh" in shown
    assert "2 kết quả" in shown


def test_a_slip_is_told_as_it_was_read() -> None:
    assert "đăng ký khai sinh" in page("/search?q=giay+khai+sihn")


def test_nothing_found_offers_a_person() -> None:
    for language, words in (("vi", "Không thấy gì phù hợp"), ("en", "Nothing fits")):
        shown = page("/search?q=gi%C3%A1+v%C3%A0ng+h%C3%B4m+nay", language)
        assert words in shown and 'href="tel:1022"' in shown


def test_an_empty_search_shows_how_to_ask_and_odd_characters_do_no_harm() -> None:
    assert "/search?q=nh%E1%BA%ADp%20h%E1%BB%99%20kh%E1%BA%A9u" in page("/search")
    for odd in ("%00", "%25_%27%7C", "%3Cscript%3E", "a" * 3000):
        assert "<script>" not in page(f"/search?q={odd}").split("</head>")[1]


def test_the_search_is_open_over_http() -> None:
    client = Client()

    found = json.loads(client.get("/api/v1/search?q=lam+giay+khai+sinh&kinds=procedure&limit=5").content)
    begun = json.loads(client.get("/api/v1/search/suggest?q=dang+ky+khai+si").content)

    assert [hit["id"] for hit in found["hits"]] == ["1.001193"]
    assert begun[0] == {"kind": "procedure", "title": "Thủ tục đăng ký khai sinh", "href": "/procedures/1.001193"}
