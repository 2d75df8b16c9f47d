from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from taydo.engines.printing import paper

HOSTILE = '#let x = 1; #panic("!") $x^2$ \\ " {{}} <a> @b *đậm* `mã` #image("/etc/passwd") Nguyễn'


def text_of(pdf: bytes, tmp_path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: apt install poppler-utils")
    (tmp_path / "paper.pdf").write_bytes(pdf)
    return subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()


@pytest.mark.parametrize("name", sorted(paper.templates()))
def test_every_template_prints_its_sample(name, tmp_path):
    path = paper.templates()[name]
    sample = json.loads(path.with_suffix(".json").read_text("utf-8"))

    pdf = paper.render(name, sample)
    words = text_of(pdf, tmp_path)

    assert pdf.startswith(b"%PDF-1.7") and b"pdfaid" in pdf
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
    assert paper.render(name, sample) == pdf


@pytest.mark.parametrize("name", sorted(paper.templates()))
def test_data_is_never_code(name, tmp_path):
    sample = json.loads(paper.templates()[name].with_suffix(".json").read_text("utf-8"))
    texts = [key for key, value in sample.items() if isinstance(value, str) and key not in ("verify", "day", "office")]

    words = text_of(paper.render(name, sample | dict.fromkeys(texts, HOSTILE)), tmp_path)

    assert "#panic" in words or "#PANIC" in words


def test_any_text_at_all_is_printed(tmp_path):
    sample = json.loads(paper.templates()["procedures/05"].with_suffix(".json").read_text("utf-8"))
    typed = "Nguye\u0302\u0303n 😀 \x1b\u200b霨\U000a4824 hết"

    words = text_of(paper.render("procedures/05", sample | {"reason": typed}), tmp_path)

    assert "Nguyễn ?" in words and "hết" in words


def test_days_are_written_as_nd_30_writes_them():
    assert paper.day(dt.date(2026, 1, 5)) == "ngày 05 tháng 01 năm 2026"
    assert paper.day(dt.date(2026, 11, 25)) == "ngày 25 tháng 11 năm 2026"
