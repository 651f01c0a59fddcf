"""Bodies of notices by people without an account, and the idempotency of their requests."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import Request, Response
from pydantic import ConfigDict, Field

from services.intake.public_notices.notice_body import MOST_LISTINGS, NamedRightIn, NoticedItemIn
from services.intake.reports.replies import Reply
from services.intake.reports.schemas import MOST_FINDINGS
from shared.contracts.codes import Claim, ItemState, LegalBasis, NoticeState, ReasonCode, Verdict
from shared.contracts.ids import AccountId, ItemId, NoticeId, ReportId
from shared.contracts.withdrawal_codes import Withdrawal
from shared.runtime import idempotency
from shared.runtime.context import Service
from shared.runtime.findings import FindingOut
from shared.runtime.inputs import Input, Output, Prose

Language = Literal["en", "de", "fr"]
Token = Annotated[str, Field(min_length=20, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
_TRIES = 3
_MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class NoticeTakenOut(Output):
    """A notice that waits for its confirmation by mail."""

    id: NoticeId
    state: NoticeState
    findings: Annotated[list[FindingOut], Field(max_length=MOST_FINDINGS)] = []


class ConfirmationIn(Input):
    """The token that was sent by mail."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "3q2-7wR0bFq1kYd5nC8mZxVtLsJhGpEaUoIyTrWqXcB"}]}
    )

    token: Token


class TokenFormIn(ConfirmationIn):
    """The form of a button."""

    language: Language = "en"


class NoticedItemOut(Output):
    """One listing of a notice, and how it stands."""

    id: ItemId | None = Field(None, description="What an answer can name it by; null where the notice was handed on")
    url: Annotated[str, Field(max_length=2048)]
    state: ItemState
    code: ReasonCode | None = None
    public_reason: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="Why it was decided so, in words"
    )
    expected_decision_at: datetime | None = None
    question: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="What the reviewer asks, where more is said than the code"
    )
    answer_due_at: datetime | None = Field(
        None, description="While it needs information: closed then without an answer"
    )
    reopen_until: datetime | None = Field(None, description="Once it is closed: until then the answer reopens it")
    withdrawal: Withdrawal | None = Field(
        None, description="Whether the withdrawal asked for was granted, or came after a decision, which stands"
    )


MeantItems = Annotated[list[ItemId], Field(min_length=1, max_length=MOST_LISTINGS)]


class NoticeAnswerIn(Input):
    """The answer to a reviewer's question, about some listings or about all that were asked about."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"explanation": "The seam is glued; ours is sewn, as the photo shows."}]}
    )

    item_ids: MeantItems | None = None
    explanation: Annotated[Prose, Field(min_length=1, max_length=10_000)]

    def reply(self) -> Reply:
        return Reply(self.item_ids, self.explanation)


class AnswerFormIn(TokenFormIn):
    """The form of a text box."""

    explanation: Annotated[Prose, Field(min_length=1, max_length=10_000)]


class NoticeWithdrawalIn(Input):
    """The listings to withdraw: some, or all that are open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"item_ids": ["itm_01j9zq4m2te5rv8c3kx7w0nh6b"]}]})

    item_ids: MeantItems | None = None


class NoticeOut(Output):
    """A notice as its notifier follows it."""

    id: NoticeId
    state: NoticeState
    created_at: datetime
    confirmed_at: datetime | None = None
    completed_at: datetime | None = None
    items: Annotated[list[NoticedItemOut], Field(max_length=MOST_LISTINGS)]
    note: Annotated[str, Field(max_length=2000)] | None = None
    redress: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="What can be done against the decision (DSA Art. 16(5)); once it is made"
    )


class PublicNoticeOut(Output):
    """A confirmed notice as the operator sees it."""

    id: NoticeId
    state: NoticeState
    account_id: AccountId = Field(description="The same for all notices of one e-mail address")
    report_id: ReportId | None = None
    claim: Claim
    legal_basis: LegalBasis
    right: NamedRightIn
    items: Annotated[list[NoticedItemIn], Field(max_length=MOST_LISTINGS)]
    explanation: Annotated[str, Field(max_length=10_000)]
    language: Annotated[str, Field(max_length=16)]
    verdict: Verdict | None = None
    code: ReasonCode | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    created_at: datetime
    confirmed_at: datetime | None = None
    completed_at: datetime | None = None


class NoticeDecisionIn(Input):
    """The operator's answer to a notice that was handed on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "rejected", "code": "R_NOT_RIGHTS_HOLDER"}]})

    verdict: Verdict
    code: ReasonCode
    note: Annotated[Prose, Field(max_length=2000)] | None = Field(None, description="Shown to the notifier")


async def once(
    service: Service, request: Request, address: str, work: Callable[[Any], Awaitable[Response]]
) -> Response:
    """Do the work of a request without a key in one transaction; its `Idempotency-Key` is that of the address."""
    key = await idempotency.key_of(request, f"visitor {address}")
    for attempt in range(1, _TRIES + 1):
        try:
            async with service.database.direct() as connection:
                first = await idempotency.begin(connection, key) if key else None
                if first is not None:
                    return first
                answer = await work(connection)
                if key is not None:
                    await idempotency.keep(connection, key, answer, service.clock.now())
        except _MET:
            if attempt == _TRIES:
                raise
        else:
            return answer
    raise AssertionError("the last attempt returns or raises")
