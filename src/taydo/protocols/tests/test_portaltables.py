"""Real strings of the national portal, glued as they were published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols import portaltables as tables

HEAD = "Hình thức nộpThời gianPhí, lệ phíMô tả"
PAPERS = "--Tên giấy tờMẫu đơn, tờ khaiSố lượng"


@pytest.mark.parametrize(
    ("text", "expected", "reasons"),
    [
        ("Trực tuyến3 Ngày làm việc7,000 Việt Nam Đồng", [("online", 3, "working_days", [7000])], []),
        ("Trực tiếp60 Ngày làm việcKhông có thông tinThời hạn không quá 30 ngày", [("desk", 60, "working_days", [])], []),
        ("Trực tuyến15 NgàyMiễn phíTrực tiếp25 NgàyMiễn phí", [("online", 15, "days", [0]), ("desk", 25, "days", [0])], []),
        ("Dịch vụ bưu chính3 Tháng1,200,000 Việt Nam Đồng", [("post", 3, "months", [1_200_000])], []),
        ("Trực tuyến1Miễn phíDịch vụ bưu chính1Miễn phí", [("online", 1, "working_days", [0]), ("post", 1, "working_days", [0])], ["unit_missing"] * 2),
        ("Trực tiếp1100,000 VNĐ", [("desk", 1, "working_days", [100_000])], ["unit_missing"]),
        ("Trực tiếp120 VNĐ", [("desk", None, "", [])], ["glued_to_fee"]),
        ("Trực tuyến1.5 Ngày làm việc40,000 Việt Nam Đồng(- Xe ô tô)", [("online", 2, "working_days", [40_000])], ["rounded_up"]),
        ("Trực tiếp15 NgàyMiễn phí(Theo quy định của Hội đồng nhân dân cấp tỉnh.)", [("desk", 15, "days", [0])], ["free_but_rule"]),
        ("Trực tuyến5 Ngày làm việc1,500,000 Việt Nam Đồng(150.000 đồng/1 giấy.)Nộp hồ sơ", [("online", 5, "working_days", [1_500_000])], ["note_says_other"]),
        ("Trực tiếp3 Ngày làm việc50 VNĐ(50.000đ/giấy thông hành)", [("desk", 3, "working_days", [50_000])], ["improbable"]),
        ("Trực tuyếnHệ thống thực hiện phản hồi tự động.Không có thông tinQua Cổng", [("online", None, "", [])], ["words_only"]),
        ("Trực tuyến6 Ngày làm việc800,000 Việt Nam Đồng(/hồ sơ)Phí: 800.000 đồng.Trực tiếp tại Bộ phận Một cửa", [("online", 6, "working_days", [800_000])], []),
        ("Trực tiếpKhông có thông tin8,000 VNĐ", [("desk", None, "", [8000])], []),
    ],
)  # fmt: skip
def test_ways_to_file_are_read_and_what_is_doubtful_is_told(text, expected, reasons):
    ways, doubts = tables.ways(HEAD + text)

    assert [(w.door, w.number, w.unit, [int(f.amount or 0) for f in w.fees]) for w in ways] == expected
    assert [doubt.reason for doubt in doubts] == reasons


def test_several_rows_of_one_door_take_the_longest_deadline_and_say_so():
    ways, doubts = tables.ways(
        HEAD + "Trực tiếp1 Ngày làm việcKhông có thông tinvùng gầnTrực tiếp2 Ngày làm việcMiễn phívùng xa"
    )

    assert [(w.number, w.words) for w in ways] == [(2, "vùng gần\nvùng xa")]
    assert [doubt.reason for doubt in doubts] == ["several_rows"]


@pytest.mark.parametrize(
    ("text", "expected", "reasons"),
    [
        ("Đơn đề nghị đăng ký hành nghề luật sưMẫu TP-LS-05-sđ.docx1 bản chínhBản sao Hợp đồng lao động0 bản chính,1 bản sao",
         [("Đơn đề nghị đăng ký hành nghề luật sư", "Mẫu TP-LS-05-sđ.docx", 1, 0), ("Bản sao Hợp đồng lao động", "", 0, 1)], []),
        ("Đơn đề nghị theo Mẫu số 051 bản chính,1 bản sao", [("Đơn đề nghị theo Mẫu số 05", "", 1, 1)], []),
        ("Báo cáo theo Nghị định số 168/20251 bản chính", [("Báo cáo theo Nghị định số 168/2025", "", 1, 0)], []),
        ("Đơn theo Mẫu số 181 bản chính", [("Đơn theo Mẫu số 18", "", 1, 0)], ["digits_glued"]),
        ("Phiếu yêu cầu (01 bản chính hoặc 01 bản sao)1 bản chính", [("Phiếu yêu cầu (01 bản chính hoặc 01 bản sao)", "", 1, 0)], []),
    ],
)  # fmt: skip
def test_papers_are_told_apart_with_their_forms_and_numbers(text, expected, reasons):
    papers, doubts = tables.papers(PAPERS + text)

    assert [(p.name, p.form, p.originals, p.copies) for p in papers] == expected
    assert [doubt.reason for doubt in doubts] == reasons


def test_cases_of_papers_stand_before_their_tables():
    text = "Thi lần đầu, gồm:Tên giấy tờMẫu đơn, tờ khaiSố lượngPhiếu đăng ký1 bản chínhThi lại, gồm:Tên giấy tờMẫu đơn, tờ khaiSố lượngẢnh2 bản chính"

    papers, doubts = tables.papers(text)

    assert [(p.name, p.case) for p in papers] == [("Phiếu đăng ký", "Thi lần đầu, gồm"), ("Ảnh", "Thi lại, gồm")]
    assert doubts == ()


def test_laws_are_told_from_the_numbers_in_their_titles():
    text = (
        "Tên văn bản pháp lýMã văn bảnLuật 54/2014/QH1354/2014/QH13Thông tư 12/2015/TT-BTC12/2015/TT-BTCSửa đổi một số điều của Thông tư số 12/2015/TT-BTC"
        " ngày 30 tháng 01 năm 201522/2019/TT-BTCQuyết định số 09/2023/QĐ-TTg09/2023/QĐ-TTg"
    )

    laws, doubts = tables.laws(text)

    assert [number for _, number in laws] == ["54/2014/QH13", "12/2015/TT-BTC", "22/2019/TT-BTC", "09/2023/QĐ-TTg"]
    assert doubts == ()


def test_results_leave_the_pages_buttons_out():
    text = "Giấy khai sinhMã: KQ.G15.000031Thông báoMã: 000.00.00.G04-KQ3172Từ khóaKhông có thông tinChọn cơ quan thực hiệnNộp hồ sơ"

    assert tables.results(text) == (
        (("Giấy khai sinh", "KQ.G15.000031"), ("Thông báo", "000.00.00.G04-KQ3172")),
        (),
    )


@given(
    st.text(max_size=400) | st.text(alphabet="Trựctiếp0123456789,. NgàylmviệcVĐMnhpí()bảnsaoíc/-QHTBĐ", max_size=400)
)
def test_no_text_whatever_breaks_the_reading(text):
    for read in (tables.ways, tables.papers, tables.laws, tables.results):
        read(text)
        read(HEAD + text)
    list(tables.listed(text))
