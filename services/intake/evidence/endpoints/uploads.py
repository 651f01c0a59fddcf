"""How evidence is sent: a form with one file."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from services.intake.evidence.errors import MalformedForm, NotMultipart
from services.intake.settings import published
from shared.runtime.errors import StorageFull, TooLarge
from shared.runtime.problems import printable

_FORM = "multipart/form-data"
_AROUND = 16_384
"""Bytes of a form beside its file, at most."""

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "maxLength": published("evidence_bytes"),
                            "description": "PNG, JPEG, GIF, WebP, PDF or plain text in UTF-8",
                        }
                    },
                },
                "example": {"file": "The box that came has no hologram."},
            }
        },
    }
}


@dataclass(frozen=True)
class Received:
    """A file, on the disk where it is large, and what its sender calls it."""

    file: BinaryIO
    size: int
    name: str | None


@asynccontextmanager
async def received(request: Request, most: int) -> AsyncIterator[Received]:
    """The file in a form, for as long as it is needed. Raises the refusals of a form, and `StorageFull`."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != _FORM.encode():
        raise NotMultipart
    if not options.get(b"boundary"):
        raise MalformedForm("The content type names no boundary.")
    pieces = _whole(request, b"--" + options[b"boundary"] + b"--", most + _AROUND)
    parser = MultiPartParser(request.headers, pieces, max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except _TooMuch as problem:
        raise TooLarge(problem.message) from None
    except MultiPartException as problem:
        raise MalformedForm(printable(problem.message)[:500]) from None
    except OSError as problem:
        raise StorageFull("There is no room for the file while it is received. Try again later.") from problem
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise MalformedForm
        size = file.size or 0
        if size > most:
            raise TooLarge(f"The limit here is {most} bytes; the file has {size}.")
        yield Received(file.file, size, _name(file.filename))
    finally:
        await form.close()


class _TooMuch(MultiPartException):
    """The parser closes its files on errors of this kind alone."""


async def _whole(request: Request, last: bytes, most: int) -> AsyncGenerator[bytes, None]:
    """The form in pieces, up to the line that is its last."""
    length, tail = 0, b""
    try:
        async for piece in request.stream():
            length += len(piece)
            if length > most:
                raise _TooMuch(f"The limit here is {most} bytes; more came.")
            tail = (tail + piece)[-_AROUND:]
            yield piece
    except ClientDisconnect:
        tail = b""
    if last not in tail:
        raise MultiPartException("It ends before its last boundary.")


def _name(given: str | None) -> str | None:
    """The last step of a path, as whoever sent it named it."""
    name = printable(os.path.basename((given or "").replace("\\", "/"))).strip()  # noqa: PTH119 - no path of ours
    return name[:255] or None
