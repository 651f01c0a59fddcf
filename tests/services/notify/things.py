"""Events as other services would publish them, and receivers as partners would run them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from shared.contracts.codes import (
    AccountKind,
    Claim,
    LegalBasis,
    MediaType,
    ReasonCode,
    ReportState,
    RightState,
    RightType,
    Verdict,
)
from shared.contracts.events import DecisionMade, ReportCompleted, ReportSubmitted
from shared.contracts.ids import AccountId, DecisionId, ItemId, JudgementId, PolicyId, ReportId, RightId, TaskId
from shared.contracts.things import ClauseCitation, Listing, Owner, ReportedItem, Reporter, RightSnapshot, TaskItem
from shared.runtime.ids import new_id

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SECRET_WORDS = ("Jane Doe", "jane@doe.example", "Jane's own photograph")
"""Personal data that must not come out in a statement of reasons."""


def completed(account_id: str, *, report_id: ReportId | None = None, version: int = 1) -> ReportCompleted:
    return ReportCompleted(
        version=version,
        report_id=report_id or new_id(ReportId),
        account_id=AccountId(account_id),
        state=ReportState.ACCEPTED,
        items=[],
        completed_at=AT,
    )


def right(account_id: str, kind: RightType = RightType.TRADEMARK, **changes: Any) -> RightSnapshot:
    values: dict[str, Any] = {
        "id": new_id(RightId),
        "version": 1,
        "account_id": account_id,
        "type": kind,
        "title": SECRET_WORDS[2],
        "state": RightState.VERIFIED,
        "owner": Owner(name=SECRET_WORDS[0], country="DE"),
        "territories": ["EU"],
        "office": "EUIPO",
        "registration_number": "018012345",
    }
    return RightSnapshot(**{**values, **changes})


def item(account_id: str, **changes: Any) -> TaskItem:
    values: dict[str, Any] = {
        "report_id": new_id(ReportId),
        "item_id": new_id(ItemId),
        "account_id": account_id,
        "claim": Claim.TRADEMARK,
        "legal_basis": LegalBasis.DSA,
        "explanation": f"Write to {SECRET_WORDS[1]} for more",
        "submitted_at": AT,
    }
    return TaskItem(**{**values, **changes})


def decision(account_id: str, **changes: Any) -> DecisionMade:
    kind = changes.pop("right_type", RightType.TRADEMARK)
    clause = ClauseCitation(policy_id=new_id(PolicyId), version=3, code="TM-2.1", title="Use of a mark", text="Not so.")
    values: dict[str, Any] = {
        "version": 1,
        "decision_id": new_id(DecisionId),
        "account_id": account_id,
        "task_id": new_id(TaskId),
        "round": 1,
        "judgement_ids": [new_id(JudgementId)],
        "verdict": Verdict.ACCEPTED,
        "code": ReasonCode.A_COUNTERFEIT,
        "clauses": [clause],
        "items": [item(account_id)],
        "listing": Listing(
            marketplace="shop",
            listing_id="9001",
            url="https://shop.example/jane-doe/9001",
            media_type=changes.pop("media_type", MediaType.LISTING),
        ),
        "right": right(account_id, kind),
        "right_type": kind,
        "decided_at": AT,
    }
    return DecisionMade(**{**values, **changes})


def submitted(account_id: str, report_id: ReportId, *, trusted: bool) -> ReportSubmitted:
    listing = Listing(marketplace="shop", listing_id="9001", url="https://shop.example/item/9001")
    return ReportSubmitted(
        version=1,
        report_id=report_id,
        account_id=AccountId(account_id),
        reporter=Reporter(account_id=AccountId(account_id), kind=AccountKind.BRAND, trusted_flagger=trusted),
        right=right(account_id),
        claim=Claim.TRADEMARK,
        legal_basis=LegalBasis.DSA,
        language="en",
        markets=["DE"],
        explanation="It copies the mark on other goods.",
        items=[ReportedItem(item_id=new_id(ItemId), listing=listing)],
        submitted_at=AT,
    )


Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """A partner's server on loopback. `answers` are given in turn, the last again and again."""

    answers: list[int | Answering] = field(default_factory=lambda: [204])
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    at_once: int = 0
    most_at_once: int = 0

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.received.append(({name.lower(): value for name, value in request.headers.items()}, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return web.Response(status=answer) if isinstance(answer, int) else await answer(request)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def receiving(*answers: int | Answering) -> AsyncIterator[Receiver]:
    receiver = Receiver(answers=list(answers) or [204])
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def never(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError
