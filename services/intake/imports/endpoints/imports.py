"""Imports: a file of many rows in, and what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.intake.imports import errors, records
from services.intake.imports.endpoints.uploads import (
    BODY,
    DefaultsText,
    MappingText,
    charset_of,
    defaults_of,
    format_of,
    mapping_of,
)
from services.intake.imports.reader import Reader
from services.intake.imports.receiving import Limits, Upload
from services.intake.imports.refused_rows import refused_rows
from services.intake.reports.sender import Sender
from services.intake.resources import CurrentService, Service
from shared.contracts.codes import ImportState, Scope
from shared.contracts.ids import ImportId
from shared.runtime import idempotency, problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid, TooLarge
from shared.runtime.etags import etag
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["imports"])
streaming_routes = router(tags=["imports"], transactional=False)

Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
Reading = Annotated[Caller, requires(Scope.REPORTS_READ)]
TheImport = Annotated[ImportId, Path(description="The import's id")]
_CSV_ANSWER = {"type": "string", "maxLength": 2_147_483_647}
Count = Annotated[int, Field(ge=0, le=10_000_000)]


class ImportOut(Output):
    """An import and how far it is. When it is over, every row was filed or refused, or the rest was cancelled."""

    id: ImportId
    state: ImportState
    rows_seen: Count = Field(description="Rows of the file")
    filed: Count = Field(description="Rows that are items of reports now")
    refused: Count = Field(description="Rows that something speaks against; `/errors` gives them back")
    reports: Count = Field(description="Reports that the filed rows became")
    created_at: datetime
    completed_at: datetime | None = None


@streaming_routes.post(
    "/v1/imports",
    summary="Import a file of rows",
    operation_id="create_import",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=BODY,
    responses=problems.responses(
        errors.ImportTypeUnknown, errors.ImportEmpty, errors.ImportNotText, errors.ImportColumnsWrong,
        errors.ImportMalformed, errors.ImportTooManyRows, errors.TooManyImports, errors.ImportGone, Invalid,
        TooLarge, idempotency.KeyInUse, idempotency.KeyInvalid, idempotency.KeyReused,
    ),
)  # fmt: skip
async def create_import(
    request: Request,
    caller: Reporting,
    service: CurrentService,
    mapping: MappingText = None,
    defaults: DefaultsText = None,
) -> Response:
    """File the rows of a CSV file or of JSON Lines as reports, in the background.

    Each row names one listing by its `url`. Rows that follow one another and agree in all other fields of a report
    become one report, of up to 500 items; a row that differs begins the next. What a row does not say, `defaults` says
    for it. The file is taken whole or not at all: once this is answered, every row of it is durable. What speaks
    against a single row refuses that row alone, when it is filed; of two rows that name the same listing under the same
    right, one is filed.
    """
    settings = service.settings
    common = defaults_of(defaults)
    reader = Reader(
        format_of(request), mapping_of(mapping), common, most_rows=settings.import_rows, charset=charset_of(request)
    )
    limits = Limits(settings.import_bytes, settings.imports_at_work)
    with _only_one(service, caller, await idempotency.checked(request)) as key:
        upload = Upload(service.database, service.clock, reader, limits, idempotency.digest_of(request))
        sender = Sender(caller.client_id, caller.account_id, caller.kind, caller.trusted_flagger)
        await upload.begin(sender, common)
        answered = False
        try:
            await upload.take(request.stream())
            answer = await _answer(service, upload, caller, key)
            answered = idempotency.REPLAYED not in answer.headers
        finally:
            if not answered:
                await upload.forget()
    return answer


@routes.get(
    "/v1/imports", summary="List imports", operation_id="list_imports", responses=problems.responses(CursorInvalid)
)
async def list_imports(
    paging: Paged,
    caller: Reading,
    session: Session,
    state: Annotated[
        list[ImportState] | None, Query(max_length=20, description="Only imports in one of these states")
    ] = None,
) -> Page[ImportOut]:
    """The account's imports, newest first; the operator sees everyone's."""
    found, cursor = await records.list_imports(session, states=state, account_id=_whose(caller), paging=paging)
    return Page(data=[ImportOut.model_validate(one) for one in found], next_cursor=cursor)


@routes.get(
    "/v1/imports/{import_id}",
    summary="Follow an import",
    operation_id="read_import",
    responses=problems.responses(errors.ImportNotFound),
)
async def read_import(import_id: TheImport, caller: Reading, session: Session, response: Response) -> ImportOut:
    """How far an import is: its rows are filed some hundred at a time, and counted with the same commit."""
    found = await records.find_import(session, import_id, account_id=_whose(caller))
    response.headers["ETag"] = etag(found.version)
    return ImportOut.model_validate(found)


@streaming_routes.get(
    "/v1/imports/{import_id}/errors",
    summary="Read the rows that were refused",
    operation_id="read_import_errors",
    response_class=Response,
    responses={
        200: {"description": "The refused rows so far", "content": {"text/csv": {"schema": _CSV_ANSWER}}},
        **problems.responses(errors.ImportNotFound),
    },
)
async def read_import_errors(import_id: TheImport, caller: Reading, service: CurrentService) -> Response:
    """The refused rows as CSV, in the columns in which they came, after what is wrong with each.

    A spreadsheet opens it safely: an apostrophe stands before a cell that would be a formula. Mended rows can be
    imported as they stand here; the first four columns are passed over then.
    """
    async with service.database.transaction() as session:
        found = await records.find_import(session, import_id, account_id=_whose(caller))
    headers = {
        "Content-Disposition": f'attachment; filename="{import_id}-errors.csv"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    rows = refused_rows(service.database, import_id, found.columns["header"])
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


@routes.post(
    "/v1/imports/{import_id}/cancel",
    summary="Cancel an import",
    operation_id="cancel_import",
    responses=problems.responses(errors.ImportNotFound, errors.ImportOver),
)
async def cancel_import(import_id: TheImport, caller: Reporting, session: Session, now: Now) -> ImportOut:
    """Leave the rows unfiled that are not filed yet. What was filed stays filed; cancelling again changes nothing."""
    found = await records.cancel_import(session, import_id, account_id=_whose(caller), now=now)
    return ImportOut.model_validate(found)


@contextmanager
def _only_one(service: Service, caller: Caller, value: str | None) -> Iterator[str | None]:
    """While an upload under a key runs, a second one is told so before anything of it is read."""
    running = service.resources.import_keys
    if value is None:
        yield None
        return
    if (caller.client_id, value) in running:
        raise idempotency.KeyInUse
    running.add((caller.client_id, value))
    try:
        yield value
    finally:
        running.discard((caller.client_id, value))


async def _answer(service: Service, upload: Upload, caller: Caller, value: str | None) -> Response:
    """The answer, kept under the key in the commit that makes the import visible; or the first one under it."""
    key = None if value is None else idempotency.Key(caller.client_id, value, upload.digest.digest())
    async with service.database.direct() as connection:
        if key is not None:
            first = await idempotency.begin(connection, key)
            if first is not None:
                return first
        view = ImportOut.model_validate((await upload.ready(connection))._asdict())
        answer = Response(view.model_dump_json(), status_code=202, media_type="application/json")
        answer.headers["Location"] = f"/v1/imports/{view.id}"
        if key is not None:
            await idempotency.keep(connection, key, answer, service.clock.now())
        return answer


def _whose(caller: Caller) -> str | None:
    """Whose imports the caller sees: its own; the operator everyone's."""
    return None if caller.is_operator else caller.account_id
