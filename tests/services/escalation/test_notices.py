"""Notices without an account that name no right of the vault: matters at the desk that follow the notice."""

import asyncio
from datetime import timedelta

from shared.contracts.codes import Claim, LegalBasis, NoticeOutcome, ReasonCode
from shared.contracts.events import EscalationBreached, EscalationOpened, EscalationResolved, NoticeHandedOn
from shared.contracts.events import NoticeSettled as Settled
from shared.contracts.events.notices import ClaimedRight, NoticedListing
from shared.contracts.ids import AccountId, EventId, NoticeId
from shared.contracts.things import Listing
from shared.runtime.ids import new_id
from tests.services.escalation.conftest import HOUR, Desk


def _handed_on(desk: Desk) -> NoticeHandedOn:
    listing = Listing(marketplace="shop.example", listing_id="9", url="https://shop.example/item/9")
    return NoticeHandedOn(
        version=2, notice_id=new_id(NoticeId), account_id=new_id(AccountId), claim=Claim.COPYRIGHT,
        legal_basis=LegalBasis.DSA, language="en", right=ClaimedRight(title="The Lighthouse", owner="Ada Example"),
        explanation="It is my photograph.", items=[NoticedListing(listing=listing)], confirmed_at=desk.clock.now(),
    )  # fmt: skip


def _settled(desk: Desk, notice: NoticeHandedOn, outcome: NoticeOutcome = NoticeOutcome.REJECTED) -> Settled:
    code = None if outcome is NoticeOutcome.WITHDRAWN else ReasonCode.R_NOT_RIGHTS_HOLDER
    return Settled(
        version=3, notice_id=notice.notice_id, account_id=notice.account_id, outcome=outcome, code=code,
        settled_at=desk.clock.now(),
    )  # fmt: skip


async def test_a_notice_that_was_handed_on_is_one_p3_matter_of_the_operators(desk: Desk) -> None:
    notice, event_id = _handed_on(desk), new_id(EventId)
    await desk.hear(notice, event_id=event_id)
    await desk.hear(notice, event_id=event_id)
    await desk.hear(notice)
    (matter,) = await desk.matters(kind="notice_handed_on")
    assert (matter["severity"], matter["notice_id"], matter["state"]) == ("p3", notice.notice_id, "open")
    assert "The Lighthouse (Ada Example)" in matter["reason"]
    assert matter["listing"] == "https://shop.example/item/9"
    assert "my photograph" not in matter["reason"]
    (opened,) = await desk.recorded(EscalationOpened)
    assert (opened.owner, opened.notice_id) == (None, notice.notice_id)
    assert (await desk.as_("brand").get("/v1/escalations")).json()["data"] == []
    assert matter["acknowledge_due_at"] == "2026-11-24T09:00:00Z"  # one business day
    await desk.pass_(timedelta(days=1) + HOUR)
    (breached,) = await desk.recorded(EscalationBreached)
    assert breached.notice_id == notice.notice_id


async def test_the_matter_follows_the_notice_and_cannot_go_ahead_of_it(desk: Desk) -> None:
    decided, withdrawn = _handed_on(desk), _handed_on(desk)
    for notice in (decided, withdrawn):
        await desk.hear(notice)
    last, first = await desk.matters()
    path = f"/v1/escalations/{first['id']}"
    assert (await desk.operator.post(f"{path}/acknowledge", json={"by": "Dana"})).status_code == 200
    refused = await desk.operator.post(f"{path}/resolve", json={"reason": "Seen."})
    assert (refused.status_code, refused.json()["code"]) == (409, "notice_not_decided")
    for event in (_settled(desk, decided), _settled(desk, withdrawn, NoticeOutcome.WITHDRAWN)):
        await desk.hear(event)
        await desk.hear(event)
    first, last = [(await desk.operator.get(f"/v1/escalations/{matter['id']}")).json() for matter in (first, last)]
    assert (first["state"], first["resolved_by"]) == ("resolved", "marque")
    assert first["resolution"] == "The notice was rejected (R_NOT_RIGHTS_HOLDER)."
    assert (last["state"], last["resolution"]) == ("resolved", "The notice was withdrawn.")
    assert len(await desk.recorded(EscalationResolved)) == 2
    refused = await desk.operator.post(f"{path}/resolve", json={"reason": "Seen."})
    assert refused.json()["code"] == "escalation_already_resolved"


async def test_word_that_comes_in_the_wrong_order_or_at_once_leaves_nothing_open(desk: Desk) -> None:
    early = _handed_on(desk)
    await desk.hear(_settled(desk, early))
    await desk.hear(early)
    assert await desk.matters() == []
    for _ in range(5):
        notice = _handed_on(desk)
        await asyncio.gather(desk.hear(notice), desk.hear(notice), desk.hear(_settled(desk, notice)))
    assert await desk.matters(state="open") == []
