"""Two cases are one, or one is several: nothing of them is lost, each says where it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taydo.engines.cases import casetype, opening
from taydo.engines.cases.opening import Opening
from taydo.engines.cases.transition import Line, answer, change, ended, read, seen, tell
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid
from taydo.kernel.events import emit

from .events import CaseMerged, CaseSplit

MOST_PARTS = 10
WITH_ALL = "(SELECT array_agg(DISTINCT a) FROM unnest(chain || %(others)s::text[]) AS all_of(a))"


@action("cases.merge")
def merge(
    viewer: Viewer, case_id: int, into_id: int, note: str = "", *, expected_version: int | None = None
) -> dict[str, Any]:
    """End a case as part of another of its type; its open tasks, files and earlier merged cases go with it.

    Each agency of the one sees the other from then on, except a restricted one. 422 into itself; 404 when the viewer may not see
    both; 409 when either is done, their types differ, or the type does not merge.
    """
    if case_id == into_id:
        raise invalid("same_case", "Không thể nhập vào chính nó.", "A case cannot be merged into itself.", field="into")
    into, before = seen(viewer, into_id), read(viewer, case_id, "cases.merge", expected_version)
    spec = casetype.of_version(before["type_version"])
    if before["phase"] == "done" or into["phase"] == "done":
        raise ended()
    if not spec.merged or into["type"] != before["type"]:
        raise conflict("not_mergeable", "Hai vụ việc này không nhập được.", "These two cases cannot be merged.")
    tasks = sql.rows(  # tasks are locked before their parents, as when one ends: nobody waits for each other
        "SELECT id, phase FROM cases_case WHERE parent_id = %(id)s ORDER BY id FOR UPDATE", {"id": case_id}
    )
    ends = {
        "state": spec.merged, "phase": "done", "closed_at": clock.now(), "merged_into": into_id, "tasks_open": 0, "paused_at": None,
        "paused_left_s": None, **_joined(before, into_id),
    }  # fmt: skip
    grows = {"tasks_open": sql.Sql("tasks_open + %(more)s", {"more": sum(task["phase"] != "done" for task in tasks)})}
    gone = Line("merged", note.strip(), data={"case": into_id, "code": into["code"]}, public=True)
    came = Line("merged_in", note.strip(), data={"case": case_id, "code": before["code"]})
    works = [(before, ends, gone), (into, grows | _joined(into, case_id), came)]
    done = {work[0]["id"]: change(viewer, *work) for work in sorted(works, key=lambda work: int(work[0]["id"]))}
    _carry_over(case_id, into_id, into["agency"])
    after = done[case_id]
    emit(
        CaseMerged(case_id, after["code"], after["type"], after["agency"], into_id, into["code"], note.strip(),
                   viewer.name or viewer.username, after["subject_kind"], after["subject_id"]),
        after["code"],
    )  # fmt: skip
    answer(done[into_id])
    about("case", case_id, before["agency"])
    return answer(after) | {"merged_into": into_id}


def _joined(case: dict[str, Any], other_id: int) -> dict[str, Any]:
    """The chain with the other case's: who works on the one has to see the other. A restricted case stays with its own."""
    if case["restricted"]:
        return {}
    others = sql.value("SELECT chain FROM cases_case WHERE id = %(id)s", {"id": other_id})
    return {"chain": sql.Sql(WITH_ALL, {"others": others})}


def _carry_over(case_id: int, into_id: int, agency: str) -> None:
    ids = {"id": case_id, "into": into_id, "agency": agency, "at": clock.now()}
    sql.execute(
        """UPDATE cases_case SET parent_id = %(into)s,
             chain = CASE WHEN %(agency)s = ANY(chain) THEN chain ELSE chain || %(agency)s::text END WHERE parent_id = %(id)s""",
        ids,
    )
    sql.execute("UPDATE cases_case SET merged_into = %(into)s WHERE merged_into = %(id)s", ids)
    sql.execute("UPDATE casework_extension SET state = 'void' WHERE case_id = %(id)s AND state = 'asked'", ids)
    _link([(case_id, into_id)], "merged_into", "merged_from")


def _link(pairs: Sequence[tuple[int, int]], kind: str, back: str) -> None:
    """Links both ways."""
    sql.execute(
        """INSERT INTO casework_link (from_id, to_id, kind, at)
           SELECT a, b, %(kind)s, %(at)s FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS p(a, b)
           UNION ALL SELECT b, a, %(back)s, %(at)s FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS p(a, b)
           ON CONFLICT DO NOTHING""",
        {"a": [a for a, _ in pairs], "b": [b for _, b in pairs], "kind": kind, "back": back, "at": clock.now()},
    )


@action("cases.split")
def split(
    viewer: Viewer, case_id: int, titles: Sequence[str], note: str, *, expected_version: int | None = None
) -> list[dict[str, Any]]:
    """Make a new case of the same type for each title; who asked, the place and the deadline stay those of the case.

    Returns the new cases: id, code, state, version. 422 without titles or a reason; 409 when the case is done.
    """
    names = [title.strip() for title in titles if title.strip()]
    if not names or len(names) > MOST_PARTS:
        vi, en = f"Cho từ 1 đến {MOST_PARTS} tiêu đề.", f"Give from 1 to {MOST_PARTS} titles."
        raise invalid("titles_missing", vi, en, field="titles")
    if not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do tách.", "Say why you split it.", field="note")
    before = read(viewer, case_id, "cases.split", expected_version)
    if before["phase"] == "done":
        raise ended()
    spec = casetype.of_version(before["type_version"])
    parts = [opening.insert(viewer, spec, part) for part in _parts(before, names)]
    for part in parts:
        tell(viewer, part["id"], Line("split_from", note.strip(), data={"case": case_id, "code": before["code"]}))
    codes = [part["code"] for part in parts]
    after = change(viewer, before, {"state": before["state"]}, Line("split", note.strip(), data={"codes": codes}))
    _link([(case_id, part["id"]) for part in parts], "split_into", "split_from")
    who = viewer.name or viewer.username
    ids = [part["id"] for part in parts]
    emit(
        CaseSplit(case_id, after["code"], after["type"], after["agency"], ids, codes, note.strip(), who), after["code"]
    )
    answer(after)
    about("case", case_id, before["agency"])
    return [{name: part[name] for name in ("id", "code", "state", "version")} for part in parts]


def _parts(before: dict[str, Any], names: Sequence[str]) -> list[Opening]:
    case = sql.row("SELECT * FROM cases_case WHERE id = %(id)s", {"id": before["id"]})
    assert case is not None
    chain = tuple(agency for agency in case["chain"] if agency != case["agency"])
    return [
        Opening(
            title=name, agency=case["agency"], summary=case["summary"], subject=(case["subject_kind"], case["subject_id"]),
            unit_code=case["unit_code"], lon=case["lon"], lat=case["lat"], priority=case["priority"], public=case["public"],
            restricted=case["restricted"], asker_id=case["asker_id"], chain=chain, deadline=case["due_at"],
            deadline_class=case["deadline_class"],
        )
        for name in names
    ]  # fmt: skip
