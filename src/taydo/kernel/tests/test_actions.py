"""Every write is checked, audited and whole."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from taydo.kernel import actions, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "REGISTRY", {})
    sql.execute("CREATE TEMP TABLE ledger (words text) ON COMMIT DROP")


def viewer(*scopes: str, permission: str = "ledger.write") -> Viewer:
    return Viewer(1, "an", "An", "official", grants=MappingProxyType({permission: frozenset(scopes)}))


def audited() -> list[dict]:
    return sql.rows(
        """SELECT actor_name, action, outcome, object_kind, object_id, agency, detail FROM kernel_audit
           WHERE action LIKE 'ledger.%%' ORDER BY id""",
        {},
    )


def test_an_action_does_its_work_and_writes_one_audit_row() -> None:
    @action("ledger.write")
    def write(viewer: Viewer, words: str, note: str = "") -> str:
        sql.execute("INSERT INTO ledger VALUES (%(w)s)", {"w": words})
        about("ledger", 7, "A1")
        return words.upper()

    assert write(viewer("A1"), "one", note="two") == "ONE"

    assert sql.value("SELECT words FROM ledger") == "one"
    (row,) = audited()
    assert (row["actor_name"], row["action"], row["outcome"]) == ("an", "ledger.write", "done")
    assert (row["object_kind"], row["object_id"], row["agency"]) == ("ledger", "7", "A1")
    assert '"one"' in str(row["detail"]).replace("'", '"')


def test_without_the_permission_nothing_happens_and_the_refusal_is_audited() -> None:
    ran = []

    @action("ledger.write")
    def write(viewer: Viewer) -> None:
        ran.append(1)

    with pytest.raises(Problem) as strangers:
        write(Viewer.anonymous())
    with pytest.raises(Problem) as others:
        write(viewer("A1", permission="ledger.read"))

    assert (strangers.value.status, others.value.status, ran) == (401, 403, [])
    assert [(row["outcome"], row["actor_name"]) for row in audited()] == [("refused", "anonymous"), ("refused", "an")]


def test_a_refusal_in_the_body_leaves_only_its_audit_row() -> None:
    @action("ledger.write")
    def write(viewer: Viewer, agency: str) -> None:
        sql.execute("INSERT INTO ledger VALUES ('half')")
        about("ledger", 9, agency)
        viewer.require("ledger.write", agency)

    with pytest.raises(Problem):
        write(viewer("A1"), "B2")

    assert sql.value("SELECT count(*) FROM ledger") == 0
    assert [(row["outcome"], row["object_id"], row["agency"]) for row in audited()] == [("refused", "9", "B2")]


def test_a_failure_rolls_everything_back() -> None:
    @action("ledger.write")
    def write(viewer: Viewer, how: str) -> None:
        sql.execute("INSERT INTO ledger VALUES ('half')")
        if how == "problem":
            raise conflict("late", "Muộn", "Late")
        raise ZeroDivisionError

    for how, kind in (("problem", Problem), ("bug", ZeroDivisionError)):
        with pytest.raises(kind):
            write(viewer("A1"), how)

    assert sql.value("SELECT count(*) FROM ledger") == 0
    assert audited() == []


def test_an_inner_refusal_takes_the_outer_action_with_it() -> None:
    @action("ledger.close")
    def close(viewer: Viewer) -> None:
        raise refused("no", "Không", "No")

    @action("ledger.write")
    def write(viewer: Viewer) -> None:
        sql.execute("INSERT INTO ledger VALUES ('half')")
        close(viewer)

    with pytest.raises(Problem):
        write(Viewer.system("test"))

    assert sql.value("SELECT count(*) FROM ledger") == 0
    assert [(row["action"], row["outcome"]) for row in audited()] == [("ledger.write", "refused")]


def test_secrets_and_long_texts_do_not_reach_the_audit() -> None:
    @action("ledger.write", secret=("password",))
    def write(viewer: Viewer, password: str, text: str) -> None:
        return None

    write(viewer("A1"), "hush-hush", text="x" * 10_000)

    (row,) = audited()
    assert "hush" not in str(row["detail"])
    assert len(str(row["detail"])) < 700


def test_an_action_open_to_all_is_audited_under_nobodys_name() -> None:
    @action("ledger.report", open_to_all=True)
    def report(viewer: Viewer) -> int:
        return 1

    assert report(Viewer.anonymous()) == 1
    assert [(row["actor_name"], row["outcome"]) for row in audited()] == [("anonymous", "done")]
