from __future__ import annotations

import datetime as dt
import io

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from pyhanko.sign.timestamps import DummyTimeStamper

from taydo.engines.files import actions as files
from taydo.engines.printing import paper
from taydo.engines.signing import actions, keys, queries
from taydo.kernel.actors import Viewer

HOUSE = Viewer.system("tests")


@pytest.fixture(scope="session")
def authority():
    return keys.make_authority("Gốc thử nghiệm")


@pytest.fixture(scope="session")
def clockwork(authority):
    """A time stamper under the test's own authority."""
    chain, secret = keys.make_key("TSA thử nghiệm", authority, stamps=True)
    certificates = keys.certificates(chain)
    _, _, der = pem.unarmor(secret.encode())
    return DummyTimeStamper(certificates[0], asn1_keys.PrivateKeyInfo.load(der), keys._store(certificates[1:]))


@pytest.fixture
def stamped(clockwork, authority, monkeypatch, tmp_path):
    """The city's time stamper is the test's, and its authority is trusted."""
    (tmp_path / "trust.pem").write_text(authority[0])
    monkeypatch.setenv("TAYDO_TRUST", str(tmp_path))
    monkeypatch.setattr(keys, "stamper", lambda: clockwork)


@pytest.fixture
def printed(db, settings, tmp_path):
    """A paper kept as a file, and its code."""
    settings.TAYDO_HOME = str(tmp_path)

    def make() -> tuple:
        code = actions.reserve()
        pdf = paper.render("procedures/result", {
            "agency": {"parent": "UBND thành phố Cần Thơ", "name": "UBND phường Ninh Kiều"}, "number": "12/XN-UBND", "place": "Ninh Kiều",
            "day": paper.day(dt.date(2026, 11, 25)), "title": "Giấy xác nhận", "facts": [["Họ và tên", "Nguyễn Thị Sông Hậu"]],
            "verify": queries.verify_url(code), "office": "Chủ tịch", "signer": "Lê Văn Chủ Tịch",
        })  # fmt: skip
        kept = files.keep(HOUSE, io.BytesIO(pdf), "result.pdf", object_kind="trial", object_id="1", agency="H13.31135")
        return code, kept.id

    return make
