from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from taydo.kernel import numbering, sql


@pytest.mark.django_db(transaction=True)
def test_fifty_who_take_at_once_leave_no_gap_though_some_give_up():
    taken: list[int] = []

    def desk(n: int) -> None:
        for turn in range(4):
            try:
                with transaction.atomic():
                    number = numbering.take("dossier|H13.03|2026-11-25")
                    if (n + turn) % 3 == 0:
                        raise InterruptedError
                taken.append(number)
            except InterruptedError:
                pass
        connection.close()

    desks = [threading.Thread(target=desk, args=(n,)) for n in range(50)]
    for one in desks:
        one.start()
    for one in desks:
        one.join()

    assert sorted(taken) == list(range(1, len(taken) + 1))
    assert numbering.last("dossier|H13.03|2026-11-25") == len(taken) > 100


@pytest.mark.django_db
def test_series_do_not_know_each_other():
    assert [numbering.take("a"), numbering.take("b"), numbering.take("a")] == [1, 1, 2]
    assert numbering.last("never") == 0
    assert sql.value("SELECT count(*) FROM kernel_series") == 2
