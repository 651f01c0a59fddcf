"""Paragraphs out of flowed lines (RFC 3676)."""

_SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool) -> str:
    """Return the text with its soft breaks joined; with `delete_space` (DelSp) the blank that marked one goes too."""
    lines: list[str] = []
    open_depth = -1  # of the paragraph that goes on in the next line
    for line in text.replace("\r\n", "\n").split("\n"):
        depth, words = _depth(line)
        words = _unstuffed(words, joins=open_depth == depth and delete_space)
        soft = words.endswith(" ") and words != _SIGNATURE
        written = words[:-1] if soft and delete_space else words
        if open_depth == depth and words != _SIGNATURE:
            lines[-1] += written
        else:
            lines.append(f"{'>' * depth} {written}" if depth else written)
        open_depth = depth if soft else -1
    return "\n".join(lines)


def _depth(line: str) -> tuple[int, str]:
    words = line.lstrip(">")
    return len(line) - len(words), words


def _unstuffed(words: str, *, joins: bool) -> str:
    """Without the blank that was put before the line; one that joins an address without it may have been meant."""
    if not words.startswith(" ") or (joins and not words.startswith(("  ", " >", " From "))):
        return words
    return words[1:]
