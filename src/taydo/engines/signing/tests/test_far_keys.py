"""Keys far away (CSC API v2), in a token (PKCS#11), and the time stamp, against programs that answer over the wire and misbehave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from sandbox.csc.provider import Provider

from taydo.engines.files import queries as files
from taydo.engines.signing import actions, csc, jobs, keys, pades, queries
from taydo.kernel import sql
from taydo.kernel.errors import Problem

from .conftest import HOUSE

WARD = "H13.31135"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture
def provider(tmp_path, monkeypatch):
    """The sandbox provider, trusted, with its time stamps."""
    csc._tokens.clear()
    with Provider(tmp_path / "csc").run() as running:
        monkeypatch.setenv("TAYDO_CSC_TRIAL", f"url={running.url};client=taydo;secret=sandbox")
        monkeypatch.setenv("TAYDO_TSA_URL", f"{running.url}/tsa")
        monkeypatch.setenv("TAYDO_TRUST", str(tmp_path / "csc" / "root.pem"))
        yield running
        running.shutdown()


def asked(printed, key_ids, secret=""):
    code, file_id = printed()
    request = actions.request(HOUSE, file_id, key_ids, purpose=("trial", 1), title="Giấy xác nhận", agency=WARD, code=code, secret=secret)  # fmt: skip
    return code, request


def state(request):
    return queries.request(request)["state"]


def signers_of(code):
    found = pades.examine(files.open_file(HOUSE, queries.document(code)["file_id"])[1], queries.trust())
    assert found.good, found
    return [one.signer for one in found.signatures]


@pytest.mark.django_db
def test_a_key_far_away_and_a_seal_at_hand_sign_one_after_the_other(printed, provider):
    far = actions.connect(HOUSE, "trial", "officer", role="officer", agency=WARD)
    code, request = asked(printed, [far, actions.demonstration_key(WARD, "UBND phường Ninh Kiều")], "123456")

    jobs.sign_far()

    assert state(request) == "signed", queries.request(request)
    assert signers_of(code) == ["Lê Văn Ký Từ Xa (SANDBOX)", "UBND phường Ninh Kiều (TRÌNH DIỄN)"]
    assert [one["times"] for one in provider.done.values()] == [1]
    assert sql.value("SELECT count(*) FROM signing_step") == 0
    assert sql.value("SELECT secret FROM signing_request WHERE id = %(i)s", {"i": request}) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("lie", ["hash", "certificate", "empty"])
def test_a_provider_that_lies_gets_nothing_issued(printed, provider, lie):
    far = actions.connect(HOUSE, "trial", "officer", role="officer", agency=WARD)
    code, request = asked(printed, far, "123456")
    provider.trouble = {"lie": lie}

    jobs.sign_far()

    assert state(request) == "failed"
    with pytest.raises(Problem):
        queries.document(code)


@pytest.mark.django_db
def test_a_certificate_that_has_run_out_or_that_nobody_here_trusts_is_not_registered(provider, monkeypatch):
    with pytest.raises(Problem) as expired:
        actions.connect(HOUSE, "trial", "expired", role="officer", agency=WARD)
    monkeypatch.setenv("TAYDO_TRUST", "")
    with pytest.raises(Problem) as unknown:
        actions.connect(HOUSE, "trial", "officer", role="officer", agency=WARD)

    assert (expired.value.status, unknown.value.code) == (422, "not_trusted")


@pytest.mark.django_db
def test_a_wrong_pin_fails_and_a_provider_that_is_away_is_waited_for(printed, provider):
    far = actions.connect(HOUSE, "trial", "citizen", role="officer", agency=WARD)
    _, wrong = asked(printed, far, "PIN=111111;OTP=000000")
    _, later = asked(printed, far, "PIN=123456;OTP=000000")
    provider.trouble = {"status": 503}
    jobs.sign_far()
    assert (state(wrong), state(later)) == ("wanted", "wanted")

    provider.trouble = {}
    sql.execute("UPDATE signing_request SET next_at = now()")
    jobs.sign_far()

    assert (state(wrong), state(later)) == ("failed", "signed")


@pytest.mark.django_db
def test_an_answer_that_was_lost_is_looked_up_and_not_signed_again(printed, provider):
    far = actions.connect(HOUSE, "trial", "officer", role="officer", agency=WARD)
    code, request = asked(printed, far, "123456")
    provider.trouble = {"deaf": True}
    jobs.sign_far()
    assert state(request) == "wanted" and len(provider.done) == 1

    provider.trouble = {}
    sql.execute("UPDATE signing_request SET next_at = now()")
    jobs.sign_far()

    assert state(request) == "signed" and signers_of(code) == ["Lê Văn Ký Từ Xa (SANDBOX)"]
    assert [one["times"] for one in provider.done.values()] == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["down", "nonce", "refuse"])
def test_while_time_stamps_fail_a_request_waits_and_then_is_b_t(printed, provider, trouble):
    code, request = asked(printed, actions.demonstration_key(WARD, "UBND phường Ninh Kiều"))
    keys._stamper.cache_clear()
    provider.trouble = {"tsa": trouble}
    jobs.sign_waiting()
    assert state(request) == "wanted"

    provider.trouble = {}
    sql.execute("UPDATE signing_request SET next_at = now()")
    jobs.sign_waiting()

    assert state(request) == "signed"
    assert signers_of(code) == ["UBND phường Ninh Kiều (TRÌNH DIỄN)"]


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["imprint", "untrusted"])
def test_a_time_stamp_over_something_else_or_by_somebody_else_is_never_issued(printed, provider, trouble):
    code, request = asked(printed, actions.demonstration_key(WARD, "UBND phường Ninh Kiều"))
    provider.trouble = {"tsa": trouble}

    jobs.sign_waiting()

    assert state(request) in ("failed", "wanted")
    with pytest.raises(Problem):
        queries.document(code)


@pytest.mark.django_db
def test_a_key_in_a_token_signs(printed, provider, tmp_path, monkeypatch):
    if not Path(SOFTHSM).exists() or shutil.which("softhsm2-util") is None:
        pytest.skip("no SoftHSM here: apt install softhsm2")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm.conf"))
    actions.demonstration_key("H13", "UBND thành phố")
    root = sql.row("SELECT certificate, secret FROM signing_key WHERE role = 'authority'")
    chain, secret = keys.make_key("Con dấu trong token", (root["certificate"], keys_unsealed(root["secret"])))
    (tmp_path / "key.pem").write_text(secret)
    for words in (["--init-token", "--free", "--label", "taydo", "--pin", "1234", "--so-pin", "1234"],
                  ["--import", str(tmp_path / "key.pem"), "--token", "taydo", "--label", "seal", "--id", "01", "--pin", "1234"]):  # fmt: skip
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    key = actions.keep_key(
        HOUSE, "Dấu", role="seal", provider="pkcs11", certificate=chain, secret="1234", agency=WARD,
        config={"library": SOFTHSM, "token": "taydo", "label": "seal"},
    )  # fmt: skip
    code, request = asked(printed, key)

    jobs.sign_waiting()

    assert state(request) == "signed", queries.request(request)
    assert signers_of(code) == ["Con dấu trong token"]


def keys_unsealed(text):
    from taydo.kernel.sealing import unseal

    return unseal(text)


KILLED = """
import django; django.setup()
from taydo.engines.signing import jobs
print("working", flush=True)
jobs.sign_far(); jobs.sign_waiting()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("who", "trouble"), [("far", {"seconds": 3}), ("at hand", {"tsa_seconds": 4})])
def test_a_worker_killed_while_it_signs_leaves_one_result(printed, provider, settings, who, trouble):
    far = actions.connect(HOUSE, "trial", "officer", role="officer", agency=WARD)
    key = far if who == "far" else actions.demonstration_key(WARD, "UBND phường Ninh Kiều")
    code, request = asked(printed, key, "123456")
    database = sql.connection.settings_dict
    address = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST'] or 'localhost'}:{database['PORT']}/{database['NAME']}"
    provider.trouble = trouble
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "taydo.config.settings", "TAYDO_HOME": str(settings.TAYDO_HOME), "TAYDO_SECRET": settings.SECRET_KEY}  # fmt: skip
    for pause in (0.3, 2.0, 4.5):
        worker = subprocess.Popen([sys.executable, "-c", KILLED], env=environment, stdout=subprocess.PIPE)
        assert worker.stdout.readline().strip() == b"working"
        time.sleep(pause)
        worker.kill()
        worker.wait()

    provider.trouble = {}
    for _ in range(3):
        sql.execute("UPDATE signing_request SET next_at = now()")
        jobs.sign_far()
        jobs.sign_waiting()

    assert state(request) == "signed", queries.request(request)
    assert len(signers_of(code)) == 1
    assert sql.value("SELECT count(*) FROM signing_document") == 1
    assert sql.value("SELECT count(*) FROM kernel_outbox WHERE type = 'signing.document_signed'") == 1
    assert sql.value("SELECT count(*) FROM files_file WHERE name LIKE %(n)s", {"n": f"{code}%"}) == 1
    assert all(one["times"] == 1 for one in provider.done.values())


def test_the_sandbox_time_stamp_is_one_for_openssl(tmp_path):
    with Provider(tmp_path / "csc").run() as running:
        (tmp_path / "x").write_bytes(b"x")
        query = subprocess.run(["openssl", "ts", "-query", "-data", str(tmp_path / "x"), "-sha256", "-cert"], check=True, capture_output=True).stdout  # fmt: skip
        answer = requests.post(f"{running.url}/tsa", query, timeout=10).content
        running.shutdown()
    (tmp_path / "q").write_bytes(query)
    (tmp_path / "r").write_bytes(answer)
    words = ["openssl", "ts", "-verify", "-queryfile", str(tmp_path / "q"), "-in", str(tmp_path / "r"), "-CAfile", str(tmp_path / "csc" / "root.pem")]  # fmt: skip
    said = subprocess.run(words, check=False, capture_output=True, text=True)
    assert "Verification: OK" in said.stdout + said.stderr, said
