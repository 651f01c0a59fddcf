"""HTML as the text that a reader sees, with the addresses that its links lead to."""

import re
from contextlib import suppress
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS = frozenset({
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article", "header",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd",
})  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote"})
_BLANKS = re.compile(r"[ \t]*\n[ \t]*")
_CONDITION = re.compile(r"<!\[[^>]{0,300}>")  # `<![if !supportLists]>`, as some mail programs write
_MANY = re.compile(r"\n{3,}")


def text_of(markup: str) -> str:
    """The text of an HTML body."""
    page = _Page()
    with suppress(AssertionError):  # markup that the parser knows no way out of: what came before it is kept
        page.feed(_CONDITION.sub("", markup))
        page.close()
    return _MANY.sub("\n\n", _BLANKS.sub("\n", "".join(page.pieces))).strip()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: str | None = None
        self._href: str | None = None
        self._since = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent is None and tag in _SILENT:
            self._silent = tag
        elif tag == "body":
            self._silent = None  # a head that nobody closed
        elif tag == "a":
            self._end_link()
            self._href, self._since = dict(attrs).get("href"), len(self.pieces)
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = None
        elif tag == "a":
            self._end_link()
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._silent is None and data:
            words = re.sub(r"\s+", " ", data)
            self.pieces.append(words)

    def close(self) -> None:
        super().close()
        self._end_link()

    def _break(self, tag: str) -> None:
        if tag in _BREAKS and self._silent is None:
            self.pieces.append("\n\n" if tag in _APART else "\n")

    def _end_link(self) -> None:
        href, self._href = (self._href or "").strip(), None
        if href.lower().startswith(("http://", "https://")) and href not in "".join(self.pieces[self._since :]):
            self.pieces.append(f" <{href}> ")
