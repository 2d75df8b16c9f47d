"""Bring in official lists: JSON lines (plain or gzip) of the portal's pages, or a ministry's sheet (xlsx). Again is safe."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

from pydantic import ValidationError

from taydo.engines.sheets import reading
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing
from taydo.methods.vietnamese import fold

from .. import queries, rules
from ..models import Procedure
from .publishing import write

COLUMNS = {"ma so": "ma_thu_tuc", "ma thu tuc": "ma_thu_tuc", "ten": "ten_thu_tuc", "ten thu tuc": "ten_thu_tuc",
           "co quan ban hanh": "co_quan_ban_hanh", "co quan thuc hien": "co_quan_thuc_hien", "linh vuc": "linh_vuc"}  # fmt: skip
KEPT = ("trinh_tu_thuc_hien", "cach_thuc_thuc_hien", "thanh_phan_ho_so", "can_cu_phap_ly", "ket_qua_xu_ly", "yeu_cau_dieu_kien",
        "ma_thu_tuc", "ten_thu_tuc", "linh_vuc", "cap_thuc_hien", "doi_tuong_thuc_hien", "co_quan_thuc_hien", "co_quan_co_tham_quyen",
        "so_quyet_dinh", "loai_thu_tuc", "detail_url", "nguon_thu_muc", "co_quan_ban_hanh")  # fmt: skip
SOURCES = """
INSERT INTO catalogue_source AS s (code, raw, mark, run_id)
SELECT code, raw, mark, %(run)s FROM jsonb_to_recordset(%(given)s::jsonb) AS g(code text, raw jsonb, mark text)
ON CONFLICT (code) DO UPDATE SET raw = excluded.raw, mark = excluded.mark, run_id = excluded.run_id WHERE s.mark <> excluded.mark
"""
LONGEST_LINE = 2_000_000


def records(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Records of a file with the number of their line; None for a line that is no record. 404 for a file there is not."""
    if not path.is_file():
        raise missing("no_file", f"Không có tệp {path}.", f"There is no file {path}.")
    if path.suffix in (".xlsx", ".csv"):
        yield from _sheet(path)
        return
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), 1):
            if line.strip():
                try:
                    found = json.loads(line)
                except ValueError:
                    found = None
                yield number, found if isinstance(found, dict) else None


def _sheet(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Rows of a ministry's list: code, title, who issues it, who carries it out, field."""
    names: list[str] = []
    for number, cells in enumerate(reading.table(path.read_bytes()), 1):
        folded = [COLUMNS.get(fold(cell), "") for cell in cells]
        if not names and "ma_thu_tuc" in folded and "ten_thu_tuc" in folded:
            names = folded
        elif names and any(cells):
            yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if not names:
        raise invalid("no_columns", "Không thấy cột “Mã số” và “Tên”.", "There are no columns “Mã số” and “Tên”.")


@action("catalogue.bring_in")
def bring_in(viewer: Viewer, path: Path) -> dict[str, Any]:
    """Import a file: the raw records are kept, versions are written for what is new or changed, a report is kept. Returns the run.

    What the city declares itself, or an official wrote or reviewed, is left alone. Rows that cannot be a procedure are in `refused`.
    """
    about("catalogue", path.name)
    city = queries.of_city().model_dump(mode="json")
    taken, refused = _sorted(path)
    thin = _known_fully([raw["ma_thu_tuc"].strip() for raw in taken if "cach_thuc_thuc_hien" not in raw])
    found, figures = [], {name: Counter[str]() for name in rules.FIELDS}
    for raw in taken:
        if raw["ma_thu_tuc"].strip() in thin:
            continue
        read = rules.read(raw, city)
        try:
            found.append(Procedure.model_validate(read | {"valid_from": clock.today()}))
        except ValidationError as error:
            refused.append(
                {"line": 0, "code": raw["ma_thu_tuc"], "reason": "not_valid", "text": str(error.errors()[0])[:300]}
            )
            continue
        for name, state in rules.figures(raw, read).items():
            figures[name][state] += 1
    written = write(viewer, "import", found)
    counts = {"read": len(taken) + len(refused), "written": len(written), "same": len(found) - len(written), "refused": len(refused), "known": len(thin)}  # fmt: skip
    run = _keep(viewer, path, counts, figures, refused)
    _keep_sources(run, [raw for raw in taken if raw["ma_thu_tuc"].strip() not in thin])
    return counts | {"id": run, "figures": figures, "doubtful": sum(1 for one in found if one.uncertain)}


def _sorted(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records that can be procedures, one a code, and those that cannot with their reasons."""
    taken: dict[str, dict[str, Any]] = {}
    refused = []
    for number, raw in records(path):
        reason = "not_a_record" if raw is None else rules.refusal(raw, taken)
        if reason or raw is None:
            code = str((raw or {}).get("ma_thu_tuc", ""))[:40]
            refused.append({"line": number, "code": code, "reason": reason, "text": json.dumps(raw, ensure_ascii=False)[:300]})  # fmt: skip
        else:
            taken[raw["ma_thu_tuc"].strip()] = {
                name: normalize("NFC", raw[name]) for name in KEPT if isinstance(raw.get(name), str)
            }
    return list(taken.values()), refused


def _known_fully(codes: Sequence[str]) -> frozenset[str]:
    """Of these codes, those that have a version: a list of names adds nothing to them."""
    found = sql.rows("SELECT DISTINCT code FROM catalogue_version WHERE code = ANY(%(codes)s)", {"codes": list(codes)})
    return frozenset(one["code"] for one in found)


def _keep(viewer: Viewer, path: Path, counts: Mapping[str, int], figures: Mapping[str, Any], refused: list[Any]) -> int:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return int(
        sql.value(
            """INSERT INTO catalogue_run (file, sha256, by_name, counts, figures, refused)
               VALUES (%(file)s, %(sha)s, %(by)s, %(counts)s, %(figures)s, %(refused)s) RETURNING id""",
            {"file": path.name, "sha": digest, "by": viewer.name or viewer.username, "counts": json.dumps(counts), "figures": json.dumps(figures),
             "refused": json.dumps(refused, ensure_ascii=False)},
        )
    )  # fmt: skip


def _keep_sources(run: int, taken: Sequence[Mapping[str, Any]]) -> None:
    given = []
    for raw in taken:
        text = json.dumps(raw, ensure_ascii=False, sort_keys=True)
        given.append({"code": raw["ma_thu_tuc"].strip(), "raw": raw, "mark": hashlib.sha256(text.encode()).hexdigest()[:16]})  # fmt: skip
    sql.execute(SOURCES, {"run": run, "given": json.dumps(given, ensure_ascii=False)})
