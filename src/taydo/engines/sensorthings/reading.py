"""Reads: one statement for each level of a request, whatever the number of rows; nothing hidden is ever fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.db import connection

from taydo.engines.sensorthings.registry import KEPT, LINKS, TABLE, is_one, observation_key, schema, visible_in
from taydo.engines.sensorthings.rendering import Shape, finished
from taydo.kernel import errors
from taydo.kernel.actors import Viewer
from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.paths import address
from taydo.protocols.sensorthings.sql_expressions import Scope, condition, ordering
from taydo.protocols.sensorthings.sql_values import Params
from taydo.protocols.sensorthings.tree import Expand, Path, Query, Resource, Step
from taydo.protocols.sensorthings.vocabulary import TYPES
from taydo.protocols.sensorthings.writing import write_query

DEFAULT_TOP, MAX_TOP = 100, 1_000
#: rows one expanded level may fetch altogether; a relation of many parents shows fewer of each, with a next link
MAX_EXPANDED = 20_000

_RECENT = (f"e.phenomenon_time >= coalesce((SELECT l.previous_time FROM streams_latest l WHERE l.datastream_id = k.key "
           f"AND l.{KEPT} AND l.previous_time > '-infinity' AND EXISTS (SELECT FROM streams_observation b WHERE b.datastream_id = "
           f"k.key AND b.phenomenon_time = l.previous_time AND b.{KEPT})), '-infinity')")  # fmt: skip

Entity = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Entities in order with the link to more, and the count when it was asked for."""

    entities: list[Entity]
    next_link: str | None = None
    count: int | None = None


def run(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


class Level:
    """One entity type at one depth of a request: what is fetched, from where, in which order."""

    def __init__(self, viewer: Viewer, entity: str, query: Query, root: str) -> None:
        self.viewer, self.entity, self.query, self.root = viewer, entity, query, root
        self.params = Params()
        self.scope = Scope(schema(viewer), entity, self.params, "j")
        self.top = min(DEFAULT_TOP if query.top is None else query.top, MAX_TOP)
        self.shape = Shape(entity, query, root)
        seen = visible_in(viewer, entity, "e")
        self.params.found.update(seen.params)
        self.where = [f"({seen.text})"]
        if query.filter is not None:
            self.where.append(condition(self.scope, query.filter))
        self.order = self._order()

    def _order(self) -> list[str]:
        """ORDER BY with the primary key last, so that pages never overlap."""
        keys = ordering(self.scope, self.query.orderby)
        if self.entity != "Observation":
            return [*keys, "e.id"]
        if self.by_time is not None:
            way = "DESC" if self.by_time else "ASC"
            return [f"e.phenomenon_time {way}", f"e.datastream_id {way}"]
        return [*keys, "e.datastream_id", "e.phenomenon_time"]

    @property
    def by_time(self) -> bool | None:
        """Observations ordered by phenomenonTime alone: whether descending; else None."""
        keys = self.query.orderby
        if self.entity == "Observation" and len(keys) == 1 and keys[0].by == Path(("phenomenonTime",)):
            return keys[0].descending
        return None

    @property
    def keyset(self) -> bool:
        """Whether the next page can start after a key instead of counting rows."""
        return not self.query.orderby or self.by_time is not None

    def after(self, token: str) -> None:
        """Starts the page after the entity named by a skip token. Raises StaError."""
        wrong = StaError("$skiptoken không hợp lệ", "The $skiptoken is not valid", option="$skiptoken")
        if not self.keyset:
            raise wrong
        if self.entity != "Observation":
            if not (token.isascii() and token.isdigit() and len(token) < 10):
                raise wrong
            self.where.append(f"e.id > {token}")
            return
        key = observation_key(token)
        if key is None:
            raise wrong
        at = f"(timestamptz 'epoch' + {self.params.add(key[1])}::bigint * interval '1 microsecond')"
        if self.by_time is None:
            self.where.append(f"(e.datastream_id, e.phenomenon_time) > ({key[0]}, {at})")
        else:
            sign = "<" if self.by_time else ">"
            self.where += [
                f"e.phenomenon_time {sign}= {at}",
                f"(e.phenomenon_time, e.datastream_id) {sign} ({at}, {key[0]})",
            ]

    def body(self, columns: str) -> str:
        """SELECT … FROM … WHERE without order and limit."""
        return f"SELECT {columns} FROM {TABLE[self.entity]} e {' '.join(self.scope.clauses)} WHERE {' AND '.join(self.where)}"

    def select(self, top: int, skip: int) -> str:
        """The whole statement for one page and one row more."""
        return f"{self.body(self.shape.columns)} ORDER BY {', '.join(self.order)} LIMIT {top + 1} OFFSET {skip}"

    def next_link(self, url: str, last: Entity, top: int, skip: int) -> str:
        """The address of the page after this one."""
        query = self.query
        if self.keyset:
            token = str(last["@iot.id"] if "@iot.id" in last else last["#id"])
            query = replace(query, skip=0, skiptoken=token)
        else:
            query = replace(query, skip=skip + top)
        options = write_query(replace(query, top=top if self.query.top is not None else None), "\x00")
        return url + "?" + "&".join(quote(one, safe="=$,()/';:*@") for one in options.split("\x00"))


def collection(viewer: Viewer, resource: Resource, query: Query, root: str, url: str) -> Page:
    """A page of the collection an address names. Raises missing when the way there leads over something not to be seen."""
    level = Level(viewer, resource.entity, query, root)
    _under(level, resource)
    counted = run(level.body("count(*)"), level.params.found)[0][0] if query.count else None
    if query.skiptoken:
        level.after(query.skiptoken)
    if len(resource.steps) == 1:
        _newest(level)
    rows = run(level.select(level.top, query.skip), level.params.found)
    entities = [level.shape.entity(row) for row in rows[: level.top]]
    following = None
    if len(rows) > level.top and entities:
        following = level.next_link(url, entities[-1], level.top, query.skip)
    expand(viewer, resource.entity, query.expand, entities, root)
    return Page(entities, following, counted)


def _newest(level: Level) -> None:
    """The newest readings of all come from the streams that reported last: `latest` tells which, and since when."""
    if not (level.by_time and level.query.filter is None and not level.query.skiptoken):
        return
    seen = visible_in(level.viewer, "Datastream", "d")
    since = run(
        f"""SELECT l.phenomenon_time FROM streams_latest l JOIN streams_datastream d ON d.id = l.datastream_id
            WHERE l.{KEPT} AND ({seen.text}) ORDER BY l.phenomenon_time DESC LIMIT 1 OFFSET %(most)s""",
        {**seen.params, "most": level.query.skip + level.top},
    )
    if since:
        at = level.params.add(since[0][0])
        recent = f"SELECT l.datastream_id FROM streams_latest l WHERE l.phenomenon_time >= {at}"
        level.where += [f"e.phenomenon_time >= {at}", f"e.datastream_id IN ({recent})"]


def single(viewer: Viewer, resource: Resource, query: Query, root: str) -> Entity:
    """The entity an address names. Raises missing."""
    level = Level(viewer, resource.entity, replace(query, top=1, skip=0, orderby=()), root)
    last = resource.steps[-1]
    if last.key is not None:
        level.where.append(is_one(last.entity, "e", last.key, level.params))
    _under(level, resource)
    rows = run(level.select(1, 0), level.params.found)
    if not rows:
        raise nothing_at(resource)
    entity = level.shape.entity(rows[0])
    expand(viewer, resource.entity, query.expand, [entity], root)
    return entity


def nothing_at(resource: Resource) -> errors.Problem:
    """404 in the words of the entity type."""
    entity = resource.entity
    return errors.missing("no_entity", f"Không có {entity} này.", f"There is no such {entity}.", entity=entity)


def _under(level: Level, resource: Resource) -> None:
    """Narrows a level to what hangs under the steps before it; they must exist, hang together and be visible."""
    if len(resource.steps) < 2:
        return
    before, last = resource.steps[-2], resource.steps[-1]
    link = LINKS[before.entity, last.name]
    key = parent_key(level.viewer, resource.steps[:-1], link.key)
    if key is None:
        raise nothing_at(Resource(resource.steps[:-1]))
    level.where.append("(" + link.on.format(a="e", k=level.params.add(key[0])) + ")")


def parent_key(viewer: Viewer, steps: Sequence[Step], wanted: str) -> tuple[Any, ...] | None:
    """SQL `wanted` over `{a}` = the entity at the end of the steps, every one of them visible; None when there is none."""
    params = Params()
    joins, where = [], []
    for index, step in enumerate(steps):
        alias = f"s{index}"
        seen = visible_in(viewer, step.entity, alias)
        params.found.update(seen.params)
        where.append(f"({seen.text})")
        if step.key is not None:
            where.append(is_one(step.entity, alias, step.key, params))
        if index:
            link = LINKS[steps[index - 1].entity, step.name]
            before = link.key.format(a=f"s{index - 1}")
            where.append("(" + link.on.format(a=alias, k=before) + ")")
        joins.append(f"{TABLE[step.entity]} {alias}")
    rows = run(
        f"SELECT {wanted.format(a=f's{len(steps) - 1}')} FROM {', '.join(joins)} WHERE {' AND '.join(where)} LIMIT 1",
        params.found,
    )
    return rows[0] if rows else None


def expand(viewer: Viewer, entity: str, expands: tuple[Expand, ...], parents: list[Entity], root: str) -> None:
    """Fills the relations asked for into the parents: one statement for each relation and depth."""
    for one in expands:
        relation = TYPES[entity].relations[one.relation]
        keys = [parent.get(f"#{one.relation}") for parent in parents]
        known = list(dict.fromkeys(key for key in keys if key is not None))
        if not relation.many:
            found = _to_one(viewer, relation.target, one.query, entity, one.relation, known, root)
            for parent, key in zip(parents, keys, strict=True):
                if key in found:
                    parent[one.relation] = found[key]
            continue
        pages = _to_many(viewer, relation.target, one.query, entity, one.relation, known, root)
        for parent, key in zip(parents, keys, strict=True):
            page = pages.get(key, Page([], None, 0 if one.query.count else None))
            if page.count is not None:
                parent[f"{one.relation}@iot.count"] = page.count
            parent[one.relation] = page.entities
            if page.next_link:
                parent[f"{one.relation}@iot.nextLink"] = page.next_link


def _to_one(
    viewer: Viewer, target: str, query: Query, entity: str, relation: str, keys: list[Any], root: str
) -> dict[Any, Entity]:
    if not keys:
        return {}
    level = Level(viewer, target, replace(query, skip=0, orderby=(), top=None), root)
    level.where.append(f"e.id = ANY({level.params.add(keys)})")
    rows = run(level.body(f"{level.shape.columns}, e.id"), level.params.found)
    found = {row[-1]: level.shape.entity(row) for row in rows}
    expand(viewer, target, query.expand, list(found.values()), root)
    return found


def _to_many(
    viewer: Viewer, target: str, query: Query, entity: str, relation: str, keys: list[Any], root: str
) -> dict[Any, Page]:
    if not keys:
        return {}
    level = Level(viewer, target, query, root)
    top = min(level.top, max(1, MAX_EXPANDED // len(keys)))
    level.where.append("(" + LINKS[entity, relation].on.format(a="e", k="k.key") + ")")
    if (
        level.by_time
        and (top, query.skip, query.filter, relation) == (1, 0, None, "Observations")
        and entity == "Datastream"
    ):
        # The two newest cannot be older than the one before the latest; this only tells in which partition to look.
        level.where.append(_RECENT)
    source = f"unnest({level.params.add(keys)}::integer[]) AS k(key)"
    counts: dict[Any, int] = {}
    if query.count:
        counts = dict(run(f"SELECT k.key, ({level.body('count(*)')}) FROM {source}", level.params.found))
    rows = run(
        f"SELECT k.key, c.* FROM {source} CROSS JOIN LATERAL ({level.select(top, query.skip)}) c", level.params.found
    )
    by_key: dict[Any, list[Entity]] = {}
    for row in rows:
        by_key.setdefault(row[0], []).append(level.shape.entity(row[1:]))
    shown = [one for found in by_key.values() for one in found[:top]]
    pages = {
        key: Page(by_key.get(key, [])[:top], _more(level, by_key, key, top, entity, relation), counts.get(key))
        for key in keys
    }
    expand(viewer, target, query.expand, shown, root)
    return pages


def _more(level: Level, by_key: dict[Any, list[Entity]], key: Any, top: int, entity: str, relation: str) -> str | None:
    found = by_key.get(key, [])
    if len(found) <= top or not found[:top]:
        return None
    url = f"{level.root}/{address(entity, key)}/{relation}"
    return level.next_link(url, found[top - 1], top, level.query.skip)


def finished_page(page: Page) -> dict[str, Any]:
    """A page as the document that is sent."""
    found: dict[str, Any] = {}
    if page.count is not None:
        found["@iot.count"] = page.count
    if page.next_link:
        found["@iot.nextLink"] = page.next_link
    found["value"] = finished(page.entities)
    return found
