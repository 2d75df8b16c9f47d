"""The words of a web page in a letter: no script, no style, nothing hidden, no letter that is quoted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = {"script", "style", "head", "title", "template", "noscript", "blockquote", "svg", "object", "iframe"}
_BREAKS = {
    "br",
    "p",
    "div",
    "tr",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "section",
    "article",
    "hr",
}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_QUOTES = re.compile(r"gmail_quote|moz-cite-prefix|yahoo_quoted|zmail_extra|OutlookMessageHeader", re.I)
_QUOTE_IDS = {"appendonsend", "divRplyFwdMsg", "mail-editor-reference-message-container"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0", re.I)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.silent: list[str] = []
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id") in _QUOTE_IDS:
            self.ended = True
        if self.silent:
            if tag not in _VOID and tag == self.silent[0]:
                self.silent.append(tag)
        elif tag in _SILENT or (
            (_QUOTES.search(given.get("class", "")) or _HIDDEN.search(given.get("style", ""))) and tag not in _VOID
        ):
            self.silent.append(tag)
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag == self.silent[0]:
                self.silent.pop()
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.ended:
            self.said.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """The words that a reader of the page would take for its writer's, line by line."""
    words = _Words()
    try:
        words.feed(html)
        words.close()
    except (AssertionError, RecursionError):  # the standard library's answer to some malformed markup
        pass
    lines = "".join(words.said).replace("\xa0", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()
