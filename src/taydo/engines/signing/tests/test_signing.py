from __future__ import annotations

import io
import shutil
import subprocess

import pytest
from django.test import Client

from taydo.engines.files import queries as files
from taydo.engines.signing import actions, keys, pades, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .conftest import HOUSE

WARD = "H13.31135"
PLACES = [pades.Place(0, (330, 300, 520, 360)), pades.Place(0, (300, 290, 400, 380))]


def signed(printed, **more):
    code, file_id = printed()
    officer = actions.demonstration_key(WARD, "Lê Văn Chủ Tịch", "officer")
    seal = actions.demonstration_key(WARD, "UBND phường Ninh Kiều")
    request = actions.request(
        HOUSE, file_id, [officer, seal], purpose=("trial", 1), title="Giấy xác nhận", agency=WARD, code=code, places=PLACES, now=True,
        facts={"Số": "12/XN-UBND"}, **more,
    )  # fmt: skip
    return code, request


@pytest.mark.django_db
def test_a_paper_is_signed_by_a_person_and_then_sealed_and_checks(printed, stamped):
    code, request = signed(printed)

    found = queries.document(code)
    _, pdf = files.open_file(HOUSE, found["file_id"])
    seen = pades.examine(pdf, queries.trust())
    assert queries.request(request)["state"] == "signed"
    assert [one.signer for one in seen.signatures] == [
        "Lê Văn Chủ Tịch (TRÌNH DIỄN)",
        "UBND phường Ninh Kiều (TRÌNH DIỄN)",
    ]
    assert seen.good, seen
    assert Client().get(f"/api/v1/verify/{code}").json()["state"] == "valid"
    assert "12/XN-UBND" in Client().get(f"/verify/{code}").content.decode()


@pytest.mark.django_db
def test_poppler_reads_both_signatures_as_valid(printed, stamped, tmp_path):
    if shutil.which("pdfsig") is None:
        pytest.skip("no pdfsig here: apt install poppler-utils")
    code, _ = signed(printed)
    _, pdf = files.open_file(HOUSE, queries.document(code)["file_id"])
    (tmp_path / "signed.pdf").write_bytes(pdf)

    said = subprocess.run(
        ["pdfsig", "-nocert", str(tmp_path / "signed.pdf")], capture_output=True, text=True, check=False
    ).stdout

    assert said.count("Signature is Valid") == 2, said
    assert "Total document signed" in said


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["content", "signature", "appended"])
def test_one_byte_altered_is_reported_as_altered(printed, stamped, where):
    code, _ = signed(printed)
    _, pdf = files.open_file(HOUSE, queries.document(code)["file_id"])
    at = {"content": 2000, "signature": pdf.index(b"/Contents <") + 400, "appended": len(pdf)}[where]
    changed = bytearray(pdf + b" ") if where == "appended" else bytearray(pdf)
    if where != "appended":
        changed[at] = ord("0") if changed[at] != ord("0") else ord("1")

    same, seen = queries.compare(code, bytes(changed))
    answer = Client().post(f"/verify/{code}", {"file": io.BytesIO(bytes(changed))})

    assert not same
    assert where == "appended" or not seen.good
    assert "Không phải tệp đã phát hành" in answer.content.decode()
    assert queries.compare(code, pdf)[0]


@pytest.mark.django_db
def test_without_a_time_stamp_nothing_is_issued_and_the_request_waits(printed, stamped, monkeypatch):
    def away():
        raise keys.NotNow("the authority is away")

    monkeypatch.setattr(keys, "stamper", away)
    code, request = signed(printed)
    assert (queries.request(request)["state"], queries.request(request)["tries"]) == ("wanted", 1)
    with pytest.raises(Problem):
        queries.document(code)

    monkeypatch.undo()


@pytest.mark.django_db
def test_the_same_request_is_done_once(printed, stamped):
    code, file_id = printed()
    key = actions.demonstration_key(WARD, "UBND phường Ninh Kiều")
    asked = [
        actions.request(
            HOUSE, file_id, [key], purpose=("trial", 1), title="Giấy", agency=WARD, code=code, key="một lần", now=True
        )
        for _ in range(2)
    ]

    assert asked[0] == asked[1]
    assert actions.work(HOUSE, asked[0]) == "signed"
    assert sql.value("SELECT count(*) FROM signing_document") == 1


@pytest.mark.django_db
def test_who_holds_no_right_there_or_a_revoked_key_signs_nothing(printed, stamped):
    _, file_id = printed()
    key = actions.demonstration_key(WARD, "UBND phường Ninh Kiều")
    stranger = Viewer(9, "x", "X", "official", "H13.31120", grants={"signing.sign": frozenset({"H13.31120"})})

    with pytest.raises(Problem) as elsewhere:
        actions.request(stranger, file_id, [key], purpose=("trial", 1), title="Giấy", agency="H13.31120")
    actions.revoke_key(HOUSE, key)
    with pytest.raises(Problem) as revoked:
        actions.request(HOUSE, file_id, [key], purpose=("trial", 1), title="Giấy", agency=WARD)

    assert (elsewhere.value.status, revoked.value.code) == (403, "key_ended")


@pytest.mark.django_db
def test_a_withdrawn_paper_says_so_and_a_code_nobody_has_is_not_found(printed, stamped):
    code, _ = signed(printed)
    actions.withdraw(HOUSE, code, "Cấp sai thông tin", replaced_by="")

    page = Client().get(f"/verify/{code}").content.decode()
    assert "Đã bị thu hồi" in page and "Cấp sai thông tin" in page
    assert Client().get("/verify/ABCDEFGH2345").status_code == 404
    assert Client().get("/api/v1/verify/ABCDEFGH2345").status_code == 404


def test_what_is_no_pdf_is_said_to_be_none():
    assert pades.examine(b"not a pdf", []) == pades.Examination(False)
