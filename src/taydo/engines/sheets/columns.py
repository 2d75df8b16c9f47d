"""What a column holds and how it is called, declared once for the page, the CSV and the workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from taydo.kernel import clock, i18n

Kind = Literal["text", "whole", "decimal", "share", "day", "instant", "flag"]
Row = Mapping[str, Any]
NUMBERS = ("whole", "decimal", "share")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` of the row (or `of`, a function of it), its title in both languages, what it holds, how wide it is."""

    key: str
    vi: str
    en: str
    kind: Kind = "text"
    width: int = 14
    digits: int = 1
    of: Callable[[Row], Any] | None = None

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return i18n.t(self.vi, self.en)

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, which stand to the right."""
        return self.kind in NUMBERS

    def value(self, row: Row) -> Any:
        """The row's value in this column; None when there is none."""
        return self.of(row) if self.of else row.get(self.key)

    def seen(self, row: Row) -> str:
        """The value as people read it on a page."""
        value = self.value(row)
        if value is None:
            return "—"
        if self.kind == "share":
            return f"{i18n.number(100 * value, self.digits)} %"
        if self.kind in NUMBERS:
            return i18n.number(value, 0 if self.kind == "whole" else self.digits)
        if self.kind == "instant":
            return i18n.when(value)
        if self.kind == "day":
            return i18n.day(value)
        if self.kind == "flag":
            return i18n.t("có", "yes") if value else i18n.t("không", "no")
        return str(value)


def local(instant: dt.datetime) -> dt.datetime:
    """An aware instant as the clock in Việt Nam shows it, without its zone: spreadsheets know none."""
    return instant.astimezone(clock.LOCAL).replace(tzinfo=None)
