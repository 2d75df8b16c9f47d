"""What leaves after commit: changed values for open pages, created observations for MQTT subscribers."""

from __future__ import annotations

import asyncio
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg

from taydo.engines.gateway.device_access import SUBJECT as ACCESS
from taydo.kernel.logs import log

LIVE = "live.readings"
FLUSH_SECONDS = 0.25
IN_ONE = 400
# A client that has just signed in may subscribe at any moment: for a while the server is asked ten times a second.
ASSUMED_SECONDS = 3.0
UNSURE_ASK_SECONDS = 0.1
HELD_MOST = 200_000
_STREAM = re.compile(r"^v1//1\.Datastreams\((\d+)\)\.Observations$")
Row = tuple[int, int, float | None, int]


class Outlet:
    """Publishes on the CITY account. `listening`: datastreams somebody subscribes to; None means all."""

    def __init__(self, city_url: str, system_url: str, public_url: str) -> None:
        self.city_url, self.system_url, self.public_url = city_url, system_url, public_url
        self.changed: dict[int, Row] = {}
        self.created: list[Row] = []
        self.held: list[Row] = []
        self.listening: set[int] | None = set()
        self.assumed_until = 0.0
        self.city: Client | None = None

    def take(self, rows: list[Row], newest: list[Row]) -> None:
        """Rows just committed: (datastream, µs, value, flags); `newest` has one row for each datastream."""
        for row in newest:
            self.changed[row[0]] = row
        if self.unsure:
            self.held += rows[: HELD_MOST - len(self.held)]
        else:
            self.created += self._wanted(rows)

    @property
    def wants_rows(self) -> bool:
        """Whether anybody subscribes to created observations, or may (asked from the keeper's thread)."""
        return self.listening is None or bool(self.listening) or self.unsure

    @property
    def unsure(self) -> bool:
        """Whether somebody came who may subscribe at any moment: rows are held until the server has said who listens."""
        return time.monotonic() < self.assumed_until

    def _wanted(self, rows: list[Row]) -> list[Row]:
        listening = self.listening
        return rows if listening is None else [row for row in rows if row[0] in listening] if listening else []

    async def run(self) -> None:
        """Connects (again and again) and publishes until cancelled."""
        self.city = await _patiently(self.city_url, "taydo-outlet")
        system = await _patiently(self.system_url, "taydo-interest")
        await system.subscribe("$SYS.ACCOUNT.FIELD.CONNECT", cb=self._somebody_came)
        watcher = asyncio.create_task(self._watch_interest(system))
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS / 5)
                await self._publish_created()
                if asyncio.get_running_loop().time() % FLUSH_SECONDS < FLUSH_SECONDS / 5:
                    await self._publish_live()
        finally:
            watcher.cancel()
            await system.close()
            await self.city.close()

    async def _somebody_came(self, _: Msg) -> None:
        self.assume()

    def assume(self) -> None:
        """Somebody signed in who may subscribe."""
        self.assumed_until = time.monotonic() + ASSUMED_SECONDS

    async def _watch_interest(self, system: Client) -> None:
        question = json.dumps({"subscriptions": True, "account": "FIELD", "limit": 4096}).encode()
        while True:
            try:
                answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.SUBSZ", question, timeout=2)).data)
                subjects = [each["subject"] for each in answer["data"].get("subscriptions_list") or ()]
                self.listening = interest(subjects, len(subjects) >= 4096)
                held, self.held = self.held, []
                self.created += self._wanted(held)
            except (nats.errors.Error, KeyError, ValueError) as error:
                log.debug("cannot ask who listens", error=repr(error))
            await asyncio.sleep(UNSURE_ASK_SECONDS if self.unsure or self.held else 1)

    async def _publish_live(self) -> None:
        if not self.changed or self.city is None or not self.city.is_connected:
            return
        rows = [[row[0], row[1] // 1000, row[2], row[3]] for row in self.changed.values()]
        self.changed.clear()
        for start in range(0, len(rows), IN_ONE):
            await self.city.publish(
                LIVE, json.dumps({"d": rows[start : start + IN_ONE]}, separators=(",", ":")).encode()
            )

    async def _publish_created(self) -> None:
        if not self.created or self.city is None or not self.city.is_connected:
            return
        rows, self.created = self.created, []
        for row in rows:
            await self.city.publish(f"v1//1.Datastreams({row[0]}).Observations", self.entity(row))

    def entity(self, row: Row) -> bytes:
        """The created Observation as SensorThings JSON."""
        stream, us, value, _ = row
        identifier = f"{stream}-{us}"
        link = f"{self.public_url}/sta/v1.1/Observations('{identifier}')"
        at = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
        text = at.isoformat(timespec="microseconds" if us % 1000 else "milliseconds").replace("+00:00", "Z")
        body: dict[str, Any] = {
            "@iot.id": identifier, "@iot.selfLink": link, "phenomenonTime": text, "resultTime": None, "result": value,
            "Datastream@iot.navigationLink": f"{link}/Datastream",
            "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
        }  # fmt: skip
        return orjson.dumps(body)


def interest(subjects: list[str], cut_short: bool = False) -> set[int] | None:
    """The datastreams that subscriptions of the FIELD account ask for; None when any pattern asks for all."""
    wanted: set[int] = set()
    for subject in subjects:
        found = _STREAM.match(subject)
        if found:
            wanted.add(int(found[1]))
        elif subject not in (ACCESS, "v1//1.>") and _could_match(subject):
            return None
    return None if cut_short else wanted


def _could_match(subject: str) -> bool:
    parts = subject.split(".")
    sample = ["v1//1", "Datastreams(0)", "Observations"]
    for index, part in enumerate(parts):
        if part == ">":
            return True
        if index >= len(sample) or part not in ("*", sample[index]):
            return False
    return len(parts) == len(sample)


async def _patiently(url: str, name: str) -> Client:
    while True:
        try:
            return await nats.connect(url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.5)
        except (OSError, nats.errors.Error) as error:
            log.warning("waiting for the backbone", name=name, error=repr(error))
            await asyncio.sleep(1)
