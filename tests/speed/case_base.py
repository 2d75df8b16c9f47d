"""A base of a million cases in 170 agencies and up to 170 types, written by sets; officers who may see 1, 10 and 170 of the agencies."""

from __future__ import annotations

import os
import time
from types import MappingProxyType

from taydo.engines.cases import casetype
from taydo.engines.cases.tests.sample import SAMPLE, TYPE
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

WANTED = int(os.environ.get("TAYDO_BENCH_CASES", "1000000"))
AGENCIES, TYPES = 170, 170
SPREAD = (1, 10, 170)
"""Numbers of types, and of agencies granted, at which the list is timed."""
VERBS = ("see", "open", "move", "take", "assign", "comment")
WORDS = [
    "đèn đường hỏng",
    "cây đổ chắn lối đi",
    "rác chưa thu gom",
    "nước ngập sau mưa",
    "vỉa hè bị lấn chiếm",
    "tiếng ồn ban đêm",
    "ổ gà sâu",
    "nắp cống mất",
    "mùi hôi từ kênh",
    "dây điện võng xuống thấp",
    "xe đỗ sai quy định",
    "thủ tục chậm trả kết quả",
]
STREETS = [
    "Nguyễn Văn Cừ",
    "Hoà Bình",
    "Trần Hưng Đạo",
    "Ba Tháng Hai",
    "Mậu Thân",
    "Cách Mạng Tháng Tám",
    "Lý Tự Trọng",
    "Hùng Vương",
    "Võ Văn Kiệt",
    "Nguyễn Trãi",
]
FILL = """
WITH made AS (
  INSERT INTO cases_case (code, type, type_version, state, phase, title, summary, agency, chain, opened_at, due_at, soon_at, due_clock,
      closed_at, owner_id, unit_code, lon, lat)
  SELECT 'BEN-' || %(stamp)s || '-' || n, ids[kind], versions[kind], state, CASE state WHEN 'closed' THEN 'done' WHEN 'asked' THEN 'waiting' ELSE 'open' END,
         words[1 + h %% 12] || ' số ' || h / 12 %% 700 || ' đường ' || streets[1 + h / 8400 %% 10],
         'Người dân phản ánh lúc ' || n %% 24 || ' giờ, đề nghị xử lý sớm.', agency,
         CASE WHEN n %% 5 = 0 THEN ARRAY['A' || (place + 17) %% 170, agency] ELSE ARRAY[agency] END,
         at, at + interval '10 days', at + interval '8 days', 'clock', CASE WHEN state = 'closed' THEN at + n %% 12 * interval '1 day' END,
         CASE WHEN n %% 3 = 0 THEN 1 + n %% 997 END, 'U' || n %% 103, 105.7 + n %% 100 / 1000.0, 10.0 + n %% 90 / 1000.0
  FROM (SELECT n, abs(hashint4(n)) AS h, %(words)s::text[] AS words, %(streets)s::text[] AS streets, %(ids)s::text[] AS ids, %(versions)s::text[] AS versions,
               n %% %(agencies)s AS place, 'A' || n %% %(agencies)s AS agency,
               1 + CASE n %% %(agencies)s WHEN 0 THEN 0 WHEN 1 THEN n / %(agencies)s %% 10 ELSE n / %(agencies)s %% %(types)s END AS kind,
               CASE WHEN n / %(agencies)s %% 10 < 7 THEN 'closed' WHEN n / %(agencies)s %% 10 < 8 THEN 'asked' WHEN n / %(agencies)s %% 10 < 9 THEN 'working' ELSE 'new' END AS state,
               CASE WHEN n / %(agencies)s %% 10 < 7 THEN now() - n %% 700 * interval '1 day' ELSE now() - n %% 15 * interval '1 day' END - n %% 86400 * interval '1 second' AS at
        FROM generate_series(%(from)s::int, %(to)s::int) n) s
  RETURNING id, code, title, summary, opened_at, state, agency
), worded AS (
  INSERT INTO cases_words (case_id, words) SELECT id, cases_fold(concat_ws(' ', code, title, summary)) FROM made)
INSERT INTO cases_event (case_id, at, kind, actor_name, to_state, agency, version) SELECT id, opened_at, 'opened', 'Bench', state, agency, 1 FROM made
"""


def types(number: int) -> list[casetype.CaseType]:
    """Declare and keep so many types: the tests' own under other names."""
    made = [
        parse(TYPE.replace("id: sample", f"id: bench_{n}"), casetype.CaseType, f"bench_{n}.yaml") for n in range(number)
    ]
    for one in made:
        casetype.declare(one)
        casetype.keep(one)
    return made


def officer(agencies: int, first: int = 2) -> Viewer:
    """Somebody who may work on the cases of so many agencies, A<first> and those after it."""
    held = frozenset(f"A{(first + n) % AGENCIES}" for n in range(agencies))
    return Viewer(
        7, "bench", "Bench", "official", f"A{first}", grants=MappingProxyType({f"cases.{verb}": held for verb in VERBS})
    )


def whole_city() -> Viewer:
    """Somebody who may see every case."""
    return Viewer(
        7,
        "bench-city",
        "Bench",
        "official",
        "A2",
        grants=MappingProxyType({f"cases.{verb}": frozenset("*") for verb in VERBS}),
    )


def fill(batch: int = 100_000) -> int:
    """Bring the base to WANTED cases; returns how many lie there. Index of the words is built once, at the end."""
    casetype.every()
    casetype.declare(SAMPLE)
    casetype.keep(SAMPLE)
    declared = types(TYPES)
    there = int(sql.value("SELECT count(*) FROM cases_case"))
    stamp = int(time.time())
    index = sql.value("SELECT indexdef FROM pg_indexes WHERE indexname = 'cases_words_trgm'")
    if WANTED - there > batch:
        sql.execute("DROP INDEX cases_words_trgm")
    for first in range(there, WANTED, batch):
        sql.execute(
            FILL,
            {"stamp": stamp, "words": WORDS, "streets": STREETS, "ids": [one.id for one in declared], "agencies": AGENCIES, "types": TYPES,
             "versions": [one.version for one in declared], "from": first + 1, "to": min(first + batch, WANTED)},
        )  # fmt: skip
    sql.execute(index.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
    for table in ("cases_case", "cases_words", "cases_event"):
        sql.execute(f"VACUUM ANALYZE {table}")
    return int(sql.value("SELECT count(*) FROM cases_case"))
