"""The same text, letter for letter, as the phrase tables expect it: straight quotes, no markup, ordinary spaces.

Every replacement is one character for one, so a position in the plain text is a position in the text as given.
"""

import re

Span = tuple[int, int]

_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u200b": " ",
        "\u00ad": " ",
        "*": " ",
        ">": " ",
        "_": " ",
        "\u3000": " ",
        "\u3001": ",",
        "\uff61": "\u3002",
        "\r": " ",
        "\x00": " ",
    }
)
_PLAIN |= dict.fromkeys(map(ord, "「」『』《》〈〉\uff02"), '"')
_PLAIN |= {code: chr(code - 0xFEE0) for code in range(0xFF03, 0xFF5F) if code not in {0xFF0E, 0xFF1F}}  # full width
# A form's prompt quotes the statement that it asks for: that is the form speaking, not the reporter.
_PROMPT = re.compile(
    r"type\s+\(or\s+copy\s+and\s+paste\)\s+the\s+following\s+statement:?\s*\"[^\"]{0,700}\"", re.IGNORECASE
)


def plain_text(text: str) -> str:
    """The text for phrases to be looked up in; as long as the text given."""
    return _PROMPT.sub(lambda prompt: " " * len(prompt[0]), text.translate(_PLAIN))


def blank(text: str, spans: list[Span]) -> str:
    """The text with some spans silenced, at its full length."""
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if end <= position:
            continue
        begin = max(start, position)
        pieces += [text[position:begin], re.sub(r"[^\n]", " ", text[begin:end])]
        position = end
    return "".join([*pieces, text[position:]])
