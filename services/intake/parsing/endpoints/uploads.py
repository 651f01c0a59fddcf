"""How a notice is sent to be read: as text in JSON, as a mail, or as a PDF."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import AfterValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from libraries.documents.model import MAIL, MOST_TEXT, PDF
from services.intake.parsing.errors import LetterTypeUnknown
from services.intake.settings import published
from shared.runtime.errors import FieldError, Invalid, TooLarge
from shared.runtime.inputs import Input
from shared.runtime.json_bodies import parse
from shared.runtime.problems import pointer_to, printable

JSON = "application/json"
_MAIL = """From: Jo Ash <jo@ashgrove.example>
Subject: Copies of our lamp

The lamp at https://shop.example/item/9001 is a copy of ours.
"""


def _whole_characters(text: str) -> str:
    """A letter may hold what it likes; half a character is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text_lone_surrogate", "The text holds half a character (a lone surrogate)") from None
    if "\x00" in text:
        raise PydanticCustomError("text_control_character", "The text holds a control character")
    return text


class NoticeTextIn(Input):
    """A notice as it came."""

    model_config = ConfigDict(
        str_strip_whitespace=False,
        json_schema_extra={
            "examples": [{"text": "I own the photograph at https://brand.example/a. It was copied at ..."}]
        },
    )

    text: Annotated[str, AfterValidator(_whole_characters), Field(min_length=1, max_length=MOST_TEXT)]


def _file(description: str, **example: Any) -> dict[str, Any]:
    return {
        "schema": {"type": "string", "maxLength": published("document_bytes"), "description": description, **example}
    }


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": NoticeTextIn.model_json_schema()},
            MAIL: _file("A mail as mail programs save it (.eml)", examples=[_MAIL]),
            PDF: _file("A PDF with text, and no scan of one", format="binary", examples=["%PDF-1.7 ..."]),
        },
    }
}


def media_type_of(request: Request) -> str:
    """Which of the three the body is. Raises `LetterTypeUnknown`."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in {JSON, MAIL, PDF}:
        raise LetterTypeUnknown(f"The content type is {printable(sent)[:100] or 'missing'}.")
    return sent


async def received(request: Request, most: int) -> bytes:
    """The body, as long as it is within the limit. Raises `TooLarge`."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise TooLarge(f"The limit here is {most} bytes; more came.")
    return bytes(content)


def text_in(content: bytes) -> str:
    """The letter in a JSON body. Raises `MalformedBody`, `Invalid`."""
    try:
        return NoticeTextIn.model_validate(parse(content)).text
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:100]
        raise Invalid(
            "See errors for each field.",
            errors=[
                FieldError(printable(pointer_to(one["loc"]))[:2048], one["type"], printable(one["msg"])[:2048])
                for one in found
            ],
        ) from None
