"""Audit that proves itself: rows sealed in Merkle batches, each batch chained to the one before.

Writers only insert; one sealer puts settled rows into batches, so that no writer ever waits for another. Leaves and nodes
are hashed as RFC 6962 does (0x00 and 0x01 prefixes). `verify` recomputes everything from the rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from . import outgoing, sql
from .actors import Viewer
from .errors import invalid
from .logs import request_id
from .sealing import fingerprint

GENESIS = b"\x00" * 32
LOOK_BACK = 100_000  # rows before the newest sealed one among which the sealer still looks for late ones
COLUMNS = "id, at, actor, actor_name, action, object_kind, object_id, agency, outcome, detail, request_id"


def write(
    viewer: Viewer,
    action: str,
    outcome: str,
    kind: str = "",
    object_id: object = "",
    agency: str = "",
    detail: Any = None,
) -> None:
    """Insert one audit row in the current transaction (at the end of the running action)."""
    with outgoing.gathering() as gathered:
        gathered.audits.append(
            (
                viewer.actor_id,
                viewer.username or "anonymous",
                action,
                kind,
                str(object_id)[:80],
                agency,
                outcome,
                json.dumps(detail or {}, ensure_ascii=False, default=str),
                request_id(),
            )
        )


def person_of(actor_id: int) -> str:
    """The key under which looks at an account's data are kept."""
    return f"actor:{actor_id}"


def person_by(contact: str) -> str:
    """The key of somebody known only by a phone number or an e-mail address (normalised: `kernel.contacts`)."""
    return f"contact:{fingerprint(contact)}"


def look(
    viewer: Viewer, kind: str, object_id: object, purpose: str, agency: str = "", persons: Sequence[str] = ()
) -> None:
    """Record that a viewer looked at personal data, with the purpose they gave. Refused without a purpose.

    `persons` are the keys (`person_of`, `person_by`) of those whose data it is: they see this look in `looks`.
    """
    purpose = purpose.strip()[:500]
    if not purpose:
        raise invalid("purpose_missing", "Hãy ghi mục đích xem.", "Say for what purpose you look.", field="purpose")
    write(viewer, "look", "done", kind, object_id, agency, {"purpose": purpose})
    if persons:
        sql.execute(
            """INSERT INTO kernel_look (person, viewer, viewer_name, agency, kind, object_id, purpose)
               SELECT person, %(viewer)s, %(name)s, %(agency)s, %(kind)s, %(object)s, %(purpose)s FROM unnest(%(persons)s::text[]) p(person)""",
            {
                "persons": sorted(set(persons)), "viewer": viewer.actor_id, "name": viewer.name or viewer.username,
                "agency": viewer.agency or agency, "kind": kind, "object": str(object_id)[:80], "purpose": purpose,
            },
        )  # fmt: skip


def looks(
    persons: Sequence[str], before: int | None = None, limit: int = 50, about: tuple[str, str] = ("", "")
) -> list[dict[str, Any]]:
    """Who looked at the data of these persons, newest first: id, at, who, agency, kind, object_id, purpose, viewer_id.

    One's own looks are left out where the person is the viewer's account; `before` is the id to continue from; `about`: only this
    kind and id.
    """
    return sql.rows(
        """SELECT max(id) AS id, at, viewer_name AS who, viewer AS viewer_id, agency, kind, object_id, purpose FROM kernel_look
           WHERE person = ANY(%(persons)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
             AND (viewer IS NULL OR 'actor:' || viewer <> ALL(%(persons)s))
             AND (%(kind)s = '' OR (kind = %(kind)s AND object_id = %(about)s))
           GROUP BY at, viewer_name, viewer, agency, kind, object_id, purpose ORDER BY max(id) DESC LIMIT %(limit)s""",
        {
            "persons": list(persons), "before": before, "limit": max(1, min(limit, 500)), "kind": about[0], "about": about[1],
        },
    )  # fmt: skip


def leaf_hash(record: dict[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of a row, prefixed 0x00."""
    record = {**record, "at": record["at"].astimezone(dt.UTC).isoformat()}
    if isinstance(record["detail"], str):
        record["detail"] = json.loads(record["detail"])
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """The RFC 6962 tree hash of the leaves; 32 bytes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def chained(previous: bytes, root: bytes, count: int) -> bytes:
    """The chain value of a batch: hash of the one before, its root and its size."""
    return hashlib.sha256(previous + root + count.to_bytes(8, "big")).digest()


def anchor_path() -> Path:
    """The file outside the database that carries each batch's chain value."""
    return Path(settings.TAYDO_HOME) / "audit" / "anchors.log"


@transaction.atomic
def seal(limit: int = 5000) -> int:
    """Seal up to `limit` settled rows into one batch; return how many. Only rows no running transaction can still precede.

    A row that is seen and yet carries a transaction of the future was restored from another server: it is settled, too.
    """
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('audit.seal'))")
    records = sql.rows(
        f"""SELECT {COLUMNS} FROM kernel_audit a
            WHERE NOT EXISTS (SELECT 1 FROM kernel_auditleaf l WHERE l.row_id = a.id)
              AND a.id > coalesce((SELECT max(row_id) - %(back)s FROM kernel_auditleaf), 0)
              AND (a.tx < pg_snapshot_xmin(pg_current_snapshot()) OR a.tx >= pg_snapshot_xmax(pg_current_snapshot()))
            ORDER BY a.id LIMIT %(limit)s""",
        {"limit": limit, "back": LOOK_BACK},
    )
    if not records:
        return 0
    leaves = [leaf_hash(record) for record in records]
    last = sql.row("SELECT id, chain FROM kernel_auditbatch ORDER BY id DESC LIMIT 1")
    root = merkle_root(leaves)
    chain = chained(bytes(last["chain"]) if last else GENESIS, root, len(leaves))
    batch = sql.value(
        "INSERT INTO kernel_auditbatch (id, rows, root, chain, sealed_at) VALUES (%(id)s, %(n)s, %(root)s, %(chain)s, now()) RETURNING id",
        {"id": (last["id"] if last else 0) + 1, "n": len(leaves), "root": root, "chain": chain},
    )
    sql.execute(
        """INSERT INTO kernel_auditleaf (row_id, batch_id, position, leaf)
           SELECT * FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(positions)s::int[], %(leaves)s::bytea[])""",
        {
            "ids": [record["id"] for record in records],
            "batches": [batch] * len(records),
            "positions": list(range(len(records))),
            "leaves": leaves,
        },
    )
    transaction.on_commit(lambda: _anchor(batch, chain))
    return len(records)


def _anchor(batch: int, chain: bytes) -> None:
    path = anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{batch} {chain.hex()}\n")


@dataclass(frozen=True)
class Verdict:
    """What verification found: counts, and every fault in words."""

    batches: int
    rows: int
    unsealed: int
    faults: tuple[str, ...]


def verify() -> Verdict:
    """Recompute every leaf, root and chain value, and compare with the database and with the anchors outside it."""
    faults: list[str] = []
    previous, sealed, expected = GENESIS, 0, 1
    anchors = _anchors()
    for batch in sql.rows("SELECT id, rows, root, chain FROM kernel_auditbatch ORDER BY id"):
        records = sql.rows(
            f"SELECT {COLUMNS}, leaf FROM kernel_audit a JOIN kernel_auditleaf l ON l.row_id = a.id"
            " WHERE l.batch_id = %(b)s ORDER BY l.position",
            {"b": batch["id"]},
        )
        leaves = []
        for record in records:
            stored = bytes(record.pop("leaf"))
            leaves.append(leaf_hash(record))
            if leaves[-1] != stored:
                faults.append(f"row {record['id']} was changed after it was sealed (batch {batch['id']})")
        if batch["id"] != expected:
            faults.append(f"batch {expected} is missing")
        if len(records) != batch["rows"]:
            faults.append(f"batch {batch['id']}: {batch['rows']} rows were sealed, {len(records)} are there")
        root = merkle_root(leaves)
        if root != bytes(batch["root"]):
            faults.append(f"batch {batch['id']}: the root is not that of its rows")
        previous = chained(previous, root, len(leaves))
        if previous != bytes(batch["chain"]):
            faults.append(f"batch {batch['id']}: chain broken")
            previous = bytes(batch["chain"])
        if anchors.get(batch["id"], batch["chain"].hex()) != bytes(batch["chain"]).hex():
            faults.append(f"batch {batch['id']}: differs from the anchor outside the database")
        sealed, expected = sealed + len(records), batch["id"] + 1
    if anchors and max(anchors) >= expected:
        faults.append(f"batches up to {max(anchors)} were anchored, the database ends at {expected - 1}")
    if behind := _left_behind():
        faults.append(f"{behind} rows were left behind by the sealer: nothing proves them")
    unsealed = sql.value(
        "SELECT count(*) FROM kernel_audit a WHERE NOT EXISTS (SELECT 1 FROM kernel_auditleaf l WHERE l.row_id = a.id)"
    )
    return Verdict(expected - 1, sealed, unsealed, tuple(faults))


def _left_behind() -> int:
    return int(
        sql.value(
            """SELECT count(*) FROM kernel_audit a WHERE a.id <= (SELECT max(row_id) - %(n)s FROM kernel_auditleaf)
               AND NOT EXISTS (SELECT 1 FROM kernel_auditleaf l WHERE l.row_id = a.id)""",
            {"n": LOOK_BACK},
        )
    )


def _anchors() -> dict[int, str]:
    path = anchor_path()
    if not path.exists():
        return {}
    pairs = (line.split() for line in path.read_text("ascii").splitlines())
    return {int(pair[0]): pair[1] for pair in pairs if len(pair) == 2}
