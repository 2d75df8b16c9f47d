"""What the SANDBOX portal takes: fields of each message, and which state follows which. Written apart from the city's own library,

after the public adapters' field lists, so that a name mistaken on one side is found by the other.
"""

from __future__ import annotations

import re
from typing import Any

STATES = {str(number) for number in range(1, 11)}
FOLLOWS = {
    "": {"1", "2"}, "1": {"2", "3", "5", "7"}, "2": {"4", "7", "9"}, "3": set(), "4": {"5", "6", "7", "8", "9"}, "5": {"4", "8"},
    "6": {"4"}, "7": set(), "8": set(), "9": {"10"}, "10": set(),
}  # fmt: skip
PAPER = {
    "TepDinhKemId",
    "TenTepDinhKem",
    "IsDeleted",
    "MaThanhPhanHoSo",
    "DuongDanTaiTepTin",
    "DuocSoHoa",
    "DuocLayTuKhoDMQG",
}
FEE = {"TenPhiLePhi", "MaPhiLePhi", "HinhThucThu", "Gia", "LoaiPhiLePhi"}
OTHER = {"TenGiayTo", "SoLuong", "LoaiGiayTo"}
SUPPLEMENT = {
    "HoSoBoSungId", "NguoiYeuCauBoSung", "NoiDungBoSung", "NgayBoSung", "NguoiTiepNhanBoSung", "ThongTinTiepNhan", "NgayTiepNhanBoSung",
    "TrangThaiBoSung", "DanhSachGiayToBoSung", "DanhSachLePhiBoSung", "NgayHenTraTruoc", "NgayHenTraMoi",
}  # fmt: skip
RESULT = {"TenGiayTo", "MaThanhPhanHoSo", "GiayToId", "DuongDanTepTinKetQua", "MaKetQua"}
LISTS = {
    "TaiLieuNop": PAPER, "DanhSachLePhi": FEE, "DanhSachTepDinhKemKhac": OTHER, "DanhSachHoSoBoSung": SUPPLEMENT,
    "DanhSachGiayToKetQua": RESULT,
}  # fmt: skip
DOSSIER = {
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "SoBienNhan", "KenhThucHien", "ChuHoSo", "LoaiDoiTuong", "MaDoiTuong",
    "ThongTinKhac", "Email", "Fax", "SoDienThoai", "TrichYeuHoSo", "NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "NgayTra", "ThongTinTra",
    "HinhThuc", "NgayKetThucXuLy", "DonViXuLy", "GhiChu", "DuocThanhToanTrucTuyen", "HoSoCoThanhPhanSoHoa", "TaiKhoanDuocXacThucVoiVNeID",
}  # fmt: skip
PROGRESS = {
    "MaHoSo", "NguoiXuLy", "ChucDanh", "ThoiDiemXuLy", "PhongBanXuLy", "NoiDungXuLy", "TrangThai", "NgayBatDau", "NgayKetThucTheoQuyDinh",
}  # fmt: skip
NEEDED = {
    "DongBoHoSoMC": ("MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "TrangThaiHoSo", "DonViXuLy"),
    "CapNhatTienDoHoSoMC": ("MaHoSo", "NguoiXuLy", "ThoiDiemXuLy", "NoiDungXuLy", "TrangThai"),
}
DATES = {"NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "ThoiDiemXuLy", "NgayBatDau", "NgayKetThucTheoQuyDinh",
         "NgayBoSung", "NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi"}  # fmt: skip
CHOICES = {"KenhThucHien": {"1", "2", "3"}, "LoaiDoiTuong": {"0", "1", "2"}, "HinhThucThu": {"1", "2", "4"}, "TrangThaiHoSo": STATES,
           "TrangThai": STATES}  # fmt: skip


def fault(service: str, item: Any) -> str:
    """What is wrong with a message, naming the field; "" when nothing is."""
    if not isinstance(item, dict):
        return "data: phải là đối tượng"
    for name in NEEDED[service]:
        if not item.get(name):
            return f"{name}: bắt buộc"
    known = DOSSIER if service == "DongBoHoSoMC" else PROGRESS
    for name, value in item.items():
        if name in LISTS and service == "DongBoHoSoMC":
            if not isinstance(value, list):
                return f"{name}: phải là danh sách"
            for row in value:
                if strange := set(row) - LISTS[name]:
                    return f"{name}.{sorted(strange)[0]}: trường lạ"
                if wrong := _values(row):
                    return f"{name}.{wrong}"
        elif name not in known:
            return f"{name}: trường lạ"
    return _values(item)


def _values(item: dict[str, Any]) -> str:
    for name, value in item.items():
        if name in DATES and value and not re.fullmatch(r"20\d{6}([01]\d|2[0-3])[0-5]\d[0-5]\d", str(value)):
            return f"{name}: không đúng dạng yyyyMMddHHmmss"
        if name in CHOICES and value and str(value) not in CHOICES[name]:
            return f"{name}: mã không có trong danh mục"
    return ""
