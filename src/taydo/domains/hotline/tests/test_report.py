"""Reports are taken from anybody, once, with a place, and are private to whom they should be."""

import pytest

from taydo.domains.hotline import actions, queries
from taydo.domains.hotline.queries import Filters, intake
from taydo.domains.hotline.tests.conftest import photo
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db
NOBODY = Viewer.anonymous()
NINH_KIEU = (105.7782, 10.0340)


def test_anybody_reports_and_gets_a_code_and_a_token() -> None:
    made = actions.report(
        NOBODY, "Đèn đường hẻm 51 tắt ba đêm nay.", category="lamp_out", lon=NINH_KIEU[0], lat=NINH_KIEU[1]
    )

    found = queries.report(NOBODY, made["code"], made["token"])
    assert made["code"].startswith("PA-")
    assert found["owner"] and found["unit_name"] == "Phường Ninh Kiều"
    assert (found["state"], found["agency"], found["due_state"]) == ("received", "H13.01.01", "ontime")


def test_the_place_of_the_photo_is_used_when_none_is_given() -> None:
    made = actions.report(NOBODY, "Ổ gà lớn giữa đường", photos=[(photo(NINH_KIEU), "o-ga.jpg")])

    found = queries.report(NOBODY, made["code"])
    assert (round(found["lon"], 3), round(found["lat"], 3)) == (105.778, 10.034)
    assert [kept.content_type for kept in queries.photos(NOBODY, found)] == ["image/jpeg"]


def test_the_same_key_again_is_the_same_report_with_its_token() -> None:
    first = actions.report(NOBODY, "Rác chưa gom", key="0123456789abcdef-one")

    again = actions.report(NOBODY, "Rác chưa gom", key="0123456789abcdef-one")

    assert again["again"] and (again["code"], again["token"]) == (first["code"], first["token"])
    assert sql.value("SELECT count(*) FROM hotline_report") == 1


def test_a_short_key_of_a_stranger_is_refused_so_that_nobody_reaches_anothers_report_by_it() -> None:
    with pytest.raises(Problem) as refused:
        actions.report(NOBODY, "Rác chưa gom", key="1")

    assert refused.value.code == "key_length"


def test_each_wrong_field_is_named() -> None:
    with pytest.raises(Problem) as refused:
        actions.report(NOBODY, " ", category="nonsense", lon=1.0)
    assert set(refused.value.fields) == {"text", "category", "place"}

    with pytest.raises(Problem) as refused:
        actions.report(NOBODY, "Đèn tắt", phone="12", email="x")
    assert set(refused.value.fields) == {"phone", "email"}


def test_strangers_find_a_public_report_without_what_is_personal() -> None:
    made = actions.report(NOBODY, "Gọi tôi 0909 123 456 hoặc lan@example.vn, đèn tắt", name="Lan", phone="0909123456")

    found = queries.report(NOBODY, made["code"])
    listed, _ = queries.public_reports(NOBODY, Filters(q="DEN tat"))
    assert "0909" not in found["text"] and "lan@" not in found["text"] and "đèn tắt" in found["text"]
    assert [item["code"] for item in listed] == [made["code"]]
    assert queries.public_reports(NOBODY, Filters(q="0909123456"))[0] == []
    assert "Lan" not in str(found) and "+84909" not in str(found)


def test_contacts_are_sealed_at_rest() -> None:
    made = actions.report(NOBODY, "Đèn tắt", name="Nguyễn Lan", phone="0909123456", email="Lan@Example.vn")

    kept = sql.row("SELECT * FROM hotline_report WHERE code = %(c)s", {"c": made["code"]})
    assert kept is not None
    assert not {"Nguyễn Lan", "+84909123456", "lan@example.vn"} & {str(item) for item in kept.values()}
    audited = sql.value("SELECT string_agg(detail::text, '') FROM kernel_audit")
    assert "0909123456" not in audited and "Nguyễn" not in audited


def test_a_private_report_is_404_for_strangers_and_for_guessed_tokens() -> None:
    made = actions.report(NOBODY, "Hàng xóm đốt rác", public=False)

    for token in ("", "0" * 32, made["token"][:-1] + "x"):
        with pytest.raises(Problem) as hidden:
            queries.report(NOBODY, made["code"], token)
        with pytest.raises(Problem) as nothing:
            queries.report(NOBODY, "PA-NOTHERE", token)
        assert hidden.value.as_dict() == nothing.value.as_dict()
    assert queries.report(NOBODY, made["code"], made["token"])["owner"]
    assert queries.public_reports(NOBODY)[0] == []


def test_a_denunciation_is_private_whatever_was_ticked() -> None:
    made = actions.report(NOBODY, "Tôi tố cáo cán bộ A nhận tiền của dân", public=True)

    assert made["public"] is False


def test_too_many_from_one_sender_are_taken_and_wait_for_a_person() -> None:
    made = [actions.report(NOBODY, f"Đèn {n} tắt", senders=[("device", "one")]) for n in range(8)]

    assert [item["held"] for item in made] == [""] * 6 + ["burst"] * 2
    assert len(queries.public_reports(NOBODY)[0]) == 6
    assert queries.report(NOBODY, made[-1]["code"], made[-1]["token"])["owner"]


def test_duplicates_near_in_place_time_and_words_are_found() -> None:
    first = actions.report(NOBODY, "Đèn đường trước số 12 không sáng", lon=105.7800, lat=10.0340)
    actions.report(NOBODY, "Đèn đường không sáng", lon=105.80, lat=10.06)

    found = intake.duplicates(NOBODY, "den duong truoc so 12 khong sang may hom nay", 105.7801, 10.0341)

    assert [item["code"] for item in found] == [first["code"]]


@pytest.mark.parametrize(
    ("words", "category"),
    [("den duong bi hu toi om", "lamp_out"), ("Karaoke loa kéo ồn ào cả đêm", "noise_music"), ("nắp cống bị mất", "manhole"),
     ("Cây ngã chắn đường", "tree_fallen"), ("rác chưa gom ba ngày, xe rác không tới", "waste_missed")],
)  # fmt: skip
def test_words_suggest_a_category_and_say_how_sure(words: str, category: str) -> None:
    found = intake.suggestions(words)

    assert found[0]["category"] == category
    assert 0 < found[0]["sure"] < 1


def test_the_reporter_rates_reopens_and_nobody_else(citizen: Viewer) -> None:
    made = actions.report(citizen, "Đèn tắt", category="lamp_out")

    with pytest.raises(Problem) as early:
        actions.rate(citizen, made["code"], 5)
    with pytest.raises(Problem) as stranger:
        actions.withdraw(NOBODY, made["code"])

    assert (early.value.code, stranger.value.status) == ("not_answered", 404)
    assert queries.mine(citizen)[0][0]["code"] == made["code"]
