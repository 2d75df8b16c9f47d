"""The checks of the house under the names declarations use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.sealing import fingerprint
from taydo.kernel.specs import Label
from taydo.methods import businessname

from . import rules
from .declared import Options, test


def _label(said: rules.Said) -> Label | None:
    return None if said is None else Label(vi=said[0], en=said[1])


@test("business_name")
def _business_name(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(rules.business_name(value, str(answers.get(str(options.get("kind_field", "")), options.get("kind")))))


@test("name_not_taken")
def _name_not_taken(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    """Compared by the key of Đ41 within a place (a field of the answers) or, without one, in the whole city."""
    kind = str(answers.get(str(options.get("kind_field", "")), options.get("kind")))
    own = businessname.own_name(str(value or ""), kind)
    if not own:
        return None
    other = sql.row(
        """SELECT name FROM prechecks_taken WHERE kind = %(kind)s AND key = %(key)s AND (place = %(place)s OR %(place)s = '')
           ORDER BY at LIMIT 1""",
        {
            "kind": str(options["register"]),
            "key": businessname.key(own),
            "place": str(answers.get(str(options.get("place_field", "")), "")),
        },
    )
    if other is None:
        return None
    return Label(
        vi=f"Tên trùng hoặc dễ nhầm với “{other['name']}” đã đăng ký; hãy chọn tên khác.",
        en=f"The name is, or is easily taken for, “{other['name']}”, which is registered; choose another.",
    )


@test("holds_none_yet")
def _holds_none_yet(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    """Somebody (by the fingerprint of a number) owns nothing in a register yet: one household business a person (NĐ 01/2021 Đ80)."""
    taken = sql.value(
        "SELECT name FROM prechecks_taken WHERE kind = %(kind)s AND holder = %(holder)s AND holder <> '' LIMIT 1",
        {"kind": str(options["register"]), "holder": fingerprint(str(value)) if value else ""},
    )
    if not taken:
        return None
    return Label(vi=f"Người này đã đứng tên “{taken}”.", en=f"This person already holds “{taken}”.")


@test("adult")
def _adult(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(rules.at_least_years(value, int(options.get("years", 18)), clock.today()))


@test("number_agrees")
def _number_agrees(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(
        rules.number_agrees(value, answers.get(str(options["born_field"])), answers.get(str(options.get("sex_field"))))
    )


@test("business_lines")
def _business_lines(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(rules.business_lines(value))


@test("tax_code")
def _tax_code(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(rules.tax_code(value)) if value else None


@test("least")
def _least(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return _label(rules.least(value, float(options["amount"])))


@test("present")
def _present(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    return None if value not in (None, "", [], {}) else Label(vi=str(options["vi"]), en=str(options["en"]))


@test("always")
def _always(value: Any, answers: Mapping[str, Any], options: Options) -> Label | None:
    """Worth telling whenever the condition holds."""
    return Label(vi=str(options["vi"]), en=str(options["en"]))
