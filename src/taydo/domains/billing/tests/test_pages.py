"""Pages on which people pay."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from taydo.domains.billing import rules
from taydo.engines.payments import actions
from taydo.protocols import vietqr

from .conftest import raised

WEB = Path(__file__).resolve().parents[5] / "web"


@pytest.fixture
def bill(db):
    """A bill to pay."""
    return raised()


def test_a_bill_is_found_by_its_code_however_typed(client: Client, bill) -> None:
    typed = f"{bill.code[:4]} {bill.code[4:].lower()}"

    assert client.get("/pay", {"code": typed})["Location"] == f"/pay/{bill.code}"
    assert client.get("/pay", {"code": "AAAA-AAAA"}).status_code == 404


def test_a_stranger_sees_how_to_pay_and_not_for_whom(client: Client, bill) -> None:
    page = client.get(f"/pay/{bill.code}").content.decode()

    assert "45.000 đ" in page and "VietinBank" in page and f"TD{bill.code}" in page
    assert "Lan" not in page
    assert client.get(f"/pay/{bill.code}/state").json() == {"state": "due"}


def test_wrong_codes_are_slowed_down(client: Client, bill) -> None:
    answers = [client.get("/pay/22222222").status_code for _ in range(60)]

    assert answers[0] == 404 and 429 in answers


def test_others_read_the_picture_of_the_code(client: Client, bill, tmp_path: Path) -> None:
    picture = client.get(f"/pay/{bill.code}/qr.png")
    (tmp_path / "qr.png").write_bytes(picture.content)

    text = zxingcpp.read_barcodes(Image.open(tmp_path / "qr.png"))[0].text

    ours = vietqr.read(text)
    assert (ours.amount_vnd, ours.purpose) == (45_000, f"TD{bill.code}")
    if not (WEB / "node_modules" / "vietnam-qr-pay").exists():
        pytest.skip("no npm packages: vietnam-qr-pay does not read along")
    said = subprocess.run(["node", "readqr.mjs", text], cwd=WEB, capture_output=True, text=True, check=True).stdout
    theirs = json.loads(said)
    assert theirs == {
        "valid": True, "bin": ours.bin, "account": ours.account, "amount": "45000", "purpose": ours.purpose,
    }  # fmt: skip


def test_a_receipt_is_for_the_payer_and_the_agency_only(client: Client, bill, cashier, tmp_path: Path) -> None:
    assert client.get(f"/pay/{bill.code}/receipt.pdf").status_code == 404
    actions.take_cash(cashier, bill.id, key="till-0001")
    desk = Client()
    desk.post("/signin", {"username": "thu1", "password": "taydo-demo"})

    answers = [desk.get(f"/pay/{bill.code}/receipt.pdf") for _ in range(2)]

    assert client.get(f"/pay/{bill.code}/receipt.pdf").status_code == 404
    assert answers[0].content == answers[1].content and answers[0].content.startswith(b"%PDF-1.7")
    (tmp_path / "receipt.pdf").write_bytes(answers[0].content)
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: apt install poppler-utils")
    words = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "receipt.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()
    assert (
        "Nguyễn Thị Lan" in words and "45.000" in words and "Bốn mươi lăm nghìn đồng" in words and "0000001/" in words
    )


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"), (5, "Năm đồng"), (15, "Mười lăm đồng"), (21, "Hai mươi mốt đồng"), (105, "Một trăm linh năm đồng"),
        (45_000, "Bốn mươi lăm nghìn đồng"), (1_000_001, "Một triệu không trăm linh một đồng"), (1_250_000, "Một triệu hai trăm năm mươi nghìn đồng"),
        (3_000_000_000, "Ba tỷ đồng"),
    ],
)  # fmt: skip
def test_amounts_are_written_out(amount: int, words: str) -> None:
    assert rules.in_words(amount) == words
