"""The code lists of sanctions for the misuse of notices."""

from enum import StrEnum, unique


@unique
class Sanction(StrEnum):
    """A sanction for the misuse of notices: a warning first, then a suspension (DSA Art. 23(2))."""

    WARNING = "warning"
    SUSPENSION = "suspension"


@unique
class Gravity(StrEnum):
    """How grave a misuse of notices is, by its kind and its consequences (DSA Art. 23(3)(c))."""

    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"


@unique
class Intent(StrEnum):
    """The reporter's intention, where it can be told (DSA Art. 23(3)(d))."""

    UNKNOWN = "unknown"
    CARELESS = "careless"
    DELIBERATE = "deliberate"
