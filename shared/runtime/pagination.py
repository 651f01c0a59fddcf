"""Lists in pages that stay stable while things are added: keyset pagination by id, behind an opaque signed cursor."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field, create_model
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from shared.runtime.errors import FieldError, Unprocessable
from shared.runtime.inputs import Output

T = TypeVar("T")
Row = TypeVar("Row")
_TAG_BYTES = 12
CURSOR_FAULT = FieldError("", "cursor_invalid", "Start again without a cursor.", parameter="cursor")


class CursorInvalid(Unprocessable):
    """The cursor is not one of ours, or belongs to another list or other filters."""

    code = "cursor_invalid"
    title = "The cursor is not one that this list gave out"


_pages: dict[Any, type[BaseModel]] = {}


class Page(Output, Generic[T]):
    """One page of a list."""

    data: list[T] = Field(max_length=200)
    next_cursor: str | None = Field(
        None, max_length=512, description="Where the next page starts; null on the last one"
    )

    @classmethod
    def __class_getitem__(cls, typevar_values: Any) -> Any:
        """Return a model with a name of its own, by which programs made from the document can call it."""
        found = _pages.get(typevar_values)
        if found is None:
            of: Any = super().__class_getitem__(typevar_values)
            noun = typevar_values.__name__.removesuffix("Out")
            found = _pages[typevar_values] = create_model(f"{noun}Page", __base__=of, __doc__=cls.__doc__)
        return found


@dataclass(frozen=True)
class Paging:
    """Where a page starts and how long it is."""

    limit: int
    after: str | None
    _context: bytes
    _key: bytes

    def cursor(self, position: str) -> str:
        """The cursor that says: go on after this position of this list under these filters."""
        raw = position.encode()
        return base64.urlsafe_b64encode(_tag(self._key, self._context, raw) + raw).decode().rstrip("=")


def _tag(key: bytes, context: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, context + b"\0" + raw, hashlib.sha256)[:_TAG_BYTES]


def _open(cursor: str, key: bytes, context: bytes) -> str:
    try:
        blob = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid(errors=[CURSOR_FAULT]) from error
    tag, raw = blob[:_TAG_BYTES], blob[_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(key, context, raw)):
        raise CursorInvalid(errors=[CURSOR_FAULT])
    return raw.decode()


def among(
    statement: "SelectOfScalar[Row]", column: "InstrumentedAttribute[Any] | Any", values: Iterable[str] | None
) -> "SelectOfScalar[Row]":
    """Only the rows whose column holds one of these values; every row where none are named."""
    named = [str(value) for value in values or ()]
    return statement.where(column.in_(named)) if named else statement


async def _paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="Things in a page")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=512, pattern="^[A-Za-z0-9_-]+$", description="From `next_cursor`")
    ] = None,
) -> Paging:
    key: bytes = request.app.state.service.cursor_key
    filters = sorted((n, v) for n, v in request.query_params.multi_items() if n not in {"limit", "cursor"})
    context = repr((request.url.path, filters)).encode("utf-8", "surrogatepass")
    return Paging(limit, _open(cursor, key, context) if cursor is not None else None, context, key)


Paged = Annotated[Paging, Depends(_paging)]
"""The parameters of a list: `async def list_reports(paging: Paged, ...)`."""


async def paginate(
    session: AsyncSession,
    statement: "SelectOfScalar[Row]",
    key: "InstrumentedAttribute[Any] | Any",
    paging: Paging,
    *,
    newest_first: bool = True,
) -> tuple[list[Row], str | None]:
    """The rows of one page and the cursor of the next. `key` is the id column, by which the list is ordered."""
    if paging.after is not None:
        statement = statement.where(key < paging.after if newest_first else key > paging.after)
    ordered = statement.order_by(key.desc() if newest_first else key.asc()).limit(paging.limit + 1)
    rows = list((await session.exec(ordered)).all())
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    position = str(getattr(rows[-1], key.key)) if more else ""
    return rows, paging.cursor(position) if more else None
