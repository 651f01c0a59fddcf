"""Where an address ends that the text goes on after without a space.

Japanese, Chinese, Thai and Khmer put no space behind an address, and Korean writes its particles onto it. It may
hold such letters itself (RFC 3987): in its host, or where a part of its path or its query opens with them. So it ends
where letters without spaces follow Latin ones, and where what follows a slash reads as the rest of the sentence.
"""

import html
import re

from libraries.notices.scripts import HAN, HANGUL, HIRAGANA, KATAKANA, UNSPACED, invisible, marks
from libraries.notices.top_level_domains import top_level_domain_at

INVISIBLE = re.compile(f"[{invisible()}]+")
STOP = rf"\s<>\"`|{{}}\\^\x00-\x1f{marks().replace(chr(0x2019), '')}"
"""Content of a class: characters that end an address wherever they stand."""

ENTITY = re.compile(
    r"&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos|nbsp|shy|zwnj|zwj|lrm|rlm|ensp|emsp|thinsp|hellip"
    r"|[lr][sd]quo|[lr]aquo|[mn]dash);",
    re.IGNORECASE,
)
_IS_STOP = re.compile(f"[{STOP}]")
_SECOND_URL = re.compile(r"[,;]?h(?:tt|xx)ps?://", re.IGNORECASE)
_TRAILING = ".,;:!?'*_\u2019\u2018\u2026\u2013\u00b7\u30fb"
_PAIRS = {")": "(", "]": "["}
_NEAR = 80  # how far left of an address the bracket may stand that wraps it
_POSSESSIVE = re.compile(r"['\u2019]s\Z")

_HOST_END = re.compile(r"[/?#]")
_RUN = re.compile(f"[{UNSPACED}\u00b7]+")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
# Letters of scripts that have spaces, at the very end: a typing error, or a suffix written onto the address.
_FOREIGN_TAIL = re.compile(r"(?<=[0-9A-Za-z])[^\W\d_\x00-\u024f\u1e00-\u1eff][^\x00-\u024f\u1e00-\u1eff]*\Z")
_FOREIGN = re.compile(r"[^\W\d_\x00-\u024f\u1e00-\u1eff]")
_OPENS_COMPONENT = "/?&=#"
_JOINS_WORDS = "-_+~"
# How the rest of a sentence opens that follows a slash.
_GOES_ON = re.compile(
    f"(?:を|です|でした|ます|について|に関し|という|から|まで|など|および|及び|[はがにでともの](?=[{HAN}{KATAKANA}])"
    r"|请|請|是|的(?!士)|这|這|该|該|侵|删|刪|等|和|以及|中的|上的|页面|頁面|此|属于|屬於|为|為|均|已|涉嫌|销售|銷售|出售"
    r"|กรุณา|เป็น|คือ|ซึ่ง|ที่|และ|นี้|โปรด|ขอ|ได้|มี|ของ|ສິນ|ແມ່ນ|ជា|សូម)"
)
_PARTICLE = re.compile(
    "(?:은|는|이|가|을|를|의|에|와|과|로|도|만|및|으로|에서|에게|까지|부터|에는|에서는|에서의"
    f"|라는|이라는|이며|이고|입니다|의해)(?![{HANGUL}])"
)


def decoded(written: str) -> str:
    """The characters that entities stand for, decoded once."""
    return ENTITY.sub(lambda entity: html.unescape(entity[0]), written)


def end_of(text: str, start: int, head: int, end: int) -> int:
    """Return the end of the address from `start`, with its host at `head` and nothing that stops it before `end`.

    Cut off are: a second address, a bracket of markdown, the bracket that closes what wraps the address, the words of a
    script without spaces, and the sentence's punctuation.
    """
    end = _before_second(text, head, end)
    bracket = text.find("](", head, end)
    end = bracket if bracket >= 0 else end
    end = next((found.start() for found in ENTITY.finditer(text, head, end) if _ends_it(found[0])), end)
    end = _before_other_script(text, head, end)
    for closing, opening in _PAIRS.items():
        line = text[max(0, start - _NEAR) : start].rpartition("\n")[2]
        if line.rfind(opening) > line.rfind(closing):
            end = _balanced_until(text, head, end, opening, closing)
    return _before_punctuation(text, head, end)


def without_trailing(piece: str) -> str:
    """A piece of an address without the punctuation of the sentence that it ends."""
    return piece.rstrip(_TRAILING)


def _ends_it(entity: str) -> bool:
    character = html.unescape(entity)
    return _IS_STOP.fullmatch(character) is not None


def _before_second(text: str, head: int, end: int) -> int:
    second = _SECOND_URL.search(text, head, end)
    # An archive keeps the address it copied in its own path: `web.archive.org/web/2020/https://...`; so do gateways.
    return end if second is None or text[head : second.start()].endswith(("/", "=", "/__")) else second.start()


def _before_punctuation(text: str, head: int, end: int) -> int:
    while end > head:
        last = text[end - 1]
        opening = _PAIRS.get(last)
        entity = text.rfind("&", max(head, end - 10), end) if last == ";" else -1
        if entity >= 0 and ENTITY.fullmatch(text, entity, end):
            end = entity
        elif last in _TRAILING or INVISIBLE.match(last):
            end -= 1
        elif opening and text.count(last, head, end) > text.count(opening, head, end):
            end = _balanced_until(text, head, end, opening, last)
        elif possessive := _POSSESSIVE.search(text, max(head, end - 2), end):
            end = possessive.start()
        else:
            break
    return end


def _balanced_until(text: str, start: int, end: int, opening: str, closing: str) -> int:
    """The first closing bracket that nothing opened: what wraps the URL ends there."""
    depth = 0
    for index in range(start, end):
        depth += (text[index] == opening) - (text[index] == closing)
        if depth < 0:
            return index
    return end


def _before_other_script(text: str, head: int, end: int) -> int:
    """Return where letters follow that belong to the sentence."""
    host = _HOST_END.search(text, head, end)
    path = host.start() if host else end
    cut = _in_host(text, head, path)
    if cut < path:
        return cut
    for run in _RUN.finditer(text, path, end):
        if _is_of_sentence(text, path, run, end):
            return run.start()
    if tail := _FOREIGN_TAIL.search(text, path, end):
        return end if _FOREIGN.search(text, head, tail.start()) else tail.start()
    return end


def _in_host(text: str, head: int, end: int) -> int:
    """Return the host's end: a name of letters without spaces ends in a top-level domain, its own or a Latin one."""
    last = text.rfind(".", head, end) + 1
    if last == 0 or not _HAS_UNSPACED.search(text, head, end):
        return end
    first = _HAS_UNSPACED.search(text, last, end)
    if first is None:
        return end
    if first.start() > last:
        return first.start()
    known = top_level_domain_at(text, last, end)
    return last - 1 if known is None else known


def _is_of_sentence(text: str, path: int, run: re.Match[str], end: int) -> bool:
    """Return whether letters without spaces are the sentence's rather than the address's."""
    if run[0] == "\u00b7":
        return False
    before = INVISIBLE.sub("", text[max(path, run.start() - 8) : run.start()])
    last = before[-1:]
    if last in _OPENS_COMPONENT:
        return run.end() == end and (_GOES_ON.match(run[0]) or _PARTICLE.match(run[0])) is not None
    if last in _JOINS_WORDS or (last == "(" and before[-2:-1] in (*_JOINS_WORDS, "/")):
        return False
    opens = max(path, *(text.rfind(mark, path, run.start()) + 1 for mark in _OPENS_COMPONENT))
    inside = _HAS_UNSPACED.match(text, opens) is not None  # 商品A9001型
    return not inside or re.match(f"[{HIRAGANA}]", run[0]) is not None or _PARTICLE.match(run[0]) is not None
