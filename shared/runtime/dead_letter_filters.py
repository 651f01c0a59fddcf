"""Which dead letters are meant, as a query and as a body say it."""

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field

from shared.runtime.dead_letters import LONGEST_ERROR, LetterFilter
from shared.runtime.inputs import Input, Instant, Line
from shared.runtime.reading_events import LONGEST_ID

LONGEST_TYPE = 255
MOST_TYPES = 50

_OF_TYPES = "Only events of these types"
_OF_SOURCE = "Only events of this source"
_OF_ERROR = "Only those whose error has these words in it, in whatever case"
_BEFORE = "Only those that failed for the last time before this"

_Type = Annotated[Line, Field(min_length=1, max_length=LONGEST_TYPE)]


def filter_of_query(
    type: Annotated[list[_Type] | None, Query(max_length=MOST_TYPES, description=_OF_TYPES)] = None,  # noqa: A002
    source: Annotated[str | None, Query(max_length=LONGEST_ID, description=_OF_SOURCE)] = None,
    error: Annotated[str | None, Query(min_length=1, max_length=LONGEST_ERROR, description=_OF_ERROR)] = None,
    died_before: Annotated[Instant | None, Query(description=_BEFORE)] = None,
) -> LetterFilter:
    """Return the filter of a list."""
    return LetterFilter(type, source, error, died_before)


class LetterFilterIn(Input):
    """Which dead letters are meant: every condition that is given has to hold, and one has to be given."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"types": ["marque.listing.upserted.v1"], "error": "CharacterNotInRepertoireError"}],
        }
    )

    types: Annotated[list[_Type], Field(min_length=1, max_length=MOST_TYPES)] | None = Field(
        default=None, description=_OF_TYPES
    )
    source: Annotated[Line, Field(max_length=LONGEST_ID)] | None = Field(default=None, description=_OF_SOURCE)
    error: Annotated[Line, Field(min_length=1, max_length=LONGEST_ERROR)] | None = Field(
        default=None, description=_OF_ERROR
    )
    died_before: Instant | None = Field(default=None, description=_BEFORE)

    @property
    def is_empty(self) -> bool:
        """Return whether it would mean every dead letter."""
        return self.to_filter() == LetterFilter()

    def to_filter(self) -> LetterFilter:
        return LetterFilter(self.types, self.source, self.error, self.died_before)
