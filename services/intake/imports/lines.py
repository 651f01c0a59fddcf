"""Whole lines out of text that comes in pieces, with nothing longer kept than a row may be."""

from services.intake.imports.errors import ImportMalformed

LONGEST_ROW = 2_097_152
"""Characters of one row. A longer one would have to be held whole before it can be refused alone."""


class Lines:
    """Cuts text into lines."""

    def __init__(self) -> None:
        self.number = 1
        self._tail: list[str] = []
        self._length = 0

    def feed(self, text: str, *, last: bool = False) -> list[str]:
        """The lines that are whole now, without their ends. Raises `ImportMalformed` where one does not end."""
        if "\n" not in text and not last:
            self._keep(text)
            return []
        *lines, rest = "".join([*self._tail, text]).split("\n")
        self._tail, self._length = [], 0
        if last:
            lines.append(rest)
        self.number += len(lines)
        if not last:
            self._keep(rest)
        return lines

    def _keep(self, text: str) -> None:
        self._tail.append(text)
        self._length += len(text)
        if self._length > LONGEST_ROW:
            raise too_long(self.number)


def too_long(number: int) -> ImportMalformed:
    return ImportMalformed(f"The row that begins in line {number} has more than {LONGEST_ROW} characters.")
