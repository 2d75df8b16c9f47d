"""`python -m tests.faults.filing 120`: file so many dossiers in a running city and work on them as people do, one after the other."""

from __future__ import annotations

import random
import sys
from types import MappingProxyType
from typing import Any

WARD = "31135"
RIGHTS = (
    "cases.see", "cases.move", "procedures.receive", "procedures.refuse", "procedures.check", "procedures.approve", "procedures.finish",
    "procedures.return_result", "procedures.stop", "procedures.ask_supplement",
)  # fmt: skip


def main(count: int) -> None:
    """File and work; half of them come to their end."""
    import django

    django.setup()
    from taydo.domains.catalogue import public as catalogue
    from taydo.domains.procedures.actions import filing, handling, receiving, results
    from taydo.domains.procedures.actions.filing import Applicant, Given
    from taydo.engines.cases import actions as cases
    from taydo.kernel.actors import Viewer

    grants = MappingProxyType({name: frozenset({"*"}) for name in RIGHTS})
    clerk, dice = Viewer(7, "clerk", "Lê Thị Một Cửa", "official", f"H13.{WARD}", grants=grants), random.Random(count)

    def work(one: dict[str, Any]) -> None:
        receiving.receive(clerk, one["code"])
        cases.move(clerk, one["case_id"], "check")
        if dice.random() < 0.2:
            handling.stop(clerk, one["code"], "Không đủ điều kiện")
            return
        for move in ("submit_draft", "approve"):
            cases.move(clerk, one["case_id"], move)
        results.finish(clerk, one["code"], number="1/XN")
        results.return_result(clerk, one["code"], "Ký nhận")

    held = catalogue.on("1.004873")
    assert held is not None
    papers = [Given(paper.id, paper.title) for paper in held.spec.papers]
    for number in range(count):
        who = Viewer(5000 + number, f"p{number}", "Nguyễn Thị Sông Hậu", "person")
        person = Applicant("Nguyễn Thị Sông Hậu", f"0921900{number:05d}", "0912345678")
        answers = {
            "commune": WARD, "applicant_name": person.name, "applicant_number": person.number, "applicant_address": "12 Hai Bà Trưng",
            "status": "single", "purpose": "house",
        }  # fmt: skip
        one = filing.submit(who, "1.004873", person, unit_code=WARD, answers=answers, papers=papers)
        if number % 2 == 0:
            work(one)


if __name__ == "__main__":
    main(int(sys.argv[1]))
