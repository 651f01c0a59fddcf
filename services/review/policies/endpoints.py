"""Policies over HTTP: rule books, their versions, and putting one in force."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field, JsonValue
from sqlmodel import select

from services.review.policies import policies
from services.review.policies.policies import (
    ClausesInvalid,
    DraftClause,
    EffectiveInThePast,
    PolicyExists,
    VersionPublished,
)
from services.review.policies.tables import Policy
from services.review.resources import CurrentService
from services.review.schemas import Code, Codes, Demands, Round, Short, Text
from shared.contracts.codes import AccountKind, ReasonCode, RightType, Scope
from shared.contracts.ids import PolicyId
from shared.contracts.policy_codes import Demand
from shared.runtime.context import Now
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Input, Instant, Line, Name, Output, Prose
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["policies"])

_READ = requires(Scope.POLICIES_READ)
_WRITE = operator(Scope.POLICIES_WRITE)
_BEGIN = requires(Scope.POLICIES_WRITE, AccountKind.MARKETPLACE, shown_to=tuple(AccountKind))
Number = Annotated[int, Path(ge=1, le=1_000_000, description="The version's number")]
InputCodes = Annotated[list[ReasonCode], Field(max_length=100)]
_CLAUSE: dict[str, JsonValue] = {
    "code": "TM-1.1",
    "title": "Counterfeit goods",
    "text": "Goods that carry a sign identical to the mark without its owner's consent are not offered.",
    "law": "Regulation (EU) 2017/1001, Art. 9(2)(a)",
    "accept_codes": ["A_COUNTERFEIT"],
    "reject_codes": ["R_INSUFFICIENT_SIMILARITY"],
    "reporter_text": "The goods do not carry your mark, or one that buyers could take for it.",
}


class VersionState(StrEnum):
    """The state of a policy version: it can still be put aside, or stands."""

    DRAFT = "draft"
    PUBLISHED = "published"


class ClauseIn(Input):
    """One rule."""

    code: Annotated[Line, Field(pattern=r"^[A-Z]{2,4}-[0-9]{1,3}(\.[0-9]{1,3}){0,3}$", max_length=20)]
    title: Name
    text: Annotated[Prose, Field(min_length=1, max_length=10_000)]
    law: Annotated[Line, Field(min_length=1, max_length=500)] = Field(description="Where the rule comes from")
    accept_codes: InputCodes = []
    reject_codes: InputCodes = []
    reporter_text: Annotated[Prose, Field(min_length=1, max_length=2000)] | None = Field(
        None, description="Told to the reporter of a rejection under this clause that gives no reason of its own"
    )
    demands: Annotated[list[Demand], Field(max_length=2)] = Field(
        [], description="Texts that a judgement under this clause cannot go without"
    )

    def draft(self) -> DraftClause:
        return DraftClause(
            self.code,
            self.title,
            self.text,
            self.law,
            tuple(self.accept_codes),
            tuple(self.reject_codes),
            self.reporter_text,
            tuple(dict.fromkeys(self.demands)),
        )


class VersionIn(Input):
    """A draft."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {"examples": [{"note": "Parallel imports made clearer.", "clauses": [_CLAUSE]}]},
    }

    note: Annotated[Prose, Field(max_length=2000)] | None = None
    clauses: Annotated[list[ClauseIn], Field(min_length=1, max_length=200)]


class PolicyIn(VersionIn):
    """A rule book for a right type, with its first draft."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {
            "examples": [{"right_type": "trademark", "title": "Trade marks and counterfeits", "clauses": [_CLAUSE]}]
        },
    }

    right_type: RightType
    title: Name


class PublishIn(Input):
    """When a version takes effect."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {"examples": [{"effective_from": "2027-01-01T00:00:00Z"}]},
    }

    effective_from: Instant | None = Field(None, description="Not before now; without it, now")


class ClauseTextOut(Output):
    """One rule as it stands in a version."""

    code: Code
    title: Short
    text: Text
    law: Short
    accept_codes: Codes
    reject_codes: Codes
    reporter_text: Text | None = Field(None, description="Told to the reporter of a rejection without another reason")
    demands: Demands = Field([], description="Texts that a judgement under this clause cannot go without")


class VersionOut(Output):
    """One version of a policy."""

    policy_id: PolicyId
    number: Round
    state: VersionState
    note: Text | None
    clauses: Annotated[list[ClauseTextOut], Field(max_length=200)]
    effective_from: datetime | None
    published_at: datetime | None
    created_at: datetime


class PolicyOut(Output):
    """A rule book."""

    id: PolicyId
    right_type: RightType
    title: Short
    version_in_force: Round | None
    created_at: datetime
    updated_at: datetime


async def _out(session: Session, policy: Policy, now: datetime) -> PolicyOut:
    in_force = await policies.number_in_force(session, policy.id, now)
    return PolicyOut.model_validate({**policy.model_dump(), "version_in_force": in_force})


@routes.get("/v1/policies", operation_id="list_policies", responses=responses(CursorInvalid), dependencies=[_READ])
async def list_policies(session: Session, paging: Paged, now: Now) -> Page[PolicyOut]:
    """The rule books, newest first, each with the version in force now."""
    rows, cursor = await paginate(session, select(Policy), Policy.id, paging)
    return Page(data=[await _out(session, row, now) for row in rows], next_cursor=cursor)


@routes.post(
    "/v1/policies",
    operation_id="create_policy",
    status_code=201,
    responses=responses(PolicyExists, ClausesInvalid),
    dependencies=[_BEGIN],
)
async def create_policy(body: PolicyIn, session: Session, response: Response, now: Now) -> PolicyOut:
    """Make the rule book of a right type that has none, with its first draft."""
    clauses = [clause.draft() for clause in body.clauses]
    policy, _ = await policies.create_policy(session, body.right_type, body.title, clauses, body.note, now=now)
    response.headers["ETag"] = etag(policy.version)
    return await _out(session, policy, now)


@routes.get("/v1/policies/{policy_id}", operation_id="read_policy", responses=responses(NotFound), dependencies=[_READ])
async def read_policy(policy_id: PolicyId, session: Session, response: Response, now: Now) -> PolicyOut:
    """One rule book."""
    policy = await policies.read_policy(session, policy_id)
    response.headers["ETag"] = etag(policy.version)
    return await _out(session, policy, now)


@routes.get(
    "/v1/policies/{policy_id}/versions",
    operation_id="list_policy_versions",
    responses=responses(NotFound, CursorInvalid),
)
async def list_policy_versions(
    policy_id: PolicyId, caller: Annotated[Caller, _READ], session: Session, paging: Paged
) -> Page[VersionOut]:
    """The versions of a policy, newest first. Drafts are the operator's alone to see."""
    before = None if paging.after is None else int(paging.after)
    rows = await policies.list_versions(
        session, policy_id, drafts=caller.is_operator, before=before, limit=paging.limit + 1
    )
    page = rows[: paging.limit]
    cursor = paging.cursor(str(page[-1].number)) if len(rows) > paging.limit else None
    return Page(data=[VersionOut.model_validate(row.model_dump()) for row in page], next_cursor=cursor)


@routes.post(
    "/v1/policies/{policy_id}/versions",
    operation_id="draft_policy_version",
    status_code=201,
    responses=responses(NotFound, ClausesInvalid, PreconditionFailed),
    dependencies=[_WRITE],
)
async def draft_policy_version(
    policy_id: PolicyId, body: VersionIn, session: Session, now: Now, if_match: IfMatch = None
) -> VersionOut:
    """Write a new draft. It changes nothing until it is published."""
    require_match(if_match, (await policies.read_policy(session, policy_id)).version)
    clauses = [clause.draft() for clause in body.clauses]
    version = await policies.draft_version(session, policy_id, clauses, body.note, now=now)
    return VersionOut.model_validate(version.model_dump())


@routes.get(
    "/v1/policies/{policy_id}/versions/{number}",
    operation_id="read_policy_version",
    responses=responses(NotFound),
)
async def read_policy_version(
    policy_id: PolicyId, number: Number, caller: Annotated[Caller, _READ], session: Session
) -> VersionOut:
    """One version of a policy, as decisions cite it. A published one never changes, so it can be kept."""
    version = await policies.read_version(session, policy_id, number, drafts=caller.is_operator)
    return VersionOut.model_validate(version.model_dump())


@routes.post(
    "/v1/policies/{policy_id}/versions/{number}/publish",
    operation_id="publish_policy_version",
    responses=responses(NotFound, VersionPublished, EffectiveInThePast),
    dependencies=[_WRITE],
)
async def publish_policy_version(
    policy_id: PolicyId, number: Number, body: PublishIn, session: Session, service: CurrentService
) -> VersionOut:
    """Date a draft and let it stand. From `effective_from` on, decisions are made and cited under it."""
    version = await policies.publish(session, policy_id, number, body.effective_from, clock=service.clock.now)
    return VersionOut.model_validate(version.model_dump())
