"""The audit proves itself: what was done to it behind its back is found."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from taydo.kernel import audit, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = Viewer.system("test")


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, transactional_db: None) -> Path:
    """An audit of its own: rows that another test's process left behind are not ours to count."""
    settings.TAYDO_HOME = tmp_path
    sql.execute("TRUNCATE kernel_audit, kernel_auditleaf, kernel_auditbatch CASCADE")
    return tmp_path


def written(*batches: int) -> None:
    for batch, count in enumerate(batches):
        for number in range(count):
            audit.write(
                HOUSE, "ledger.write", "done", "ledger", f"{batch}-{number}", "A1", {"words": "chữ Việt", "n": 1.5}
            )
        settled()
        assert audit.seal() == count


def settled() -> None:
    """Wait until no transaction on this server, of whatever database, can still precede what was written."""
    until = time.monotonic() + 30
    while sql.value("SELECT bool_or(tx >= pg_snapshot_xmin(pg_current_snapshot())) FROM kernel_audit"):
        assert time.monotonic() < until, "somebody's transaction has been running for 30 s"
        time.sleep(0.05)


def tamper(statement: str) -> None:
    """What somebody with the database's own password could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def test_an_untouched_audit_is_intact() -> None:
    written(1, 2, 7)
    audit.write(HOUSE, "ledger.write", "done")
    settled()

    verdict = audit.verify()

    assert verdict == audit.Verdict(3, 10, 1, ())
    assert audit.seal() == 1
    assert audit.seal() == 0


def test_the_roots_are_those_of_rfc_6962() -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes([n])).digest() for n in range(3)]
    pair = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()

    assert audit.merkle_root([]) == hashlib.sha256(b"").digest()
    assert audit.merkle_root(leaves[:1]) == leaves[0]
    assert audit.merkle_root(leaves) == hashlib.sha256(b"\x01" + pair + leaves[2]).digest()


TAMPERING = {
    "a changed row": ("UPDATE kernel_audit SET actor_name = 'nobody' WHERE object_id = '1-1'", "was changed"),
    "a changed time": ("UPDATE kernel_audit SET at = at - interval '1 s' WHERE object_id = '1-1'", "was changed"),
    "a changed detail": ("UPDATE kernel_audit SET detail = '{}' WHERE object_id = '1-1'", "was changed"),
    "a row and its leaf": (
        "UPDATE kernel_auditleaf SET leaf = sha256('x') WHERE row_id = (SELECT id FROM kernel_audit WHERE object_id = '1-1')",
        "was changed",
    ),
    "leaves in another order": (
        "UPDATE kernel_auditleaf SET position = 1 - position WHERE batch_id = 2 AND position < 2",
        "chain broken",
    ),
    "a row moved to another batch": (
        "UPDATE kernel_auditleaf SET batch_id = 1 WHERE batch_id = 2 AND position = 2",
        "rows were sealed",
    ),
    "another root": ("UPDATE kernel_auditbatch SET root = sha256('x') WHERE id = 2", "the root is not"),
    "another chain": ("UPDATE kernel_auditbatch SET chain = sha256('x') WHERE id = 2", "chain broken"),
    "another size": ("UPDATE kernel_auditbatch SET rows = 2 WHERE id = 2", "rows were sealed"),
    "a deleted row": (
        "DELETE FROM kernel_auditleaf WHERE batch_id = 2 AND position = 0; DELETE FROM kernel_audit WHERE object_id = '1-0'",
        "rows were sealed",
    ),
    "a leaf without its row": ("DELETE FROM kernel_audit WHERE object_id = '1-0'", "rows were sealed"),
    "a deleted batch": (
        "DELETE FROM kernel_audit WHERE object_id LIKE '1-%'; DELETE FROM kernel_auditleaf WHERE batch_id = 2;"
        " DELETE FROM kernel_auditbatch WHERE id = 2",
        "batch 2 is missing",
    ),
    "a deleted end": (
        "DELETE FROM kernel_audit WHERE object_id LIKE '2-%'; DELETE FROM kernel_auditleaf WHERE batch_id = 3;"
        " DELETE FROM kernel_auditbatch WHERE id = 3",
        "were anchored",
    ),
    "everything deleted": ("TRUNCATE kernel_audit, kernel_auditleaf, kernel_auditbatch CASCADE", "were anchored"),
}


def test_any_tampering_is_found() -> None:
    written(2, 3, 2)
    assert audit.verify().faults == ()

    for what, (statement, said) in TAMPERING.items():
        with transaction.atomic():
            tamper(statement)
            faults = audit.verify().faults
            transaction.set_rollback(True)

        assert any(said in fault for fault in faults), (what, faults)
    assert audit.verify().faults == ()


def test_a_forged_chain_from_some_batch_on_differs_from_the_anchors_outside() -> None:
    written(2, 3)
    tamper("UPDATE kernel_audit SET actor_name = 'nobody' WHERE object_id = '1-1'")
    tamper("DELETE FROM kernel_auditleaf WHERE batch_id = 2; DELETE FROM kernel_auditbatch WHERE id = 2")
    anchors = audit.anchor_path().read_text()
    settled()
    audit.seal()
    audit.anchor_path().write_text(anchors)

    assert any("differs from the anchor" in fault for fault in audit.verify().faults)


def test_the_database_itself_refuses_changes() -> None:
    written(1)

    for statement in (
        "UPDATE kernel_audit SET agency = ''",
        "DELETE FROM kernel_auditleaf",
        "DELETE FROM kernel_audit",
    ):
        with pytest.raises(Exception, match=r"append-only|violates foreign key"), transaction.atomic():
            sql.execute(statement)


def test_writers_do_not_wait_for_each_other_and_the_sealer_waits_for_slow_ones() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.write(HOUSE, "slow", "done")
            begun.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    start = time.monotonic()
    for _ in range(20):
        audit.write(HOUSE, "quick", "done")
    spent = time.monotonic() - start
    while_running = audit.seal()
    go_on.set()
    thread.join()
    settled()

    assert spent < 2
    assert while_running == 0
    assert audit.seal() == 21
    assert audit.verify() == audit.Verdict(1, 21, 0, ())


def test_two_sealers_at_once_seal_each_row_once() -> None:
    for _ in range(50):
        audit.write(HOUSE, "ledger.write", "done")
    settled()
    sealed: list[int] = []

    def seal() -> None:
        while count := audit.seal(10):
            sealed.append(count)
        connection.close()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sealed) == 50
    assert audit.verify().rows == 50
    assert audit.verify().faults == ()


def test_rows_restored_from_another_server_are_sealed() -> None:
    audit.write(HOUSE, "ledger.write", "done")
    tamper("UPDATE kernel_audit SET tx = '99999999999'::xid8")

    assert audit.seal() == 1


def test_rows_that_the_sealer_left_behind_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    written(6)
    tamper("DELETE FROM kernel_auditleaf WHERE position = 0")
    monkeypatch.setattr(audit, "LOOK_BACK", 3)

    assert any("left behind" in fault for fault in audit.verify().faults)


def test_looking_at_personal_data_needs_a_purpose_and_is_kept() -> None:
    with pytest.raises(Problem):
        audit.look(HOUSE, "person", 1, "  ")
    audit.look(HOUSE, "person", 1, "answering a complaint", "A1")

    row = sql.row("SELECT action, object_kind, agency FROM kernel_audit")
    assert row == {"action": "look", "object_kind": "person", "agency": "A1"}


def test_the_person_sees_each_look_once_and_nobody_elses() -> None:
    officer = Viewer(7, "an", "An", "official", "A1")
    persons = [audit.person_of(1), audit.person_by("+84903123456")]

    audit.look(officer, "report", "PA-1", "gọi lại cho người phản ánh", "A1", persons)
    audit.look(officer, "report", "PA-2", "việc khác", "A1", [audit.person_of(2)])
    audit.look(Viewer(1, "chu", "Chủ", "person"), "report", "PA-1", "xem của mình", "", persons)

    seen = audit.looks(persons)
    assert [(look["who"], look["object_id"], look["purpose"]) for look in seen] == [
        ("An", "PA-1", "gọi lại cho người phản ánh")
    ]
    assert len(audit.looks([audit.person_of(2)])) == 1
    assert audit.looks(persons, before=seen[0]["id"] - 5) == []
