"""What the parts of a notice are about."""

from enum import Enum, auto


class Part(Enum):
    """What a part of the text is about."""

    AUTHORITY = auto()
    CONTACT = auto()
    FREE = auto()
    GUIDE = auto()
    INFRINGER = auto()
    LICENCE = auto()
    MATERIAL = auto()
    NAME = auto()
    REASONS = auto()
    REMEDY = auto()
    SIGNATURE = auto()
    STATEMENT = auto()
    WORK = auto()
