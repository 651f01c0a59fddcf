"""HTML as the text that a reader sees, with the addresses that its links lead to."""

import re
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urljoin

from libraries.documents.mail.quoting import CLOSE, OPEN
from libraries.notices.wrapped_links import unwrapped

_SILENT = frozenset({
    "script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "audio", "video",
    "canvas", "datalist", "noframes",
})  # fmt: skip
_BREAKS = frozenset({
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article", "header",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "dl", "center", "address", "aside", "main", "nav",
    "figure", "figcaption", "fieldset", "form", "caption", "thead", "tbody", "tfoot", "details", "summary",
})  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote"})
_ENDS_A_WORD = frozenset({"td", "th", "option", "button", "img", "input", "textarea", "select", "label"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_CLOSED_BY_NEXT = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_QUOTES = re.compile(
    r"\b(?:gmail_quote(?:_container)?|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|tutanota_quote)\b"
)
_BLANKS = re.compile(r"[ \t]*\n[ \t]*")
_CONDITION = re.compile(r"<!\[[^>]{0,300}(?<!--)>")  # `<![if !supportLists]>`, as some mail programs write
_ABSOLUTE = re.compile(r"#|[a-z][a-z0-9+.-]{0,20}:|\Z", re.IGNORECASE)
_MANY = re.compile(r"\n{3,}")
_META = re.compile(rb"<meta\b[^>]{0,300}?\bcharset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_PRESCANNED = 4096  # of which browsers look at 1,024


def charset_of(content: bytes) -> str | None:
    """Return the charset that a page declares of itself (HTML, 13.2.3.2)."""
    found = _META.search(content[:_PRESCANNED].replace(b"\x00", b""))
    return found[1].decode() if found else None


def text_of(markup: str) -> str:
    """Return the text of an HTML body; what it quotes stands between `quoting.OPEN` and `CLOSE`."""
    return _Page.of(markup).text


def links_of(markup: str) -> list[str]:
    """Return where the links of an HTML body lead, each once."""
    return list(dict.fromkeys(_Page.of(markup).links))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._silent: str | None = None
        self._silent_depth = 0
        self._quotes: list[list[int | str]] = []  # the tags that quote, and how many of the same are open in each
        self._base = ""
        self._href: str | None = None
        self._since = 0

    @classmethod
    def of(cls, markup: str) -> "_Page":
        page = cls()
        with suppress(AssertionError):  # markup that the parser knows no way out of: what came before it is kept
            page.feed(_CONDITION.sub("", markup))
            page.close()
        return page

    @property
    def text(self) -> str:
        return _MANY.sub("\n\n", _BLANKS.sub("\n", "".join(self.pieces))).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and not self._base:
            self._base = given.get("href", "").strip()
        if self._silent is not None and not self._still_silent(tag):
            return
        if tag in _SILENT or (tag not in _VOID and _is_hidden(given)):
            if tag != "body":
                self._silent, self._silent_depth = tag, 1
        elif tag == "a":
            self._end_link()
            self._href, self._since = given.get("href"), len(self.pieces)
        self._break(tag)
        self._quote(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID or (
            self._silent is None and tag not in _SILENT
        ):  # of other tags browsers ignore the slash; in SVG it ends them
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._silent is not None:
            if tag == self._silent:
                self._silent_depth -= 1
                self._silent = self._silent if self._silent_depth else None
            return
        if tag == "a":
            self._end_link()
        self._break(tag)
        if self._quotes and self._quotes[-1][0] == tag:
            self._quotes[-1][1] = int(self._quotes[-1][1]) - 1
            if not self._quotes[-1][1]:
                self._quotes.pop()
                self.pieces.append(f"\n{CLOSE}")

    def handle_data(self, data: str) -> None:
        if self._silent is None and data:
            self.pieces.append(re.sub(r"\s+", " ", data.replace(OPEN, "").replace(CLOSE, "")))

    def close(self) -> None:
        super().close()
        self._end_link()

    def _still_silent(self, tag: str) -> bool:
        """Follow what is not shown. Whether it is over with this tag."""
        closes = tag == "body" or (self._silent in _CLOSED_BY_NEXT and (tag == self._silent or tag in _APART))
        if closes:
            self._silent = None  # a head or a paragraph that nobody closed
        elif tag == self._silent:
            self._silent_depth += 1
        return closes

    def _quote(self, tag: str, given: dict[str, str]) -> None:
        if self._silent is not None or tag in _VOID:
            return
        if self._quotes and self._quotes[-1][0] == tag:
            self._quotes[-1][1] = int(self._quotes[-1][1]) + 1
        elif (tag == "blockquote" and given.get("type", "").lower() == "cite") or _QUOTES.search(
            given.get("class", "")
        ):
            self._quotes.append([tag, 1])
            self.pieces.append(f"{OPEN}\n")

    def _break(self, tag: str) -> None:
        if self._silent is not None:
            return
        if tag in _BREAKS:
            self.pieces.append("\n\n" if tag in _APART else "\n")
        elif tag in _ENDS_A_WORD:
            self.pieces.append(" ")

    def _end_link(self) -> None:
        href, self._href = re.sub(r"[\t\r\n]", "", self._href or "").strip(), None
        if self._base and not _ABSOLUTE.match(href):
            with suppress(ValueError):
                href = urljoin(self._base, href)
        if not href.lower().startswith(("http://", "https://")):
            return
        href = unwrapped(href.replace(" ", "%20"))
        self.links.append(href)
        shown = "".join(self.pieces[self._since :])
        if href not in (unwrapped(word) for word in shown.split()):
            self.pieces.append(f" <{href}> ")


def _is_hidden(given: dict[str, str]) -> bool:
    return "hidden" in given or _HIDDEN.search(given.get("style", "")) is not None
