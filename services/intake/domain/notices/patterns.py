"""Tables of phrases, made into patterns."""

import re


def any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern that finds any of some phrases, in any case."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)


def spaced(*phrases: str) -> re.Pattern[str]:
    """The same for running text, where a space may be several, or the end of a line."""
    return any_of(*(phrase.replace(" ?", r"\s*").replace(" ", r"\s+") for phrase in phrases))
