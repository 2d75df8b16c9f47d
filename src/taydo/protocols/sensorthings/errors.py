"""What is wrong with a SensorThings request, said in both languages and with the place where it went wrong."""

from __future__ import annotations


class StaError(ValueError):
    """A request that cannot be understood: ``vi`` and ``en`` say why, ``position`` the place (from 0) in ``text``."""

    def __init__(self, vi: str, en: str, *, position: int | None = None, text: str = "", option: str = "") -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en
        self.position = position
        self.text = text
        self.option = option

    def located(self, option: str, text: str) -> StaError:
        """The same error, naming the query option it was found in."""
        return StaError(self.vi, self.en, position=self.position, text=text, option=option)

    @property
    def fields(self) -> dict[str, str | int]:
        """What a problem document adds to the sentence: option, position and the text around the position."""
        found: dict[str, str | int] = {}
        if self.option:
            found["option"] = self.option
        if self.position is not None:
            found["position"] = self.position
            found["near"] = self.text[max(0, self.position - 10) : self.position + 20]
        return found
