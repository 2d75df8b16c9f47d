"""Figures are fresh while there is little to count, and kept for a while where there is much."""

from __future__ import annotations

import pytest

from taydo.kernel import i18n, sql
from taydo.kernel.kept import kept

pytestmark = pytest.mark.django_db


def test_little_is_counted_every_time() -> None:
    counted = []

    @kept(60, "kernel_loaded")
    def figure(of: str) -> int:
        counted.append(of)
        return len(counted)

    assert [figure("a"), figure("a"), figure("b")] == [1, 2, 3]


def test_much_is_counted_once_for_each_question_and_language() -> None:
    counted = []
    sql.execute("UPDATE pg_class SET reltuples = 50000 WHERE oid = 'kernel_loaded'::regclass")

    @kept(60, "kernel_loaded")
    def figure(of: str) -> str:
        counted.append(of)
        return f"{of} {i18n.language()} {len(counted)}"

    first = figure("a")
    again, other = figure("a"), figure("b")
    i18n.use("en")
    english = figure("a")
    i18n.use("vi")

    assert first == again == "a vi 1"
    assert (other, english) == ("b vi 2", "a en 3")


def test_what_was_kept_too_long_is_counted_again() -> None:
    counted = []
    sql.execute("UPDATE pg_class SET reltuples = 50000 WHERE oid = 'kernel_loaded'::regclass")

    @kept(0, "kernel_loaded")
    def figure() -> int:
        counted.append(1)
        return len(counted)

    assert [figure(), figure()] == [1, 2]
