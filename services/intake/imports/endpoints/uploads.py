"""How an import is sent: what its body is, what its columns mean, and what holds for all of its rows."""

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field, TypeAdapter, ValidationError, create_model
from python_multipart.multipart import parse_options_header

from services.intake.imports.errors import ImportTypeUnknown
from services.intake.imports.layout import by_place
from services.intake.reports.report_body import ReportIn
from services.intake.settings import published
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.inputs import Input
from shared.runtime.problems import pointer_to, printable

_LONGEST = 16_000
PLACES_TEXT = (
    "A column can be named by its place instead, as `#3`, where two have one name; or all of them, by an array of "
    "fields and nulls in their order"
)
_FORMATS = {"text/csv": "csv", "application/x-ndjson": "jsonl", "application/jsonl": "jsonl"}

_CSV = """listing url,markets,explanation
https://shop.example/item/9001,DE FR,The mark is on the sole and none of our factories makes this shoe.
https://shop.example/item/9002,DE FR,The mark is on the sole and none of our factories makes this shoe.
"""
_JSONL = """{"url": "https://shop.example/item/9001", "markets": ["DE"], "good_faith": true, "accuracy": true}
"""


def _body(description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": published("import_bytes"), "description": description}
    return {"schema": schema, "examples": {"rows": {"value": example}}}


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": _body(
                "UTF-8, or what its byte order mark or the content type says; the columns' names in the first row",
                _CSV,
            ),
            "application/x-ndjson": _body("A JSON object in each line, its names those of the columns", _JSONL),
        },
    }
}

MappingText = Annotated[
    str | None,
    Query(
        max_length=_LONGEST,
        description="A JSON object from the name of a column to the field that it holds, or to null to leave it out. "
        f"Columns that are named as their field need none. {PLACES_TEXT}. The fields of a row: url, listing_id, "
        "media_type, part, item_explanation, evidence_ids; those of its report: right_id, claim, reference, language, "
        "markets, explanation, legal_basis, good_faith, accuracy, perjury, signature, contact_name, contact_email",
        examples=['{"listing url": "url", "price": null}', '["url", null, "item_explanation"]'],
    ),
]
DefaultsText = Annotated[
    str | None,
    Query(
        max_length=_LONGEST,
        description="A JSON object with the fields of a report, without its items, that hold where a row says nothing",
        examples=['{"right_id": "rgt_01j9zq4m2te5rv8c3kx7w0nh6b", "claim": "counterfeit", "language": "en"}'],
    ),
]

_Defaults: type[Input] = create_model(  # type: ignore[call-overload]  # the fields are those of a report, whichever
    "DefaultsIn",
    __base__=Input,
    **{
        name: (Annotated[(field.annotation, Field(), *field.metadata)], None)
        for name, field in ReportIn.model_fields.items()
        if name != "items"
    },
)
_Mapping = TypeAdapter(
    Annotated[
        dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=40)] | None], Field(max_length=200)
    ]
)
_ByPlace = TypeAdapter(Annotated[list[Annotated[str, Field(max_length=40)] | None], Field(max_length=200)])


def format_of(request: Request) -> str:
    """Which of the two kinds the body is. Raises `ImportTypeUnknown`."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in _FORMATS:
        raise ImportTypeUnknown(f"The content type is {printable(sent)[:100] or 'missing'}.")
    return _FORMATS[sent]


def charset_of(request: Request) -> str:
    """The charset that the content type declares; empty where it declares none."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    return options.get(b"charset", b"").decode("latin-1")


def mapping_of(text: str | None) -> dict[str, str | None]:
    """Which column holds which field. Raises `Invalid`."""
    try:
        if text and text.lstrip().startswith("["):
            return by_place(_ByPlace.validate_json(text))
        return _Mapping.validate_json(text) if text else {}
    except ValidationError as error:
        raise invalid("mapping", error) from None


def defaults_of(text: str | None) -> dict[str, Any]:
    """Return the defaults of every row. Raises `Invalid`."""
    try:
        found = _Defaults.model_validate_json(text) if text else _Defaults()
    except ValidationError as error:
        raise invalid("defaults", error) from None
    return found.model_dump(mode="json", exclude_unset=True)


def invalid(parameter: str, error: ValidationError) -> Invalid:
    """Return the error of a parameter that holds JSON."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:100]
    return Invalid(
        f"The parameter {parameter} is not valid.",
        errors=[
            FieldError(
                printable(pointer_to([parameter, *one["loc"]]))[:2048], one["type"], printable(one["msg"]), parameter
            )
            for one in found
        ],
    )
