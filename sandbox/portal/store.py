"""What the SANDBOX portal keeps, in SQLite: dossiers, their steps, messages it took in order, dossiers of centrally run services."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

from sandbox.portal.rules import FOLLOWS, fault

TABLES = """
CREATE TABLE IF NOT EXISTS dossier (code TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS message (n INTEGER PRIMARY KEY, key TEXT, service TEXT NOT NULL, code TEXT NOT NULL, state TEXT NOT NULL,
  moment TEXT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS message_key ON message (key, code) WHERE key <> '';
CREATE INDEX IF NOT EXISTS message_of ON message (code, n);
CREATE TABLE IF NOT EXISTS central (n INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, body TEXT NOT NULL);
"""
SEEDS = (
    ("G01.99-20261120-0000101", "3.000125", "Cấp hộ chiếu phổ thông trong nước", "G01-XNC", "Quản lý xuất nhập cảnh", "4", "H13.31135"),
    ("G01.99-20261121-0000102", "3.000125", "Cấp hộ chiếu phổ thông trong nước", "G01-XNC", "Quản lý xuất nhập cảnh", "2", "H13.31120"),
    ("G12.05-20261118-0000088", "2.001711", "Gia hạn sử dụng thẻ bảo hiểm y tế", "G12-BHXH", "Bảo hiểm xã hội", "9", "H13.31135"),
)  # fmt: skip


class Store:
    """One SQLite file (or memory), used by every thread under one lock."""

    def __init__(self, home: Path | None) -> None:
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
        self.link = sqlite3.connect(str(home / "portal.db") if home else ":memory:", check_same_thread=False)
        self.link.row_factory = sqlite3.Row
        self.lock = threading.Lock()
        with self.lock, self.link:
            self.link.execute("PRAGMA journal_mode=WAL")
            self.link.execute("PRAGMA synchronous=NORMAL")
            self.link.executescript(TABLES)

    def seed(self) -> None:
        """A few dossiers of centrally run services, once."""
        with self.lock:
            if self.link.execute("SELECT count(*) FROM central").fetchone()[0]:
                return
        for code, procedure, name, field, title, state, unit in SEEDS:
            self.put_central({
                "MaHoSo": code, "MaTTHC": procedure, "TenTTHC": name, "MaLinhVuc": field, "TenLinhVuc": title, "TrangThaiHoSo": state,
                "ChuHoSo": "Nguyễn Văn Thử", "KenhThucHien": "2", "LoaiDoiTuong": "1", "NgayTiepNhan": "20261120080000",
                "NgayHenTra": "20261208170000", "DonViXuLy": unit, "HeThongNguon": field.split("-", maxsplit=1)[0],
                "ThoiDiemCapNhat": "20261123090000",
            })  # fmt: skip

    def take(self, service: str, item: Any, updating: bool, key: str) -> tuple[str, str]:
        """Keep one message; the error code ("00" when all is well) and the words for it."""
        if wrong := fault(service, item):
            return "10", wrong
        code, state = str(item["MaHoSo"]), str(item.get("TrangThaiHoSo") or item.get("TrangThai"))
        moment = str(item.get("ThoiDiemXuLy") or item.get("NgayTiepNhan") or "")
        with self.lock, self.link:
            if key and self._one("SELECT 1 FROM message WHERE key = ? AND code = ?", key, code):
                return "00", "đã nhận trước đó"
            before = self._one("SELECT state FROM dossier WHERE code = ?", code)
            if service == "DongBoHoSoMC" and not updating and before:
                return "02", "hồ sơ đã tồn tại"
            if (service != "DongBoHoSoMC" or updating) and not before:
                return "04", "chưa có hồ sơ này"
            if service != "DongBoHoSoMC" and self._one(
                "SELECT 1 FROM message WHERE code = ? AND service = ? AND moment = ? AND state = ? AND body = ?",
                code, service, moment, state, json.dumps(item, ensure_ascii=False, sort_keys=True),
            ):  # fmt: skip
                return "03", "tiến độ đã có"
            stood = before["state"] if before else ""
            if state != stood and state not in FOLLOWS[stood]:
                return "11", f"trạng thái {stood or '(chưa có)'} không thể chuyển sang {state}"
            self._keep(service, item, code, state, moment, key)
        return "00", ""

    def _keep(self, service: str, item: dict[str, Any], code: str, state: str, moment: str, key: str) -> None:
        body = json.dumps(item, ensure_ascii=False, sort_keys=True)
        self.link.execute(
            "INSERT INTO message (key, service, code, state, moment, body) VALUES (?, ?, ?, ?, ?, ?)",
            (key, service, code, state, moment, body),
        )
        if service == "DongBoHoSoMC":
            self.link.execute(
                "INSERT INTO dossier VALUES (?, ?, ?) ON CONFLICT (code) DO UPDATE SET state = excluded.state, body = excluded.body",
                (code, state, body),
            )
        else:
            self.link.execute("UPDATE dossier SET state = ? WHERE code = ?", (state, code))

    def _one(self, text: str, *values: Any) -> Any:
        return self.link.execute(text, values).fetchone()

    def dossier(self, code: str) -> dict[str, Any] | None:
        """A dossier with its present state and its steps in the order they came."""
        with self.lock:
            found = self._one("SELECT state, body FROM dossier WHERE code = ?", code)
            steps = self.link.execute(
                "SELECT body FROM message WHERE code = ? AND service = 'CapNhatTienDoHoSoMC' ORDER BY n", (code,)
            ).fetchall()
        if found is None:
            return None
        return {
            **json.loads(found["body"]),
            "TrangThaiHoSo": found["state"],
            "TienDo": [json.loads(row["body"]) for row in steps],
        }

    def states(self) -> dict[str, str]:
        """The state of every dossier."""
        with self.lock:
            return {
                row["code"]: row["state"] for row in self.link.execute("SELECT code, state FROM dossier ORDER BY code")
            }

    def messages(self, code: str = "") -> list[dict[str, str]]:
        """Messages it took, in the order it took them: n, key, service, code, state, moment."""
        with self.lock:
            found = self.link.execute(
                "SELECT n, key, service, code, state, moment FROM message WHERE ? IN ('', code) ORDER BY n", (code,)
            ).fetchall()
        return [dict(row) for row in found]

    def put_central(self, body: dict[str, Any]) -> int:
        """Add or change a dossier of a centrally run service; the number of the change."""
        with self.lock, self.link:
            made = self.link.execute(
                "INSERT INTO central (code, body) VALUES (?, ?)", (body["MaHoSo"], json.dumps(body, ensure_ascii=False))
            )
            return int(made.lastrowid or 0)

    def central(self, after: int, most: int = 100) -> list[dict[str, Any]]:
        """Changes of centrally run dossiers after a number, the oldest first, each with its number."""
        with self.lock:
            found = self.link.execute(
                "SELECT n, body FROM central WHERE n > ? ORDER BY n LIMIT ?", (after, most)
            ).fetchall()
        return [{**json.loads(row["body"]), "SoThuTu": str(row["n"])} for row in found]
