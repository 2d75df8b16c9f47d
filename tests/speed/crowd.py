"""A crowd in one process: people with an address, cookies and patience of their own, over plain HTTP/1.1 connections."""

from __future__ import annotations

import asyncio
import collections
import gzip
import json
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

SLOW_S = 30.0


class Seen:
    """What the crowd noticed: seconds of every answer by kind, and everything that was not as it should be."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = collections.defaultdict(list)
        self.wrong: list[str] = []
        self.from_when = float("inf")

    def note(self, kind: str, seconds: float) -> None:
        """Count an answer, once the crowd is complete."""
        if time.monotonic() - seconds >= self.from_when:
            self.taken[kind].append(seconds)


class Person:
    """One browser or phone: keeps its line open, its cookies, and asks from its own loopback address."""

    def __init__(self, port: int, number: int, seen: Seen) -> None:
        self.port, self.seen = port, seen
        self.address = f"127.0.{1 + number // 200}.{1 + number % 200}"
        self.cookies: dict[str, str] = {}
        self.dice = random.Random(number)
        self.line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.cached: set[str] = set()

    async def think(self, least: float, most: float) -> None:
        """Read, type, walk on."""
        await asyncio.sleep(self.dice.uniform(least, most))

    async def ask(
        self,
        kind: str,
        path: str,
        body: bytes | None = None,
        content: str = "",
        good: tuple[int, ...] = (200,),
        **headers: str,
    ) -> tuple[int, str, dict[str, str]]:
        """Ask once and note how long it took; a status that is not `good` is noted as wrong. Returns status, text, headers."""
        begun = time.monotonic()
        try:
            status, answered, data = await asyncio.wait_for(self._exchange(path, body, content, headers), SLOW_S)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self.seen.wrong.append(f"{kind} {path}: {error!r}")
            self.hang_up()
            return 0, "", {}
        self.seen.note(kind, time.monotonic() - begun)
        if status not in good:
            self.seen.wrong.append(f"{kind} {path}: {status} {data[:200]!r}")
        return status, data.decode("utf-8", "replace"), answered

    async def _exchange(
        self, path: str, body: bytes | None, content: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        if self.line is None:
            self.line = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0), limit=2**20)
        reader, writer = self.line
        given = {
            "Host": "localhost",
            "Accept-Encoding": "gzip",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        if body is not None:
            given |= {"Content-Type": content, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {text}\r\n" for name, text in given.items())
        writer.write(f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\n{lines}\r\n".encode() + (body or b""))
        await writer.drain()
        status, answered = await self._head(reader)
        data = await self._body(reader, status, answered)
        if answered.get("connection", "").lower() == "close":
            self.hang_up()
        return status, answered, gzip.decompress(data) if answered.get("content-encoding") == "gzip" else data

    async def _head(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        answered = {}
        for text in raw[1:]:
            name, _, value = text.partition(": ")
            if name.lower() == "set-cookie":
                key, _, kept = value.split(";", 1)[0].partition("=")
                self.cookies[key] = kept
            answered[name.lower()] = value
        return int(raw[0].split(" ", 2)[1]), answered

    async def _body(self, reader: asyncio.StreamReader, status: int, answered: dict[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if "chunked" not in answered.get("transfer-encoding", ""):
            return await reader.readexactly(int(answered.get("content-length", "0")))
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return b"".join(parts)

    def hang_up(self) -> None:
        """Close the line; the next question opens another."""
        if self.line:
            self.line[1].close()
            self.line = None

    async def page(self, kind: str, path: str) -> str:
        """A page as a browser opens it: with its styles and scripts the first time, from its own store afterwards."""
        status, html, answered = await self.ask(kind, path, good=(200, 302))
        if status == 302:
            _, html, _ = await self.ask(kind, answered.get("location", "/"))
        for asset in dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"]+)"', html)):
            if asset not in self.cached:
                self.cached.add(asset)
                await self.ask("styles and scripts", asset)
        return html

    async def send(self, kind: str, path: str, fields: dict[str, str], photo: bytes | None = None) -> str:
        """Send a form, and follow where it leads; returns the address of the page one lands on."""
        if photo is None:
            body, content = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        else:
            body, content = multipart(fields, photo)
        status, _, answered = await self.ask(kind, path, body, content, good=(302,))
        return answered.get("location", "") if status == 302 else ""


def multipart(fields: dict[str, str], photo: bytes) -> tuple[bytes, str]:
    """A form with a photo, as a browser sends it."""
    mark = secrets.token_hex(12)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode()
        + photo
    )
    return b"".join(parts) + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def field(html: str, name: str) -> str:
    """The value of a hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    return found[1] if found else ""


async def browse(who: Person) -> None:
    """Looks at the city's pages, finds a procedure and reads it, looks at public reports."""
    await who.page("home", "/")
    await who.think(4, 12)
    words = who.dice.choice(
        (
            "lam giay khai sinh cho con",
            "xin phep xay nha",
            "giay doc than",
            "mo tiem",
            "ket hon",
            "nhap ho khau",
            "chung thuc",
        )
    )
    _, found, _ = await who.ask(
        "search of procedures", "/api/v1/procedures?" + urlencode({"q": words, "limit": 10}), Accept="application/json"
    )
    await who.think(3, 8)
    listed = [one["code"] for one in json.loads(found)["procedures"]] if found else []
    if listed:
        await who.page("one procedure", f"/procedures/{listed[0]}")
        await who.think(6, 15)
        await who.page("before filing", f"/dossiers/new/{listed[0]}")
        await who.think(4, 12)
    await who.page("overview of reports", "/hotline")
    await who.think(4, 12)
    listed = await who.page(
        "list of reports", "/hotline/reports?" + urlencode({"q": who.dice.choice(("", "", "den", "rac"))})
    )
    await who.think(4, 12)
    codes = re.findall(r'href="/report/(PA-[A-Z0-9]+)"', listed)
    if codes:
        await who.page("one report", f"/report/{who.dice.choice(codes)}")
        await who.think(6, 15)
    _, data, _ = await who.ask("reports as JSON", "/api/v1/hotline/reports?limit=20", Accept="application/json")
    if data:
        json.loads(data)
    await who.think(4, 12)


def reporter(photos: list[bytes]) -> Callable[[Person], Awaitable[None]]:
    """Somebody who reports, two of five with a photo of 200 kB, and then follows it by its code."""

    async def report(who: Person) -> None:
        html = await who.page("form", "/report")
        await who.think(10, 25)
        fields = {name: field(html, name) for name in ("csrfmiddlewaretoken", "key")} | {
            "text": f"Đèn đường hỏng trước nhà số {who.dice.randrange(900)}, tối quá.", "category": "lamp_out", "public": "yes",
            "lon": f"{105.7 + who.dice.random() / 10:.5f}", "lat": f"{10.0 + who.dice.random() / 20:.5f}", "phone": f"09{who.dice.randrange(10**8):08}",
        }  # fmt: skip
        photo = who.dice.choice(photos) if who.dice.random() < 0.4 else None
        here = await who.send("report with photo" if photo else "report", "/report", fields, photo)
        for _ in range(3):
            if here:
                await who.page("follow", here)
            await who.think(5, 12)

    return report


def officer(number: int, of: int) -> Callable[[Person], Awaitable[None]]:
    """Somebody at the desk: list, one case, its next step; each officer works on cases of their own share."""

    async def work(who: Person) -> None:
        html = await who.page("desk", "/desk?tab=all")
        ids = sorted({int(found) for found in re.findall(r'href="/desk/cases/(\d+)', html)})
        await who.think(3, 8)
        _, data, _ = await who.ask("inbox as JSON", "/api/v1/cases?type=report&limit=50", Accept="application/json")
        mine = [case for case in json.loads(data or "{}").get("cases", []) if case["id"] % of == number]
        case = mine[0]["id"] if mine else (who.dice.choice(ids) if ids else None)
        if case is None:
            return
        html = await who.page("desk with a case", f"/desk/cases/{case}")
        await who.think(5, 12)
        if mine:
            move = "start" if mine[0]["state"] in ("received", "routed") else "answer"
            body = json.dumps({"move": move, "note": "Đã cử tổ sửa chữa.", "key": secrets.token_hex(8)}).encode()
            await who.ask(
                "move a case",
                f"/api/v1/cases/{case}/move",
                body,
                "application/json",
                X_CSRFToken=who.cookies.get("taydo_csrf", ""),
            )
        await who.think(3, 8)

    return work


async def sign_in(who: Person, username: str, password: str) -> None:
    """Through the page, as people do."""
    html = await who.page("sign in", "/signin")
    fields = {
        "csrfmiddlewaretoken": field(html, "csrfmiddlewaretoken"),
        "username": username,
        "password": password,
        "next": "/desk",
    }
    here = await who.send("sign in", "/signin", fields)
    if not here or "/signin" in here:
        who.seen.wrong.append(f"{username} could not sign in: {quote(here)}")
