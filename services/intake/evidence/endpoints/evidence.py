"""Evidence: files in, looked up, and shown to who may see them by links of their own."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import Field

from libraries.documents.copying import length_without, without
from libraries.documents.images.structure import Edit
from services.intake.accounts.limits import LimitReached
from services.intake.evidence import records
from services.intake.evidence.endpoints.uploads import BODY, Received, received
from services.intake.evidence.errors import (
    REFUSALS,
    EvidenceInUse,
    EvidenceNotFound,
    MalformedForm,
    NotMultipart,
    TooMuchEvidence,
)
from services.intake.evidence.records import Sent
from services.intake.evidence.tables import Evidence, EvidenceFile
from services.intake.resources import CurrentService, Service
from services.intake.settings import published
from shared.contracts.codes import Scope
from shared.contracts.ids import AccountId, EvidenceId
from shared.runtime import idempotency, problems
from shared.runtime.context import Now
from shared.runtime.errors import TooLarge, Unavailable
from shared.runtime.evidence_links import EvidenceCopy, LinkExpired, LinkInvalid
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.opened_files import ENDINGS, opened
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["evidence"])
streaming_routes = router(tags=["evidence"], transactional=False)

Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
Reading = Annotated[Caller, requires(Scope.REPORTS_READ)]
TheEvidence = Annotated[EvidenceId, Path(description="The evidence's id")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", max_length=64)]
Count = Annotated[int, Field(ge=0, le=2**53)]
_FILE = {"schema": {"type": "string", "format": "binary", "maxLength": published("evidence_bytes")}}


class EvidenceOut(Output):
    """A file shown in support of a claim. What it is was found in its content, not in its name."""

    id: EvidenceId
    sha256: Sha256 = Field(description="Of the file as it was sent, in hexadecimal digits")
    media_type: Annotated[str, Field(max_length=100)]
    size: Count = Field(description="Bytes")
    width: Count | None = Field(None, description="Pixels of an image")
    height: Count | None = None
    pages: Count | None = Field(None, description="Pages of a PDF")
    name: Annotated[str, Field(max_length=255)] | None = Field(None, description="What its owner calls it")
    hides_metadata: bool = Field(
        description="Whether others see a copy without what an image, or one in a PDF, says of place, time and device"
    )
    in_use: bool = Field(
        description="Whether a report, an authority, a right or a captured listing refers to it, so that it is kept"
    )
    created_at: datetime


class OwnEvidenceLinkOut(Output):
    """Addresses that open the file for a few minutes, for whoever has them, without a key."""

    url: Annotated[str, Field(max_length=2048)] = Field(description="The file as you may see it")
    shared_url: Annotated[str, Field(max_length=2048)] = Field(description="The copy that reviewers and others see")
    expires_at: datetime


@streaming_routes.post(
    "/v1/evidence",
    summary="Upload evidence",
    operation_id="upload_evidence",
    status_code=201,
    response_model=EvidenceOut,
    openapi_extra=BODY,
    responses=problems.responses(
        NotMultipart, MalformedForm, TooLarge, *REFUSALS.values(), TooMuchEvidence, LimitReached, Unavailable,
        idempotency.KeyInUse, idempotency.KeyInvalid, idempotency.KeyReused,
    ),
)  # fmt: skip
async def upload_evidence(request: Request, caller: Reporting, service: CurrentService) -> Response:
    """Upload a file, to be named in reports, answers, authorities and renewals by its id.

    What it is, its content decides: an image, a PDF or plain text. The same file sent again is the same evidence. Once
    this is answered, the file is durable; one that nothing has referred to after some weeks is deleted. Others than its
    owner see images without the place where they were taken.
    """
    settings = service.settings
    room = service.resources.evidence
    key = await idempotency.checked(request)
    with room.place():
        async with received(request, settings.evidence_bytes) as form:
            sent = await room.look_into(form.file, form.size, form.name, account=caller.account_id)
            async with room.writing:
                return await _kept(request, caller, service, sent, _key(request, caller, key, form, sent))


@routes.get(
    "/v1/evidence", summary="List evidence", operation_id="list_evidence", responses=problems.responses(CursorInvalid)
)
async def list_evidence(
    paging: Paged,
    caller: Reading,
    session: Session,
    sha256: Annotated[Sha256 | None, Query(description="Only the file with this hash")] = None,
) -> Page[EvidenceOut]:
    """The account's evidence, newest first."""
    found, cursor = await records.list_evidence(session, account_id=caller.account_id, sha256=sha256, paging=paging)
    return Page(data=[_view(*one) for one in found], next_cursor=cursor)


@routes.get(
    "/v1/evidence/{evidence_id}",
    summary="Read evidence",
    operation_id="read_evidence",
    responses=problems.responses(EvidenceNotFound),
)
async def read_evidence(evidence_id: TheEvidence, caller: Reading, session: Session) -> EvidenceOut:
    """Return one piece of evidence; the operator reads everyone's."""
    evidence, file = await records.find(session, evidence_id, account_id=_whose(caller))
    view = _view(evidence, file)
    return view if evidence.account_id == caller.account_id else view.model_copy(update={"name": None})


@routes.delete(
    "/v1/evidence/{evidence_id}",
    summary="Delete evidence",
    operation_id="delete_evidence",
    status_code=204,
    responses=problems.responses(EvidenceNotFound, EvidenceInUse),
)
async def delete_evidence(evidence_id: TheEvidence, caller: Reporting, session: Session, now: Now) -> None:
    """Delete a file that nothing refers to."""
    evidence, file = await records.find(session, evidence_id, account_id=caller.account_id)
    await records.let_go(session, EvidenceId(evidence.id), file.sha256, now=now)


@routes.post(
    "/v1/evidence/{evidence_id}/link",
    summary="Make links to evidence",
    operation_id="link_evidence",
    responses=problems.responses(EvidenceNotFound),
)
async def link_evidence(
    evidence_id: TheEvidence, caller: Reading, session: Session, service: CurrentService, now: Now
) -> OwnEvidenceLinkOut:
    """Addresses that open the file for a few minutes: for its owner as it was sent, for the operator as shared."""
    evidence, _ = await records.find(session, evidence_id, account_id=_whose(caller))
    links = service.resources.evidence_links
    shared = links.make(evidence_id, EvidenceCopy.SHARED, now=now)
    own = evidence.account_id == caller.account_id
    link = links.make(evidence_id, EvidenceCopy.ORIGINAL, now=now) if own else shared
    return OwnEvidenceLinkOut(url=link.url, shared_url=shared.url, expires_at=link.expires_at)


@streaming_routes.get(
    "/v1/evidence/{evidence_id}/content",
    summary="Open evidence by a link",
    operation_id="open_evidence",
    response_class=Response,
    responses={
        200: {"description": "The file", "content": dict.fromkeys(ENDINGS, _FILE)},
        **problems.responses(EvidenceNotFound, LinkInvalid, LinkExpired, Unavailable),
    },
)
async def open_evidence(
    evidence_id: TheEvidence,
    service: CurrentService,
    copy: Annotated[EvidenceCopy | None, Query(description="As the link says")] = None,
    expires: Annotated[int | None, Query(ge=0, le=2**40, description="As the link says")] = None,
    signature: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", max_length=64, description="As the link says")
    ] = None,
) -> Response:
    """The file that a link is for. Needs no key."""
    links = service.resources.evidence_links
    now = service.clock.now()
    left = links.check(evidence_id, copy, expires=expires, signature=signature, now=now)
    async with service.database.transaction() as session:
        _, file = await records.find(session, evidence_id, account_id=None)
    room = service.resources.evidence
    edits = [] if copy is EvidenceCopy.ORIGINAL else [_edit(one) for one in file.edits]
    pieces: AsyncIterator[bytes] = without(await room.objects.open(file.sha256), edits)
    size = length_without(file.size, edits)
    return opened(pieces, name=evidence_id, media_type=file.media_type, size=size, lasts=left)


async def _kept(
    request: Request, caller: Caller, service: Service, sent: Sent, key: idempotency.Key | None
) -> Response:
    """The answer, kept under its key with the evidence; or the first one under it."""
    settings = service.settings
    room = service.resources.evidence
    now = service.clock.now()
    async with service.database.transaction() as session:
        if key is not None:
            first = await idempotency.begin(session, key)
            if first is not None:
                return first
        evidence_id = await records.keep(
            session,
            room.objects,
            sent,
            account_id=caller.account_id,
            most_unused=settings.evidence_unused,
            limits=service.resources.limits,
            now=now,
        )
        view = _view(*await records.find(session, evidence_id, account_id=caller.account_id))
        answer = Response(view.model_dump_json(), status_code=201, media_type="application/json")
        answer.headers["Location"] = f"{request.url.path}/{evidence_id}"
        if key is not None:
            await idempotency.keep(session, key, answer, now)
        return answer


def _key(request: Request, caller: Caller, value: str | None, form: Received, sent: Sent) -> idempotency.Key | None:
    """The boundary of a form differs each time it is sent, so that what counts is the file and its name."""
    if value is None:
        return None
    digest = idempotency.digest_of(request)
    digest.update(bytes.fromhex(sent.sha256) + (form.name or "").encode())
    return idempotency.Key(caller.client_id, value, digest.digest())


def _view(evidence: Evidence, file: EvidenceFile) -> EvidenceOut:
    return EvidenceOut.model_validate(
        {
            **file.model_dump(),
            **evidence.model_dump(),
            "hides_metadata": bool(file.edits),
            "in_use": evidence.kept,
        }
    )


def _edit(kept: dict[str, int | str]) -> Edit:
    instead = bytes.fromhex(str(kept["instead"]))
    return Edit(int(kept["start"]), int(kept["end"]), instead, padded=bool(kept.get("padded")))


def _whose(caller: Caller) -> AccountId | None:
    """Whose evidence the caller sees: its own; the operator everyone's."""
    return None if caller.is_operator else caller.account_id
