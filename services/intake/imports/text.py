"""The bytes of a file as text, piece by piece: what its byte order mark says, or was declared of it, or UTF-8."""

import codecs
import io
from typing import Any

import endec

from services.intake.imports.errors import ImportNotText
from services.intake.imports.lines import LONGEST_ROW, too_long
from shared.runtime.problems import printable

# The longer mark first: UTF-32 in little endian begins as UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_WIDE = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_LONGEST_CHARACTER = 4  # bytes, in any encoding of the standard
_CUT_OFF = ("unexpected end of data", "truncated data")


class _Lines:
    """Decodes whole lines by a label of the WHATWG Encoding Standard: a line end is itself in all of its encodings."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._lines = 0

    def decode(self, piece: bytes, final: bool = False) -> str:
        """Raises `ImportMalformed` where a line has no end within the length of a row."""
        end = len(piece) if final else max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        if not end and not final:
            self._hold(piece)
            return ""
        content = b"".join([*self._held, piece[:end]])
        self._held, self._held_bytes = [], 0
        self._hold(piece[end:])
        text = self._decoded(content)
        self._lines += text.count("\n")
        return text

    def _hold(self, piece: bytes) -> None:
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > _LONGEST_CHARACTER * LONGEST_ROW:
            raise too_long(self._lines + 1)

    def _decoded(self, content: bytes) -> str:
        try:
            return endec.decode(content, self._label, "strict", bom="ignore")
        except UnicodeError:
            # Which byte it is, the library does not tell; which line, whoever mends the file has to know.
            lines = content.split(b"\n")
            wrong = next((place for place, line in enumerate(lines) if not _is(line, self._label)), 0)
            start = sum(len(line) + 1 for line in lines[:wrong])
            raise UnicodeDecodeError(self._label, content, start, start + 1, "invalid") from None


def _is(line: bytes, label: str) -> bool:
    try:
        endec.decode(line, label, "strict", bom="ignore")
    except UnicodeError:
        return False
    return True


class Text:
    """Decodes what comes; every line ends in one line feed, however the file ends its own."""

    def __init__(self, charset: str = "") -> None:
        """Raises `ImportNotText` where nobody knows the charset that was declared."""
        self._first = b""
        self._encoding = charset.strip().lower()
        self._decoder: Any = None
        self._line = 1
        if self._encoding not in _UTF_8:
            try:
                endec.decode(b"", self._encoding, "strict", bom="ignore")
            except LookupError:
                raise ImportNotText(
                    f"The charset {printable(charset)[:100]} of the content type is not known. Save the file as UTF-8."
                ) from None

    def feed(self, piece: bytes, *, last: bool = False) -> str:
        """Raises `ImportNotText`, naming the line."""
        if self._decoder is None:
            self._first += piece
            if len(self._first) < 4 and not last:
                return ""
            piece = self._begin()
        try:
            text: str = self._decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            line = self._line + error.object[: error.start].count(b"\n")
            if error.reason in _CUT_OFF:
                raise ImportNotText(f"Line {line} is cut off within a character. Send the whole file again.") from None
            raise ImportNotText(
                f"Line {line} is not {self._encoding.upper()}. Save the file as UTF-8 and send it again."
            ) from None
        self._line += text.count("\n")
        return text

    def _begin(self) -> bytes:
        """Choose the decoder: a byte order mark is surer than what was declared (WHATWG Encoding, 6, `decode`)."""
        first, self._first = self._first, b""
        marked = next((encoding for mark, encoding in _MARKS if first.startswith(mark)), "")
        if first.startswith(codecs.BOM_UTF8) or (not marked and self._encoding in _UTF_8):
            self._encoding = "utf-8"
            if b"\x00" in first[:4]:
                raise ImportNotText("Line 1 holds NULs, as UTF-16 without a byte order mark does. Save it as UTF-8.")
        elif marked:
            self._encoding = marked
        self._decoder = io.IncrementalNewlineDecoder(_decoder_of(self._encoding), translate=True)
        return first[2:] if marked in _WIDE else first


def _decoder_of(encoding: str) -> Any:
    codec = {"utf-8": "utf-8-sig", "utf-32": "utf-32", **_WIDE}.get(encoding)
    return _Lines(encoding) if codec is None else codecs.getincrementaldecoder(codec)(errors="strict")
