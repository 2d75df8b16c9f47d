from __future__ import annotations

from taydo.domains.procedures.pages import work

from .conftest import WARD_AGENCY, official

ASKED = {
    "agency": WARD_AGENCY,
    "state": "waiting_supplement",
    "national": 5,
    "money": "none",
    "apologies": 0,
    "source": "",
}


def test_the_desk_may_take_supplements_and_who_is_offered_a_dossier_may_take_it_over():
    there = official("other", "H13.07", "procedures.accept")
    offered = [{"to_agency": "H13.07"}]

    assert "take_supplement" in work.may(official(), ASKED, set(), [])
    assert work.may(there, ASKED, set(), offered) == {"accept", "decline"}
    assert work.may(there, ASKED, set(), []) == set()
