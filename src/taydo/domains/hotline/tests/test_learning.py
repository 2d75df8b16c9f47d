"""Suggestions are learned from the city's own closed reports; duplicates are scored with their reasons, photos known again."""

import io

import numpy as np
import pytest
from PIL import Image

from taydo.domains.hotline import actions
from taydo.domains.hotline.actions import handling
from taydo.domains.hotline.queries import intake, learning
from taydo.engines.suggestions import training
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
NOBODY, HOUSE = Viewer.anonymous(), Viewer.system("test")
WORDS = {
    "lamp_out": ["Trụ số 5 tối thui", "Ban đêm không thấy gì", "Hẻm tối quá", "Bóng cháy rồi"],
    "waste_missed": ["Ba ngày chưa ai lấy", "Thùng đầy tràn ra đường", "Bao nylon chất đống", "Xe không tới gom"],
}


def closed_reports(times: int) -> None:
    """Reports of two categories, answered, each kind by its own agency."""
    for turn in range(times):
        for category, texts in WORDS.items():
            for text in texts:
                actions.report(NOBODY, f"{text} khu {turn}", category=category)
    sql.execute("UPDATE cases_case SET state = 'answered', phase = 'done', closed_at = now() WHERE type = 'report'")
    sql.execute(
        """UPDATE cases_case c SET agency = 'H13.07', chain = chain || 'H13.07'::text FROM hotline_report r
           WHERE r.case_id = c.id AND r.category = 'lamp_out'"""
    )


def test_categories_and_agencies_are_learned_from_closed_reports_and_say_so() -> None:
    assert intake.suggestions("Hẻm tối quá")[:1] == []
    closed_reports(12)

    for purpose in (learning.CATEGORY, learning.AGENCY):
        assert training.train(HOUSE, purpose)

    found = intake.suggestions("hem toi qua, trụ số 9")
    assert (found[0]["category"], found[0]["by"]) == ("lamp_out", "reports") and found[0]["sure"] > 0.6
    agency = handling.likely_agencies("hem toi qua")[0]
    assert agency["agency"] == "H13.07" and agency["name"]


def test_before_that_keywords_suggest_and_say_so() -> None:
    training.train(HOUSE, learning.CATEGORY)

    assert intake.suggestions("Karaoke ồn ào")[0] | {"sure": 0} == intake.suggestions("karaoke ồn ào")[0] | {"sure": 0}
    assert intake.suggestions("Karaoke ồn ào")[0]["by"] == "words"
    assert handling.likely_agencies("Karaoke ồn ào") == []


def scene(seed: int, width: int = 640) -> io.BytesIO:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize((width, width * 3 // 4), Image.Resampling.BICUBIC).save(out, "JPEG", quality=80)
    out.seek(0)
    return out


def test_the_same_photo_sent_again_is_found_with_other_words_and_the_reason_is_said() -> None:
    first = actions.report(NOBODY, "Ổ gà lớn", lon=105.7800, lat=10.0340, photos=[(scene(1), "a.jpg")])
    again = actions.report(NOBODY, "Nguy hiểm quá", lon=105.7812, lat=10.0345, photos=[(scene(1, 320), "b.jpg")])
    sql.execute("UPDATE hotline_report SET asked_at = asked_at - interval '60 days'")

    found = intake.duplicates(NOBODY, "Nguy hiểm quá", 105.7812, 10.0345, but=again["id"])

    assert [item["code"] for item in found] == [first["code"]]
    assert found[0]["alike"] > 0.5 and any("ảnh" in why for why in found[0]["why"])
    assert "photo_hash" not in found[0]


def test_another_matter_at_the_same_place_is_less_alike() -> None:
    lamp = actions.report(NOBODY, "Đèn đường không sáng", lon=105.7800, lat=10.0340)
    dog = actions.report(NOBODY, "Chó thả rông", lon=105.7800, lat=10.0340)

    found = intake.duplicates(NOBODY, "den duong khong sang", 105.7800, 10.0340)

    assert [item["code"] for item in found] == [lamp["code"], dog["code"]]
    assert found[0]["alike"] > 0.8 > 0.6 > found[1]["alike"]
