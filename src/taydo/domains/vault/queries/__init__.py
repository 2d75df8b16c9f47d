"""Every read of papers, through one predicate: the owner, whom they let in, and the agencies of a purpose while it lives."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from taydo.engines.files import queries as files
from taydo.kernel import audit, clock, sealing, specs, sql
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.sealing import fingerprint
from taydo.kernel.sql import Sql

from .. import rules
from ..models import Kind, Kinds

HOUSE = Viewer.system("vault")
COLUMNS = """p.id, p.kind, p.title, p.owner_kind, p.owner_mark, p.actor_id, p.origin, p.issuer, p.issuer_agency, p.number, p.issued_on, p.valid_to,
    p.data, p.file_id, p.verify, p.source_kind, p.source_id, p.state, p.reason, p.replaced_by, p.keep_until, p.kept_for_ever, p.put_at"""
LINKED: list[Callable[[int], str]] = []
"""Who knows the mark of the personal number linked to an account ("" when none is): `public.py` registers identity here."""
PURPOSES: dict[str, Callable[[Viewer], Sql]] = {}
"""Who works on a purpose while it lives, by its kind: a predicate over alias u (`public.purpose`)."""


@functools.cache
def kinds() -> dict[str, Kind]:
    """Kinds of paper by id: those of the house, and what the city adds or decides otherwise."""
    declared = specs.load(Path(__file__).parents[1] / "specs" / "kinds.yaml", Kinds).kinds
    own = specs.city() / "vault.yaml"
    return declared | (specs.load(own, Kinds).kinds if own.exists() else {})


def kind(identifier: str) -> Kind:
    """One kind; a result of a procedure whose kind nobody declared is kept as any result."""
    return kinds().get(identifier) or kinds()["result"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper. `state`: valid, expiring, expired, revoked, replaced or erased, today; `data` and `number` are clear: show them to nobody else."""

    id: str
    kind: str
    title: str
    owner_kind: str
    origin: str
    issuer: str
    number: str
    issued_on: dt.date | None
    valid_to: dt.date | None
    file_id: uuid.UUID | None
    verify: str
    state: str
    reason: str
    replaced_by: str
    keep_until: dt.date | None
    kept_for_ever: bool
    put_at: dt.datetime
    source: tuple[str, str]
    data: dict[str, Any]
    used: int = 0
    shared: int = 0

    @property
    def good(self) -> bool:
        """Whether it may be reused today."""
        return self.state in ("valid", "expiring")


def mark(owner_kind: str, number: str) -> str:
    """By what an owner is found again without the number being stored clear; as identity and dossiers mark them."""
    return fingerprint(f"{'citizen' if owner_kind == 'person' else 'tax'}:{number.strip()}")


def linked_mark(viewer: Viewer) -> str:
    """The mark of the viewer's own personal number; "" for officials and while none is linked."""
    if viewer.actor_id is None or viewer.kind != "person":
        return ""
    return next((found for one in LINKED if (found := one(viewer.actor_id))), "")


def own_clause(viewer: Viewer) -> Sql:
    """The viewer's own papers and those of organisations they act for (alias p)."""
    if viewer.actor_id is None:
        return Sql("FALSE")
    mine = linked_mark(viewer)
    clause = Sql("p.actor_id = %(vault_me)s::bigint", {"vault_me": viewer.actor_id})
    if mine:
        clause |= Sql("(p.owner_kind = 'person' AND p.owner_mark = %(vault_mark)s::text)", {"vault_mark": mine})
    acts = acts_for(viewer)
    return clause | Sql(f"p.owner_kind = 'organisation' AND p.owner_mark IN ({acts.text})", acts.params)


def acts_for(viewer: Viewer) -> Sql:
    """The marks of organisations the viewer is confirmed to represent today, as a subquery."""
    mine = linked_mark(viewer)
    return Sql(
        """SELECT r.organisation FROM vault_representative r WHERE r.state = 'confirmed' AND (r.valid_to IS NULL OR r.valid_to >= %(vault_day)s)
           AND (r.actor_id = %(vault_me)s::bigint OR (r.person_mark <> '' AND r.person_mark = %(vault_mark)s::text))""",
        {"vault_day": clock.today(), "vault_me": viewer.actor_id, "vault_mark": mine},
    )


def open_consent(viewer: Viewer, token: str = "") -> Sql:
    """Consents that open a paper to this viewer, or to whoever holds this link, at this moment (alias g)."""
    clause = Sql("g.to_kind = 'link' AND g.to_id = %(vault_link)s", {"vault_link": hashed(token)})
    if viewer.actor_id is not None:
        held = viewer.agencies("vault.look")
        everywhere = "TRUE" if EVERYWHERE in held else "g.to_id = ANY(%(vault_agencies)s::text[])"
        acts = acts_for(viewer)
        clause |= Sql(f"g.to_kind = 'agency' AND {everywhere}", {"vault_agencies": sorted(held)})
        clause |= Sql("g.to_kind = 'look' AND g.to_id = %(vault_looker)s", {"vault_looker": str(viewer.actor_id)})
        clause |= Sql(f"g.to_kind = 'organisation' AND g.to_id IN ({acts.text})", acts.params)
    alive = Sql(
        "g.revoked_at IS NULL AND g.expires_at > %(vault_now)s AND (g.uses_most IS NULL OR g.uses < g.uses_most)",
        {"vault_now": clock.now()},
    )
    return alive & clause


def open_use(viewer: Viewer) -> Sql:
    """Uses of a paper whose purpose lives and is this viewer's work (alias u)."""
    clause = Sql("FALSE")
    if viewer.actor_id is not None:
        for name in sorted(PURPOSES):
            clause |= Sql(f"u.purpose_kind = '{name}'") & PURPOSES[name](viewer)
    return clause


def may_see(viewer: Viewer, token: str = "") -> Sql:
    """THE predicate of papers (alias p): their owner's, opened by consent, or used for work of the viewer's that lives."""
    if viewer.all_powerful:
        return Sql("p.state <> 'erased'")
    consent, use = open_consent(viewer, token), open_use(viewer)
    clause = own_clause(viewer)
    clause |= Sql(f"EXISTS (SELECT FROM vault_consent g WHERE g.paper_id = p.id AND ({consent.text}))", consent.params)
    clause |= Sql(f"EXISTS (SELECT FROM vault_use u WHERE u.paper_id = p.id AND ({use.text}))", use.params)
    return Sql("p.state <> 'erased'") & clause


def _files_seen(viewer: Viewer) -> Sql:
    """Who opens a paper's file (alias f): who sees the paper."""
    clause = may_see(viewer)
    return Sql(f"EXISTS (SELECT FROM vault_paper p WHERE p.id::text = f.object_id AND ({clause.text}))", clause.params)


def _opened(viewer: Viewer, file: files.File) -> None:
    opened(viewer, file.object_id)


files.guard("paper", _files_seen, _opened)


def opened(viewer: Viewer, paper_id: str, token: str = "") -> None:
    """Somebody opens a paper: its owner freely; anybody else is recorded for the owner to see, and their consent is used once more.

    404 when the last use was taken meanwhile.
    """
    own = own_clause(viewer)
    row = sql.row(
        f"SELECT p.owner_kind, p.owner_mark, p.actor_id, ({own.text}) AS own FROM vault_paper p WHERE p.id = %(id)s",
        {"id": paper_id, **own.params},
    )
    if row is None or row["own"] or viewer.all_powerful:
        return
    with transaction.atomic():
        purpose = _taken(viewer, paper_id, token)
        audit.look(viewer, "paper", paper_id, purpose, persons=[person_key(row)])


def _taken(viewer: Viewer, paper_id: str, token: str) -> str:
    """The purpose under which the paper is open to the viewer, with one use taken: living work first, then the consent ending first."""
    use = open_use(viewer)
    words = sql.value(
        f"SELECT u.words FROM vault_use u WHERE u.paper_id = %(id)s AND ({use.text}) ORDER BY u.id DESC LIMIT 1",
        {"id": paper_id, **use.params},
    )
    if words is not None:
        return str(words)
    consent = open_consent(viewer, token)
    purpose = sql.value(
        f"""UPDATE vault_consent SET uses = uses + 1 WHERE id = (SELECT g.id FROM vault_consent g
            WHERE g.paper_id = %(id)s AND ({consent.text}) ORDER BY g.expires_at, g.id LIMIT 1 FOR UPDATE) RETURNING purpose""",
        {"id": paper_id, **consent.params},
    )
    if purpose is None:
        raise no_paper()
    return str(purpose)


def person_key(row: dict[str, Any]) -> str:
    """The key under which looks at this owner's papers are kept (`kernel.audit.look`)."""
    if row["actor_id"] is not None:
        return audit.person_of(row["actor_id"])
    return f"{'citizen' if row['owner_kind'] == 'person' else 'organisation'}:{row['owner_mark']}"


def token_of(consent_id: int) -> str:
    """The secret part of a link; made anew from the consent, never stored."""
    return fingerprint(f"vault consent {consent_id}")[:40]


def hashed(token: str) -> str:
    """What is stored of a token; "" never matches."""
    return hashlib.sha256(token.encode()).hexdigest() if token else "-"


def paper(viewer: Viewer, paper_id: str, token: str = "") -> Paper:
    """One paper; the same 404 for one there is not and one the viewer may not see."""
    clause = may_see(viewer, token)
    found = sql.row(
        f"SELECT {COLUMNS}, {COUNTS} FROM vault_paper p WHERE p.id = %(id)s AND ({clause.text})",
        {"id": readable_id(paper_id), **clause.params},
    )
    if found is None:
        raise no_paper()
    return shaped(found)


def own(viewer: Viewer, paper_id: str, lock: bool = False) -> dict[str, Any]:
    """The row of a paper of the viewer's own; the same 404 for everybody else, also for whom it was shared with."""
    clause = own_clause(viewer)
    found = sql.row(
        f"SELECT {COLUMNS} FROM vault_paper p WHERE p.id = %(id)s AND p.state <> 'erased' AND ({clause.text}){' FOR UPDATE' if lock else ''}",
        {"id": readable_id(paper_id), **clause.params},
    )
    if found is None:
        raise no_paper()
    return found


COUNTS = """(SELECT count(*) FROM vault_use u WHERE u.paper_id = p.id) AS used,
    (SELECT count(*) FROM vault_consent g WHERE g.paper_id = p.id AND g.to_kind <> 'look' AND g.revoked_at IS NULL AND g.expires_at > now()) AS shared"""


def mine(viewer: Viewer, of_kinds: Sequence[str] = ()) -> list[Paper]:
    """The viewer's own papers and those of organisations they act for, the newest first; no kinds: all."""
    clause = own_clause(viewer)
    return listed(clause & Sql("(%(kinds)s::text[] = '{}' OR p.kind = ANY(%(kinds)s::text[]))", {"kinds": list(of_kinds)}))  # fmt: skip


def shared_with(viewer: Viewer) -> list[Paper]:
    """Papers of others that are open to the viewer now: by consent or by work; their own are not among them."""
    own_papers, seen = own_clause(viewer), may_see(viewer)
    return listed(seen & Sql(f"({own_papers.text}) IS NOT TRUE", own_papers.params))


def listed(where: Sql, most: int = 500) -> list[Paper]:
    """Papers that are there, by a clause over alias p."""
    found = sql.rows(
        f"""SELECT {COLUMNS}, {COUNTS} FROM vault_paper p WHERE p.state <> 'erased' AND ({where.text})
            ORDER BY coalesce(p.issued_on, p.put_at::date) DESC, p.id DESC LIMIT {most}""",
        where.params,
    )
    return [shaped(one) for one in found]


def shaped(row: dict[str, Any]) -> Paper:
    """A row as a paper of today, unsealed."""
    return Paper(
        str(row["id"]), row["kind"], row["title"], row["owner_kind"], row["origin"], row["issuer"], sealing.unseal(row["number"]),
        row["issued_on"], row["valid_to"], row["file_id"], row["verify"], rules.standing(row["state"], row["valid_to"], clock.today()),
        row["reason"], str(row["replaced_by"] or ""), row["keep_until"], row["kept_for_ever"], row["put_at"],
        (row["source_kind"], row["source_id"]), json.loads(sealing.unseal(row["data"]) or "{}"), row.get("used", 0), row.get("shared", 0),
    )  # fmt: skip


def readable_id(text: str) -> uuid.UUID:
    """A paper id as given by anybody; 404 when it cannot be one."""
    try:
        return uuid.UUID(str(text))
    except ValueError as error:
        raise no_paper() from error


def no_paper() -> Problem:
    """The 404 of a paper."""
    return missing("no_paper", "Không có giấy tờ này.", "There is no such paper.")
