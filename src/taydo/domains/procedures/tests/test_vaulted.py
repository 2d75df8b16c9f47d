"""A paper of the vault is open to a dossier's agencies while the dossier lives, and the result lies in the vault."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from taydo.domains.procedures.actions import filing, receiving, results
from taydo.domains.procedures.actions.filing import Given
from taydo.domains.vault import public as vault
from taydo.engines.cases import actions as cases
from taydo.engines.files import actions as files
from taydo.engines.files import queries as kept
from taydo.kernel import events
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .conftest import ANSWERS, PAPERS, PERSON, WARD, citizen, official

pytestmark = pytest.mark.django_db


def picture(colour: str) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), colour).save(out, "PNG")
    out.seek(0)
    return out


def test_a_paper_is_open_to_the_agency_while_the_dossier_lives_and_the_result_comes_into_the_vault(town, at_monday):
    paper = vault.upload(citizen(), picture("navy"), "a.png", kind="other")
    file = vault.paper(citizen(), paper).file_id
    with pytest.raises(Problem):
        kept.open_file(official(), file)
    given = [*PAPERS["1.004873"], Given("other", "Giấy khác", (), paper, True)]
    with pytest.raises(Problem, match="no such paper"):
        filing.submit(citizen(102), "1.004873", PERSON, unit_code=WARD, answers=ANSWERS["1.004873"], papers=given)

    mine = filing.submit(citizen(), "1.004873", PERSON, unit_code=WARD, answers=ANSWERS["1.004873"], papers=given)
    receiving.receive(official(), mine["code"])
    assert kept.open_file(official(), file)[0].id == file

    for move in ("check", "submit_draft", "approve"):
        cases.move(official(), mine["case_id"], move)
    result = files.keep(
        Viewer.system("test"), picture("red"), "kq.png", object_kind="dossier", object_id=str(mine["id"])
    )
    results.finish(official(), mine["code"], file_id=result.id, number="12/XN")
    events.deliver_pending()

    with pytest.raises(Problem):
        kept.open_file(official(), file)
    found = {one.number: one for one in vault.mine(citizen())}
    assert found["12/XN"].source == ("dossier", str(mine["id"])) and vault.paper(citizen(), paper).used == 1
    assert kept.open_file(citizen(), found["12/XN"].file_id)[1] == kept.open_file(Viewer.system("test"), result.id)[1]
