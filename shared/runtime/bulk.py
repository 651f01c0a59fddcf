"""Requests that hold many things, each answered for itself: one that is wrong refuses none of the others."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from shared.runtime.errors import Invalid, MarqueError
from shared.runtime.inputs import Output
from shared.runtime.problems import ProblemError, pointer_to, printable

_MOST_ERRORS = 10  # of one: a thousand of them are answered at once
_SHOWN = 200


@dataclass(frozen=True)
class Unsound:
    """Something that was given as one of many and is not what it should be."""

    given: Any
    error: ValidationError


def _by_itself(given: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(given)
    except ValidationError as error:
        return Unsound(given, error)


BY_ITSELF = WrapValidator(_by_itself)
"""For the things of a list: `list[Annotated[ListingIn, BY_ITSELF]]` has an `Unsound` where one is wrong."""


class ResultProblemOut(Output):
    """The reason why one of many was refused. Its status is that of the refusal; the answer has 200."""

    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(max_length=100)]
    title: Annotated[str, Field(max_length=500)]
    detail: Annotated[str, Field(max_length=4096)]
    errors: Annotated[
        list[ProblemError], Field(max_length=100, description="Each place that is wrong; pointers begin at the one")
    ]


def refused(error: MarqueError) -> ResultProblemOut:
    """Return why one was refused that is sound in itself."""
    errors = [
        ProblemError(pointer=found.pointer, parameter=found.parameter, code=found.code, message=found.message)
        for found in error.errors
    ]
    return ResultProblemOut(status=error.status, code=error.code, title=error.title, detail=error.detail, errors=errors)


def not_sound(unsound: Unsound) -> ResultProblemOut:
    """Return what is wrong with one that is unsound."""
    found = unsound.error.errors(include_url=False, include_input=False)[:_MOST_ERRORS]
    errors = [
        ProblemError(
            pointer=printable(pointer_to(one["loc"])[:_SHOWN]),
            code=one["type"][:_SHOWN],
            message=printable(one["msg"][:_SHOWN]),
        )
        for one in found
    ]
    detail = "See errors for each field."
    return ResultProblemOut(status=Invalid.status, code=Invalid.code, title=Invalid.title, detail=detail, errors=errors)


def named(unsound: Unsound, field: str) -> str | None:
    """Return the id that an unsound one was given with, as far as it can be shown."""
    value = unsound.given.get(field) if isinstance(unsound.given, dict) else None
    return printable(value[:_SHOWN]) if isinstance(value, str) else None
