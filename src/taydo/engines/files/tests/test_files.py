"""Files are what their bytes say; hostile ones are refused; what is kept is durable, seen by the right people, and inert."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from taydo.engines.files import actions, queries, store
from taydo.engines.files.content import recognise
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

PLACE = {1: "N", 2: (10.0, 2.0, 0.6), 3: "E", 4: (105.0, 47.0, 12.48)}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, no scanner."""
    settings.TAYDO_HOME = tmp_path
    monkeypatch.delenv("TAYDO_CLAMD", raising=False)
    return tmp_path


def photo(form: str = "JPEG", size: tuple[int, int] = (40, 20), orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secret phone"
    exif.get_ifd(0x8825).update(PLACE)
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, exif=exif)
    return out.getvalue()


def official(agency: str, actor: int = 5) -> Viewer:
    grants = {name: frozenset((agency,)) for name in ("files.keep", "files.see")}
    return Viewer(actor, agency.lower(), agency, "official", agency, grants=grants)


def keep(viewer: Viewer, data: bytes, name: str, **options: Any) -> queries.File:
    return actions.keep(viewer, io.BytesIO(data), name, agency=viewer.agency, **options)


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


HOSTILE = {
    "page.jpg": b"<!DOCTYPE html><script>alert(1)</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "note.txt": b"\xef\xbb\xbf  <script>alert(1)</script>",
    "run.txt": b"#!/bin/sh\nrm -rf /",
    "shell.php": b"<?php system($_GET[0]);",
    "program.pdf": b"MZ\x90\x00" + bytes(200),
    "elf.png": b"\x7fELF" + bytes(200),
    "page.html": b"hello",
    "bundle.jar": zipped("META-INF/MANIFEST.MF"),
    "broken.jpg": photo()[:60],
    "empty.txt": b"",
    "bytes.txt": b"abc\x00def",
    "word.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_refused(name: str) -> None:
    with pytest.raises(Problem) as refused:
        recognise(HOSTILE[name], name)
    assert refused.value.status == 422


def test_a_photo_tells_its_place_and_keeps_nothing_else() -> None:
    content = recognise(photo(), "photo.jpg")
    assert (round(content.lon or 0, 4), round(content.lat or 0, 4)) == (105.7868, 10.0335)
    assert (content.width, content.height) == (20, 40)  # turned upright
    with Image.open(io.BytesIO(content.data)) as kept:
        assert not kept.getexif() and "exif" not in kept.info
    assert b"Secret phone" not in content.data


def test_what_hides_behind_a_photo_is_gone() -> None:
    assert b"<script>" not in recognise(photo() + b"<script>alert(1)</script>", "photo.jpg").data


def test_the_name_follows_the_content() -> None:
    assert recognise(photo("PNG"), "x.exe").extension == "png"
    assert actions.tidy("../../etc/passwd", "txt") == "passwd.txt"
    assert actions.tidy("ảnh\u202egpj.exe", "jpg") == "ảnhgpj.jpg"
    assert actions.tidy("...", "pdf") == "tep.pdf"
    assert recognise("Mã;Tên\n1;Cần Thơ".encode(), "so-lieu.csv").extension == "csv"


@pytest.mark.django_db
def test_a_file_is_seen_by_its_agency_its_keeper_and_when_public_by_all() -> None:
    mine = keep(official("A"), b"%PDF-1.7\n", "quyet dinh.pdf", object_kind="letter", object_id="7")
    assert (mine.scan, mine.name, mine.content_type) == ("unscanned", "quyet dinh.pdf", "application/pdf")
    assert queries.files_of(official("A", 6), "letter", "7") == [mine]
    for stranger in (official("B", 9), Viewer.anonymous()):
        assert queries.files_of(stranger, "letter", "7") == []
        with pytest.raises(Problem) as hidden:
            queries.open_file(stranger, mine.id)
        assert hidden.value.status == 404
    shared = keep(official("A"), photo(), "anh.jpg", public=True)
    assert queries.open_file(Viewer.anonymous(), shared.id)[0] == shared


@pytest.mark.django_db
def test_files_are_kept_once_by_content_and_a_changed_byte_is_noticed() -> None:
    first, second = (keep(official("A"), b"xin chao", name) for name in ("a.txt", "b.txt"))
    assert first.sha256 == second.sha256
    assert [path for path in store.root().rglob("*") if path.is_file()] == [store.place(first.sha256)]
    store.place(first.sha256).write_bytes(b"xin chaO")
    with pytest.raises(Problem) as gone:
        queries.open_file(official("A"), first.id)
    assert gone.value.status == 404


@pytest.mark.django_db
def test_a_file_that_is_too_large_leaves_nothing() -> None:
    with pytest.raises(Problem) as refused:
        keep(official("A"), b"a" * 2000, "a.txt", most_bytes=1000)
    assert refused.value.status == 413
    assert not store.root().exists() and sql.value("SELECT count(*) FROM files_file") == 0


@pytest.mark.django_db
def test_files_leave_in_a_sandbox() -> None:
    picture = keep(official("A"), photo(), "ảnh đẹp.jpg", public=True)
    text = keep(official("A"), b"chao", "a.txt", public=True)
    answer = Client().get(picture.address)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline;")
    assert Client().get(text.address)["Content-Disposition"].startswith("attachment;")
    assert Client().get(picture.address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().post(picture.address).status_code == 405
    private = keep(official("A"), b"rieng", "r.txt")
    assert Client().get(private.address).status_code == 404


@pytest.fixture
def clamd(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A scanner that speaks clamd's protocol and knows one signature."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("TAYDO_CLAMD", f"127.0.0.1:{server.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link, link.makefile("rb") as lines:
                assert lines.read(10) == b"zINSTREAM\0"
                data = b""
                while size := int.from_bytes(lines.read(4), "big"):
                    data += lines.read(size)
                link.sendall(b"stream: Eicar FOUND\0" if EICAR in data else b"stream: OK\0")

    threading.Thread(target=serve, daemon=True).start()
    yield
    server.close()


@pytest.mark.django_db
def test_malware_is_refused_and_what_waited_is_scanned(clamd: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.delenv("TAYDO_CLAMD")
        waiting = keep(official("A"), EICAR, "late.txt")
    assert keep(official("A"), b"chao", "a.txt").scan == "clean"
    with pytest.raises(Problem) as refused:
        keep(official("A"), EICAR, "virus.txt")
    assert refused.value.code == "file_infected"
    assert actions.scan_waiting(Viewer.system("files")) == 1
    with pytest.raises(Problem) as infected:
        queries.open_file(official("A"), waiting.id)
    assert infected.value.status == 403


@pytest.mark.django_db
def test_a_silent_scanner_closes_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAYDO_CLAMD", "/nowhere/clamd.sock")
    with pytest.raises(Problem) as refused:
        keep(official("A"), b"chao", "a.txt")
    assert refused.value.status == 503 and sql.value("SELECT count(*) FROM files_file") == 0
