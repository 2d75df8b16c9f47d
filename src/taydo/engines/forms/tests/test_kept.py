"""What was typed stays what it was: numbers, saves at once, versions, files."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.template import engines
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from taydo.engines.forms import actions, editing, pages, queries, rules
from taydo.engines.forms.declared import Form
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .test_forms import citizen, least

AREA = queries.declared()["building_permit"].field("floor_area_m2")


def begun(form: str = "general") -> str:
    return actions.begin(citizen(), form, about_what=("procedure", "x"), done_href="/done")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("72,5", 72.5), ("72.5", 72.5), ("1.234,5", 1234.5), ("1.500", 1500), ("1.500.000 đ", 1_500_000), ("0,125", 0.125), ("-3", -3)],
)  # fmt: skip
def test_a_number_is_read_as_it_was_meant(typed, meant):
    assert rules.typed(AREA, typed) == meant


@hypothesis_settings(deadline=None)
@given(st.decimals(min_value=0, max_value=100_000, places=3).map(float))
def test_a_decimal_shown_in_its_field_and_sent_again_is_the_same(number):
    shown = engines["jinja2"].env.from_string(
        '{% from "forms/fields.html" import cell with context %}{{ cell(one, "a", value, {}, true) }}'
    )
    text = shown.render(one=AREA, value=number, t=lambda vi, en: vi, lang=lambda: "vi", communes=[])

    assert rules.typed(AREA, text.split('value="')[1].split('"')[0]) == number


def beside(do: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    """Do something on another connection, and go on when it waits for a lock (or is done)."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            do()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(500):
        if not thread.is_alive() or sql.value("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            break
        time.sleep(0.02)
    return thread, errors


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_keep_what_both_brought():
    draft = begun()

    with transaction.atomic():
        actions.save(citizen(), draft, {"applicant_name": "Út"})
        other, errors = beside(lambda: actions.save(citizen(), draft, {"request": "Xin xác nhận"}))
    other.join()

    answers = queries.draft(citizen(), draft).answers
    assert (errors, answers["applicant_name"], answers["request"]) == ([], "Út", "Xin xác nhận")


@pytest.mark.django_db(transaction=True)
def test_a_save_that_comes_late_changes_nothing_of_what_is_done():
    draft = begun()
    good = least(queries.current("general"))
    actions.save(citizen(), draft, good)

    with transaction.atomic():
        actions.complete(citizen(), draft)
        other, errors = beside(lambda: actions.save(citizen(), draft, {"applicant_number": "12"}))
    other.join()

    assert [error.code for error in errors] == ["draft_done"]
    assert queries.draft(citizen(), draft).answers["applicant_number"] == good["applicant_number"]


def with_a_wish() -> dict:
    form = queries.declared()["general"]
    line = {"name": "wish", "page": "what", "vi": "Cần trước ngày", "en": "Needed by", "widget": "date"}
    return json.loads(editing.built(form, [*editing.rows_of(form), dict.fromkeys(editing.CELLS, "") | line]).text)


@pytest.mark.django_db
def test_a_version_saved_again_for_later_leaves_what_holds_today():
    today, house = clock.today(), Viewer.system("tests")
    first = actions.save_version(house, with_a_wish(), today)
    declared = json.loads(queries.declared()["general"].text)
    actions.save_version(house, declared, today + dt.timedelta(days=5))
    actions.save_version(house, with_a_wish(), today + dt.timedelta(days=9))

    held = [queries.current("general", today + dt.timedelta(days=n)).field("wish") is not None for n in (0, 5, 9)]

    assert held == [True, False, True]
    assert [one["version"] == first for one in queries.versions("general")] == [True, False, True]
    queries.forget()


def test_a_question_or_choice_without_words_in_a_language_is_refused():
    spec = with_a_wish()
    spec["pages"][-1]["fields"][0]["label"]["en"] = " "

    with pytest.raises(ValueError, match="both languages"):
        Form.model_validate(spec)


@pytest.mark.django_db
def test_only_files_sent_into_the_draft_are_taken_and_they_go_with_it(settings, tmp_path):
    settings.TAYDO_HOME = str(tmp_path)
    draft = begun()
    actions.save(citizen(), draft, least(queries.current("general")) | {"papers": [str(uuid.UUID(int=9))]})
    with pytest.raises(Problem) as wrong:
        actions.complete(citizen(), draft)
    assert "papers" in wrong.value.fields

    actions.save(citizen(), draft, {"papers": []})
    actions.send_file(citizen(), draft, "papers", io.BytesIO(b"xin chao"), "don.txt")
    actions.discard(citizen(), draft)
    assert (
        sql.value("SELECT count(*) FROM files_file WHERE object_kind = 'draft' AND object_id = %(d)s", {"d": draft})
        == 0
    )


def test_a_fault_in_a_line_names_the_line_and_its_column():
    form = next(f for f in queries.declared().values() if any(one.widget == "rows" for one in f.fields()))
    group = next(one for one in form.fields() if one.widget == "rows")

    assert (
        pages.label_of(form, f"{group.name}.1.{group.rows[0].name}") == f"{group.label.vi} 2, {group.rows[0].label.vi}"
    )
