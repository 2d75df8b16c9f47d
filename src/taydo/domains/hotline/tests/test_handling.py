"""What officials do with a report, what its reporter is told, and who may not."""

import datetime as dt

import pytest

from taydo.domains.hotline import actions, queries
from taydo.domains.hotline.actions import calls, handling, keeping
from taydo.domains.hotline.queries import intake
from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.kernel import audit, clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.events import deliver_pending

pytestmark = pytest.mark.django_db
NOBODY = Viewer.anonymous()
PLACES = {"ninh_kieu": (105.7782, 10.0340), "cai_khe": (105.7837, 10.0560), "cai_rang": (105.7533, 9.9862), "binh_thuy": (105.7451, 10.0714),
          "soc_trang": (105.9964, 9.6298), "vi_thanh": (105.4568, 9.7607)}  # fmt: skip


def told() -> list[str]:
    deliver_pending()
    return [item["title_vi"] for item in sql.rows("SELECT title_vi FROM notices_notice ORDER BY id")]


def move(viewer: Viewer, made: dict, step: str, note: str = "") -> None:
    cases.move(viewer, made["case_id"], step, note)
    deliver_pending()


@pytest.mark.parametrize(
    ("category", "place", "agency"),
    [
        ("lamp_out", "ninh_kieu", "H13.07.01"), ("road_damage", "cai_rang", "H13.07"), ("waste_dump", "ninh_kieu", "H13.31135"),
        ("waste_dump", "cai_khe", "H13.31120"), ("noise_music", "binh_thuy", "H13.31168"), ("waste_dump", "soc_trang", "H13.31507"),
        ("pavement_taken", "vi_thanh", "H13.31321"), ("flooding", "cai_rang", "H13.07.01"), ("tree_fallen", "ninh_kieu", "H13.07.01"),
        ("fire", "ninh_kieu", "H13.20"), ("food", "cai_khe", "H13.10"), ("power_cut", "cai_khe", "H13.05"), ("procedures", "cai_khe", "H13.24"),
        ("question", "cai_khe", "H13.01.01"), ("landslide", "binh_thuy", "H13.06"), ("cables", "ninh_kieu", "H13.08"),
    ],
)  # fmt: skip
def test_field_and_place_say_who_is_responsible(category: str, place: str, agency: str) -> None:
    unit = queries.unit_of(*PLACES[place], "")

    assert handling.responsible(category, unit) == agency


def test_without_a_place_what_is_local_stays_at_the_centre() -> None:
    assert handling.responsible("waste_dump", "") == queries.desk().centre == "H13.01.01"
    assert handling.responsible("lamp_out", "") == "H13.07.01"
    assert handling.responsible("", "31135") == "H13.01.01"


def test_every_category_is_somebodys_and_every_rule_can_be_read() -> None:
    for found in queries.categories():
        assert handling.responsible(found["id"], "31135"), found["id"]
        centre = handling.responsible(found["id"], "31135") == queries.desk().centre
        assert centre == (found["responsible"] == "centre"), found["id"]


def test_a_report_walks_from_the_phone_to_the_answer_and_back_and_its_reporter_hears_each_step_once(
    citizen: Viewer, agent: Viewer, roads: Viewer
) -> None:
    made = actions.report(citizen, "Đường hư trước nhà 12", category="road_damage", lon=105.7533, lat=9.9862)
    assert handling.route(agent, made["code"])["agency"] == "H13.07"
    move(roads, made, "start")
    move(roads, made, "ask_citizen", "Gần cột điện số mấy?")
    actions.add(citizen, made["code"], "Cột số 7")
    move(roads, made, "answer", "Đã vá xong sáng nay.")

    found = queries.report(citizen, made["code"])
    assert (found["state"], found["answer"]) == ("answered", "Đã vá xong sáng nay.")
    assert actions.rate(citizen, made["code"], 2) == {"code": made["code"], "rating": 2, "ask_why": True}
    actions.reopen(citizen, made["code"], "Lại lún rồi")
    deliver_pending()
    found = queries.report(citizen, made["code"])
    assert (found["state"], found["reopened"], found["answered_at"]) == ("in_progress", 1, None)
    move(roads, made, "answer", "Đã làm lại nền đường.")

    code = made["code"]
    words = [title.replace(code, "…") for title in told()]
    assert words == [
        "Đã nhận phản ánh …", "Phản ánh … đã chuyển cơ quan xử lý", "Phản ánh … cần bạn bổ sung", "Phản ánh … đã có trả lời",
        "Phản ánh … đã mở lại", "Phản ánh … đã có trả lời",
    ]  # fmt: skip
    assert told() == [word.replace("…", code) for word in words]


def test_who_left_a_number_is_told_by_message_with_a_link_that_opens(agent: Viewer) -> None:
    made = actions.report(NOBODY, "Nước máy đục", category="tap_water", phone="0909123456", public=False)
    deliver_pending()

    notice = sql.row("SELECT href FROM notices_notice")
    assert notice is not None
    assert notice["href"] == f"/report/{made['code']}?t={made['token']}"
    assert sql.value("SELECT channel FROM notices_contact") == "sms"


def test_the_public_story_names_no_official(citizen: Viewer, agent: Viewer, roads: Viewer) -> None:
    made = actions.report(citizen, "Đường hư", category="road_damage")
    handling.route(agent, made["code"], note="ghi chú nội bộ")
    cases.comment(roads, made["case_id"], "nội bộ: gọi đội 3")
    move(roads, made, "answer", "Xong. Hỏi thêm 0909 123 456.")

    story = str(queries.lines(made["case_id"]))
    assert "nội bộ" not in story and "Roads1" not in story and "Agent1" not in story and "0909" not in story
    assert "Lan" not in str(cases_read.timeline(roads, made["case_id"]))


def test_a_late_report_apologises_once(citizen: Viewer) -> None:
    from taydo.engines.casework import actions as casework

    made = actions.report(citizen, "Cây ngã chắn đường", category="tree_fallen")
    due = queries.report(citizen, made["code"])["due_at"]

    with clock.at(due.replace(year=due.year + 1)):
        casework.report_late(Viewer.system("test"))
        casework.report_late(Viewer.system("test"))
    assert sum(title.startswith("Xin lỗi bạn") for title in told()) == 1


def test_a_duplicate_ends_in_the_other_and_both_reporters_hear_the_answer(
    citizen: Viewer, somebody, agent: Viewer, roads: Viewer
) -> None:
    other = somebody("minh", "citizen", kind="person")
    first = actions.report(citizen, "Ổ gà lớn", category="road_damage", lon=105.75, lat=9.98)
    second = actions.report(other, "Ổ gà to giữa đường", category="road_damage", lon=105.75, lat=9.98)

    handling.merge(agent, second["code"], first["code"])
    handling.route(agent, first["code"])
    move(roads, first, "answer", "Đã vá.")

    assert queries.report(other, second["code"])["state"] == "merged"
    heard = sql.rows(
        """SELECT c.actor FROM notices_notice n JOIN notices_delivery d ON d.notice_id = n.id JOIN notices_contact c ON c.id = d.contact_id
           WHERE n.title_vi LIKE '%%đã có trả lời' ORDER BY 1"""
    )
    assert {item["actor"] for item in heard} == {citizen.actor_id, other.actor_id}


def test_classifying_changes_the_deadline_and_what_is_secret(citizen: Viewer, agent: Viewer) -> None:
    made = actions.report(citizen, "Có người đánh nhau ngoài chợ")

    handling.classify(agent, made["code"], "security")

    found = queries.report(citizen, made["code"])
    assert (found["deadline_class"], found["public"], found["listed"]) == ("urgent", False, False)
    with pytest.raises(Problem) as hidden:
        queries.report(NOBODY, made["code"])
    assert hidden.value.status == 404
    assert sql.value("SELECT restricted FROM cases_case WHERE id = %(id)s", {"id": made["case_id"]}) is True


def test_a_private_report_is_only_for_agencies_named_in_it(somebody, agent: Viewer, roads: Viewer) -> None:
    everywhere = somebody("chief", "admin", "*")
    made = actions.report(NOBODY, "Hàng xóm xả nước ra đường", public=False)

    for stranger in (roads, everywhere, NOBODY):
        with pytest.raises(Problem) as hidden:
            queries.report(stranger, made["code"])
        assert hidden.value.status == 404
    handling.route(agent, made["code"], "H13.07")
    assert queries.report(roads, made["code"])["official"]


def test_who_reported_is_shown_for_a_purpose_only_and_they_can_read_it(
    citizen: Viewer, agent: Viewer, roads: Viewer
) -> None:
    made = actions.report(citizen, "Đèn tắt", phone="0909123456", name="Lan")

    with pytest.raises(Problem) as purposeless:
        handling.reveal(agent, made["code"], "  ")
    with pytest.raises(Problem) as outside:
        handling.reveal(roads, made["code"], "xem")
    shown = handling.reveal(agent, made["code"], "Hỏi thêm vị trí")

    assert (purposeless.value.code, outside.value.status) == (
        "purpose_missing",
        404 if outside.value.status == 404 else 403,
    )
    assert shown == {"name": "Lan", "phone": "+84909123456", "email": ""}
    looks = audit.looks([audit.person_of(citizen.actor_id), audit.person_by("+84909123456")])
    assert [(look["who"], look["purpose"]) for look in looks] == [("Agent1", "Hỏi thêm vị trí")]


def test_looking_up_a_caller_is_a_look_too(agent: Viewer) -> None:
    made = actions.report(NOBODY, "Đèn tắt", phone="0909 123 456")

    found = intake.callers_earlier(agent, "+84 909 123 456", "Nghe điện")

    assert [item["code"] for item in found] == [made["code"]]
    assert audit.looks([audit.person_by("+84909123456")])[0]["purpose"] == "Nghe điện"
    with pytest.raises(Problem):
        intake.callers_earlier(agent, "0909123456", "")


def test_a_call_is_written_and_answered_in_one_go_or_not_at_all(agent: Viewer, citizen: Viewer) -> None:
    made = calls.take(
        agent, "Mất điện gọi số nào?", "0909123456", then="answer", answer_id="power_company", category="question"
    )

    assert queries.report(agent, made["code"])["state"] == "answered"
    assert sql.value("SELECT used FROM hotline_answer WHERE id = 'power_company'") == 1
    assert intake.calls_today()["calls_in"] == 1
    before = sql.value("SELECT count(*) FROM hotline_report")
    with pytest.raises(Problem):
        calls.take(agent, "Ổ gà", then="merge", into="PA-NOTHERE")
    assert sql.value("SELECT count(*) FROM hotline_report") == before
    with pytest.raises(Problem) as refused:
        calls.take(citizen, "Ổ gà")
    assert refused.value.status == 403


def test_calls_out_are_counted_apart_and_who_waits_is_called_once(agent: Viewer) -> None:
    call = calls.note_call(agent, "voicemail", "0909123456", "Ngập từ tối qua")
    assert intake.waiting_calls()[0]["phone"] != "+84909123456"

    assert calls.call_back(agent, call) == "+84909123456"

    assert (intake.calls_today()["calls_out"], intake.calls_today()["waiting"]) == (1, 0)
    with pytest.raises(Problem):
        calls.call_back(agent, call)


def test_held_reports_are_released_or_ended_and_nothing_is_lost(somebody) -> None:
    lead = somebody("lead1", "hotline_lead", "H13.01.01")
    handling.block(lead, "0909123456", "gửi bậy")
    held = [actions.report(NOBODY, f"Việc số {n}", phone="0909123456") for n in range(2)]
    assert [item["held"] for item in held] == ["blocked", "blocked"]
    assert [item["code"] for item in intake.held(lead)] == [item["code"] for item in held]

    assert handling.release(lead, [held[0]["code"]], accept=True) == 1
    with pytest.raises(Problem):
        handling.release(lead, [held[1]["code"]], accept=False)
    assert handling.release(lead, [held[1]["code"]], accept=False, note="Không phải phản ánh") == 1

    assert queries.report(NOBODY, held[0]["code"])["state"] == "received"
    assert queries.report(NOBODY, held[1]["code"], held[1]["token"])["state"] == "rejected"


def test_answered_reports_close_by_themselves_and_can_still_be_reopened_in_time(citizen: Viewer, agent: Viewer) -> None:
    made = actions.report(citizen, "Hỏi giờ làm việc", category="question")
    handling.answer_at_once(agent, made["code"], "7 giờ đến 17 giờ.")
    deliver_pending()
    answered = queries.report(citizen, made["code"])["answered_at"]

    assert keeping.close_answered(Viewer.system("test")) == 0
    with clock.at(answered + dt.timedelta(days=6)):
        assert keeping.close_answered(Viewer.system("test")) == 1
        assert queries.report(citizen, made["code"])["state"] == "closed"
        actions.reopen(citizen, made["code"], "Chưa rõ")
    assert queries.report(citizen, made["code"])["state"] == "in_progress"


def test_too_late_to_reopen_is_said(citizen: Viewer, agent: Viewer) -> None:
    made = actions.report(citizen, "Hỏi giờ làm việc", category="question")
    handling.answer_at_once(agent, made["code"], "7 giờ.")
    deliver_pending()

    with clock.at(clock.now() + dt.timedelta(days=16)), pytest.raises(Problem) as late:
        actions.reopen(citizen, made["code"], "Chưa rõ")
    assert late.value.code == "not_to_reopen"


def test_categories_change_in_the_running_city_and_loading_keeps_the_change(somebody) -> None:
    from taydo.kernel.specs import city

    lead = somebody("lead2", "hotline_lead", "H13.01.01")
    handling.edit_category(lead, "toilets", responsible="field:traffic", deadline_class="quick")
    keeping.load(Viewer.system("test"), city())

    assert handling.responsible("toilets", "31135") == "H13.07"
    for changes in ({"responsible": "nobody"}, {"deadline_class": "soon"}, {"id": "x"}, {}):
        with pytest.raises(Problem) as wrong:
            handling.edit_category(lead, "toilets", **changes)
        assert wrong.value.status == 422


def test_a_known_answer_is_written_and_found_without_accents(somebody) -> None:
    lead = somebody("lead3", "hotline_lead", "H13.01.01")
    handling.save_answer(
        lead, "ferry_hours", ("Phà chạy mấy giờ?", "When do ferries run?"), ("Từ 4 giờ sáng.", "From 4 a.m.")
    )

    assert intake.answers("pha chay may gio")[0]["id"] == "ferry_hours"


def test_a_withdrawn_report_is_shown_to_nobody_else(citizen: Viewer) -> None:
    made = actions.report(citizen, "Đèn tắt")
    actions.withdraw(citizen, made["code"])

    with pytest.raises(Problem):
        queries.report(NOBODY, made["code"])
    assert queries.report(citizen, made["code"])["state"] == "withdrawn"
    with pytest.raises(Problem) as ended:
        actions.withdraw(citizen, made["code"])
    assert ended.value.code == "has_ended"


def test_with_moderation_strangers_see_a_report_only_once_the_centre_has_taken_it_up(
    monkeypatch: pytest.MonkeyPatch, agent: Viewer
) -> None:
    careful = queries.desk().model_copy(update={"moderation": "accepted"})
    monkeypatch.setattr(queries, "desk", lambda: careful)
    made = actions.report(NOBODY, "Đường hư trước chợ", category="road_damage")

    with pytest.raises(Problem) as hidden:
        queries.report(NOBODY, made["code"])
    assert hidden.value.status == 404
    handling.route(agent, made["code"])

    assert queries.report(NOBODY, made["code"])["state"] == "routed"
    assert sql.value("SELECT public FROM cases_case WHERE id = %(id)s", {"id": made["case_id"]}) is True


def test_granted_time_is_told_with_the_new_date(citizen: Viewer, agent: Viewer, roads: Viewer, somebody) -> None:
    from taydo.engines.casework import actions as casework

    head = somebody("head1", "head", "H13.07")
    made = actions.report(citizen, "Cầu dân sinh bị nứt", category="bridge")
    handling.route(agent, made["code"])
    asked = casework.ask_more_time(roads, made["case_id"], reason="Chờ vật tư", working_days=5)
    casework.decide_more_time(head, asked, True)

    assert "Xin lỗi bạn: phản ánh … cần thêm thời gian" in [title.replace(made["code"], "…") for title in told()]
