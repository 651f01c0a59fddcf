"""The bytes of a file as text, piece by piece: UTF-8, or what its byte order mark says."""

import codecs
import io
from typing import Any

from services.intake.domain.imports.refused import ImportNotText

# The longer mark first: UTF-32 in little endian begins as UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CUT_OFF = ("unexpected end of data", "truncated data")


class Text:
    """Decodes what comes; every line ends in one line feed, however the file ends its own."""

    def __init__(self) -> None:
        self._first = b""
        self._encoding = "utf-8"
        self._decoder: Any = None
        self._line = 1

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
        first, self._first = self._first, b""
        for mark, encoding in _MARKS:
            if first.startswith(mark):
                self._encoding = encoding
                break
        else:
            if b"\x00" in first[:4]:
                raise ImportNotText("Line 1 holds NULs, as UTF-16 without a byte order mark does. Save it as UTF-8.")
        codec = "utf-8-sig" if self._encoding == "utf-8" else self._encoding
        decoder = codecs.getincrementaldecoder(codec)(errors="strict")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        return first
