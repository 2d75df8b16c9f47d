"""What is told to the national portal of a dossier: all of it (DongBoHoSoMC), and each step (CapNhatTienDoHoSoMC)."""

# ruff: noqa: RUF009  `wire` is dataclasses.field with what the portal calls it
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .codes import CHANNELS, COPIES, FEE_TIMES
from .fields import wire


@dataclass(frozen=True, slots=True)
class Paper:
    """A file handed in (TaiLieuNop). `component`: the procedure's paper it stands for; `href`: where the portal may fetch it."""

    id: str = wire("TepDinhKemId", required=True)
    name: str = wire("TenTepDinhKem", required=True)
    deleted: bool = wire("IsDeleted", "flag")
    component: str = wire("MaThanhPhanHoSo")
    href: str = wire("DuongDanTaiTepTin")
    digitised: bool = wire("DuocSoHoa", "flag")
    from_store: bool = wire("DuocLayTuKhoDMQG", "flag")


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee (DanhSachLePhi); `when`: receipt, supplement or result; `kind`: phí or lệ phí as the portal numbers it."""

    name: str = wire("TenPhiLePhi", required=True)
    code: str = wire("MaPhiLePhi")
    when: str = wire("HinhThucThu", "code", codes=FEE_TIMES)
    amount_vnd: int | None = wire("Gia", "number")
    kind: str = wire("LoaiPhiLePhi")


@dataclass(frozen=True, slots=True)
class Other:
    """Another paper handed in on paper (DanhSachTepDinhKemKhac); `copy`: original, copy or electronic (LoaiBan)."""

    name: str = wire("TenGiayTo", required=True)
    count: int | None = wire("SoLuong", "number")
    copy: str = wire("LoaiGiayTo", "code", codes=COPIES)


@dataclass(frozen=True, slots=True)
class Supplement:
    """A request for papers (DanhSachHoSoBoSung) and how it was answered."""

    id: str = wire("HoSoBoSungId", required=True)
    asked_by: str = wire("NguoiYeuCauBoSung")
    text: str = wire("NoiDungBoSung", required=True)
    asked_at: dt.datetime | None = wire("NgayBoSung", "instant")
    taken_by: str = wire("NguoiTiepNhanBoSung")
    taken_text: str = wire("ThongTinTiepNhan")
    taken_at: dt.datetime | None = wire("NgayTiepNhanBoSung", "instant")
    state: str = wire("TrangThaiBoSung")
    papers: tuple[Other, ...] = wire("DanhSachGiayToBoSung", "list", of=Other)
    fees: tuple[Fee, ...] = wire("DanhSachLePhiBoSung", "list", of=Fee)
    due_before: dt.datetime | None = wire("NgayHenTraTruoc", "instant")
    due_after: dt.datetime | None = wire("NgayHenTraMoi", "instant")


@dataclass(frozen=True, slots=True)
class Result:
    """A paper given out (DanhSachGiayToKetQua); `code`: the result's own (MaKetQua)."""

    name: str = wire("TenGiayTo", required=True)
    component: str = wire("MaThanhPhanHoSo")
    id: str = wire("GiayToId")
    href: str = wire("DuongDanTepTinKetQua")
    code: str = wire("MaKetQua")


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier as the portal keeps it (DongBoHoSoMC). `state`: 1 to 10; `applicant_kind`: person, organisation, household."""

    code: str = wire("MaHoSo", required=True)
    procedure: str = wire("MaTTHC", required=True)
    procedure_name: str = wire("TenTTHC", required=True)
    field: str = wire("MaLinhVuc", required=True)
    field_name: str = wire("TenLinhVuc", required=True)
    receipt: str = wire("SoBienNhan")
    channel: str = wire("KenhThucHien", "code", codes=CHANNELS)
    applicant: str = wire("ChuHoSo")
    applicant_kind: str = wire("LoaiDoiTuong", "party")
    applicant_id: str = wire("MaDoiTuong")
    other: str = wire("ThongTinKhac")
    email: str = wire("Email")
    fax: str = wire("Fax")
    phone: str = wire("SoDienThoai")
    summary: str = wire("TrichYeuHoSo")
    received_at: dt.datetime | None = wire("NgayTiepNhan", "instant")
    due_at: dt.datetime | None = wire("NgayHenTra", "instant")
    state: int | None = wire("TrangThaiHoSo", "number")
    returned_at: dt.datetime | None = wire("NgayTra", "instant")
    returned_how: str = wire("ThongTinTra")
    delivery: str = wire("HinhThuc")
    finished_at: dt.datetime | None = wire("NgayKetThucXuLy", "instant")
    agency: str = wire("DonViXuLy", required=True)
    note: str = wire("GhiChu")
    papers: tuple[Paper, ...] = wire("TaiLieuNop", "list", of=Paper)
    fees: tuple[Fee, ...] = wire("DanhSachLePhi", "list", of=Fee)
    others: tuple[Other, ...] = wire("DanhSachTepDinhKemKhac", "list", of=Other)
    supplements: tuple[Supplement, ...] = wire("DanhSachHoSoBoSung", "list", of=Supplement)
    results: tuple[Result, ...] = wire("DanhSachGiayToKetQua", "list", of=Result)
    online_payment: int | None = wire("DuocThanhToanTrucTuyen", "number")
    digitised: bool = wire("HoSoCoThanhPhanSoHoa", "flag")
    identified: bool = wire("TaiKhoanDuocXacThucVoiVNeID", "flag")


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a dossier (CapNhatTienDoHoSoMC): who did what, when, in which office, and the state afterwards."""

    code: str = wire("MaHoSo", required=True)
    officer: str = wire("NguoiXuLy", required=True)
    position: str = wire("ChucDanh")
    at: dt.datetime | None = wire("ThoiDiemXuLy", "instant", required=True)
    office: str = wire("PhongBanXuLy")
    text: str = wire("NoiDungXuLy", required=True)
    state: int | None = wire("TrangThai", "number", required=True)
    began_at: dt.datetime | None = wire("NgayBatDau", "instant")
    due_at: dt.datetime | None = wire("NgayKetThucTheoQuyDinh", "instant")


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure in the portal's list (LayThuTuc, LayDanhSachTTHC)."""

    code: str = wire("MATTHC", required=True)
    name: str = wire("TENTTHC", required=True)
    field: str = wire("MALINHVUC")
    field_name: str = wire("TENLINHVUC")


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency in the portal's list (LayDanhMucCoQuan)."""

    code: str = wire("MADONVI", required=True)
    name: str = wire("TENDONVI", required=True)
    parent: str = wire("MADONVICHA")


@dataclass(frozen=True, slots=True)
class Mirrored(Dossier):
    """A dossier of a service run by a ministry, as its system tells it: that system owns the state. `number`: counts its changes.

    Names of these three fields are the sandbox's own: no description of such an interface is published.
    """

    source: str = wire("HeThongNguon", required=True)
    number: int | None = wire("SoThuTu", "number", required=True)
    changed_at: dt.datetime | None = wire("ThoiDiemCapNhat", "instant")
