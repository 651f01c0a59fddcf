"""A portfolio put into the vault with one file."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field, TypeAdapter, ValidationError

from services.intake.accounts.limits import LimitReached
from services.intake.imports import errors as refused
from services.intake.imports.endpoints.uploads import PLACES_TEXT, charset_of, invalid, mapping_of
from services.intake.imports.rights.examination import Outcome, as_csv
from services.intake.imports.rights.fields import PLACES
from services.intake.imports.rights.reader import RightsFile
from services.intake.imports.rights.storing import Portfolio
from services.intake.resources import CurrentService
from services.intake.settings import published
from services.intake.vault.endpoints.rights import Writing
from shared.contracts.ids import RightId
from shared.runtime import idempotency, problems
from shared.runtime.errors import FieldError, Invalid, TooLarge
from shared.runtime.inputs import Output
from shared.runtime.problems import pointer_to, printable
from shared.runtime.routes import router

routes = router(tags=["rights"], transactional=False)

_CSV = """type,title,mark_text,mark_type,office,registration_number,owner_name,nice_classes,registered_on,expires_on
trademark,ACME,ACME,word,EUIPO,018012345,Acme GmbH,18 25,2020-01-02,2030-01-02
trademark,ACME PRO,ACME PRO,word,EUIPO,018012346,Acme GmbH,25,2020-01-02,2030-01-02
"""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {
                    "type": "string",
                    "maxLength": published("vault_import_bytes"),
                    "description": "UTF-8, or what its byte order mark or the content type says; the columns' "
                    "names in the first row",
                },
                "examples": {"two marks": {"value": _CSV}},
            }
        },
    }
}
_Defaults = TypeAdapter(
    Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(min_length=1, max_length=2000)]],
        Field(max_length=100),
    ]
)
DefaultsText = Annotated[
    str | None,
    Query(
        max_length=16_000,
        description="A JSON object from a field to the text that holds where a row says nothing",
        examples=['{"type": "trademark", "owner_name": "Acme GmbH"}'],
    ),
]
MappingText = Annotated[
    str | None,
    Query(
        max_length=16_000,
        description="A JSON object from the name of a column to the field that it holds, or to null to leave it out. "
        f"Columns that are named as their field need none. {PLACES_TEXT}. The fields: {', '.join(PLACES)}",
        examples=['{"Mark": "mark_text", "our number": null}', '{"#7": "mark_text", "#9": "nice_classes"}'],
    ),
]
RowNumber = Annotated[int, Field(ge=1, le=2**31 - 1, description="As a spreadsheet numbers it")]
Count = Annotated[int, Field(ge=0, le=20_000)]


class CreatedRowOut(Output):
    """A row that is a right now."""

    row: RowNumber
    id: RightId


class RowErrorOut(Output):
    """An error of one row."""

    row: RowNumber
    pointer: Annotated[str, Field(max_length=2048)] = Field(description="JSON Pointer into the right; empty: the row")
    code: Annotated[str, Field(max_length=255)]
    message: Annotated[str, Field(max_length=4096)]


class ImportedRightsOut(Output):
    """The outcome of a file of rights."""

    created: Count
    refused: Count
    rights: Annotated[list[CreatedRowOut], Field(max_length=20_000)]
    merged: Annotated[list[CreatedRowOut], Field(max_length=20_000)] = Field(
        default=[], description="Rows that named further territories of a right that a row before them made: that right"
    )
    errors: Annotated[list[RowErrorOut], Field(max_length=200_000, description="Of each refused row ten at most")]
    errors_csv: Annotated[str, Field(max_length=134_217_728)] | None = Field(
        description="The refused rows as a CSV file that a spreadsheet opens safely, what is wrong in front; mended "
        "rows can be sent as they stand there"
    )


@routes.post(
    "/v1/rights/import",
    summary="Put a portfolio into the vault",
    operation_id="import_rights",
    response_model=ImportedRightsOut,
    openapi_extra=_BODY,
    responses=problems.responses(
        LimitReached, refused.ImportTypeUnknown, refused.ImportEmpty, refused.ImportNotText, refused.ImportColumnsWrong,
        refused.ImportMalformed, refused.ImportTooManyRows, Invalid, TooLarge, idempotency.KeyInUse,
        idempotency.KeyInvalid, idempotency.KeyReused,
    ),
)  # fmt: skip
async def import_rights(
    request: Request,
    caller: Writing,
    service: CurrentService,
    mapping: MappingText = None,
    defaults: DefaultsText = None,
) -> Response:
    """Put up to 2,000 rights into the vault with one CSV file; each is `pending` until the operator has looked.

    Every row is held to what a right must say that is put in alone. A row that something speaks against is refused and
    given back; the others are taken. A row that repeats the type, office and registration number of a right in the
    vault, or of a row before it, is refused as `R_DUPLICATE`; numbers are compared in the normal form of their office.
    Rows of one international registration, of WIPO or the EPO, that differ only in `territories` become one right that
    holds in all of them; `merged` names them.
    """
    _require_csv(request)
    settings = service.settings
    common = _defaults(defaults)
    file = RightsFile(
        mapping_of(mapping),
        common,
        most_rows=settings.vault_import_rows,
        most_bytes=settings.vault_import_bytes,
        charset=charset_of(request),
    )
    value, digest = await idempotency.checked(request), idempotency.digest_of(request)
    async for piece in request.stream():
        digest.update(piece)
        file.feed(piece)
    file.feed(b"", last=True)
    key = None if value is None else idempotency.Key(caller.client_id, value, digest.digest())
    portfolio = await Portfolio.of(file.rows, file.fields, common)
    async with service.database.direct() as connection:
        if key is not None:
            first = await idempotency.begin(connection, key)
            if first is not None:
                return first
        now = service.clock.now()
        outcome = await portfolio.put_in_vault(connection, caller.account_id, limits=service.resources.limits, now=now)
        answer = Response(_out(outcome, file).model_dump_json(), media_type="application/json")
        if key is not None:
            await idempotency.keep(connection, key, answer, now)
        return answer


def _require_csv(request: Request) -> None:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != "text/csv":
        raise refused.ImportTypeUnknown(
            f"Rights come as text/csv, and this is {printable(sent)[:100] or 'nothing named'}."
        )


def _defaults(text: str | None) -> dict[str, str]:
    try:
        found = _Defaults.validate_json(text) if text else {}
    except ValidationError as error:
        raise invalid("defaults", error) from None
    unknown = [name for name in found if name not in PLACES]
    if unknown:
        message = f"No right has this field; the fields are {', '.join(PLACES)}."
        errors = [
            FieldError(printable(pointer_to(["defaults", name])), "column_unknown", message, "defaults")
            for name in unknown
        ]
        raise Invalid("The parameter defaults is not valid.", errors=errors)
    return found


def _out(outcome: Outcome, file: RightsFile) -> ImportedRightsOut:
    errors = [
        RowErrorOut(row=row.number, pointer=pointer, code=code, message=message)
        for row, wrong in outcome.refused
        for pointer, code, message in wrong
    ]
    return ImportedRightsOut(
        created=len(outcome.created),
        refused=len(outcome.refused),
        rights=[CreatedRowOut(row=row, id=right_id) for row, right_id in outcome.created],
        merged=[CreatedRowOut(row=row, id=right_id) for row, right_id in outcome.merged],
        errors=errors,
        errors_csv=as_csv(outcome.refused, file.header) if outcome.refused else None,
    )
