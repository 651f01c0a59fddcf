"""What a reporter does about a report after filing it: answers a question, takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.evidence.naming import use
from services.intake.domain.progress import Docket, move, open_docket, settle
from services.intake.domain.public_notices.following import open_again
from services.intake.domain.states import ItemStep, item_after, report_state
from services.intake.tables import Report, ReportItem
from shared.contracts.codes import ItemState
from shared.contracts.events import ReportInformationProvided, ReportReopened, ReportWithdrawn
from shared.contracts.ids import EvidenceId, ItemId, ReportId
from shared.runtime.database import driver
from shared.runtime.errors import Conflict, FieldError, Invalid
from shared.runtime.outbox import record


class ItemsClosed(Conflict):
    """What is to be withdrawn has its outcome already, or was withdrawn."""

    code = "items_closed"
    title = "The items have their outcome already"


class NothingAsked(Conflict):
    """Nobody waits for information about these items."""

    code = "nothing_asked"
    title = "No information is asked for"


class NothingToReopen(Conflict):
    """No item was closed for want of an answer."""

    code = "nothing_to_reopen"
    title = "Nothing is closed for want of an answer"


class ReopeningOver(Conflict):
    """The time in which an item can be reopened is over."""

    code = "reopening_over"
    title = "The time to reopen it is over"


class ReportedAnew(Conflict):
    """The listing was reported anew, under the same right, since the item was closed."""

    code = "reported_anew"
    title = "The listing has been reported anew since"


async def withdraw(
    session: AsyncSession, report_id: ReportId, item_ids: Sequence[ItemId] | None, *, account_id: str, now: datetime
) -> Report:
    """Take a report back, whole or some items of it. Raises `ReportNotFound`, `Invalid`, `ItemsClosed`."""
    docket = await open_docket(session, report_id, now=now, account_id=account_id)
    items = _chosen(docket, item_ids, ItemStep.WITHDRAW)
    if not items:
        raise ItemsClosed("Items that were decided or withdrawn stay as they are.")
    for item in items:
        move(session, docket, item, ItemStep.WITHDRAW)
    event = ReportWithdrawn(
        version=docket.next_version(),
        report_id=docket.report_id,
        account_id=docket.account_id,
        item_ids=[ItemId(item.id) for item in items],
        state=report_state(ItemState(item.state) for item in docket.items.values()),
    )
    record(session, event, now=now)
    await settle(session, [docket])
    return docket.report


@dataclass(frozen=True)
class Reply:
    """What a reporter says to a reviewer's question: about these items, or all that it can be about."""

    item_ids: Sequence[ItemId] | None
    explanation: str
    evidence_ids: Sequence[EvidenceId] = ()


async def provide_information(
    session: AsyncSession, report_id: ReportId, reply: Reply, *, account_id: str, now: datetime
) -> Report:
    """Answer what a reviewer asked. Raises `ReportNotFound`, `Invalid`, `NothingAsked`."""
    docket = await _open_for(reply, session, report_id, account_id=account_id, now=now)
    items = _chosen(docket, reply.item_ids, ItemStep.INFORM)
    if not items:
        raise NothingAsked("Information can be given about items that are in needs_information.")
    return await _reply(session, docket, items, reply, ItemStep.INFORM, ReportInformationProvided)


async def reopen(session: AsyncSession, report_id: ReportId, reply: Reply, *, account_id: str, now: datetime) -> Report:
    """Answer what a reviewer asked after the items were closed for want of an answer.

    Raises `ReportNotFound`, `Invalid`, `NothingToReopen`, `ReopeningOver`, `ReportedAnew`.
    """
    docket = await _open_for(reply, session, report_id, account_id=account_id, now=now)
    items = _chosen(docket, reply.item_ids, ItemStep.REOPEN)
    if not items:
        raise NothingToReopen("Only items that are closed can be reopened.")
    late = [item for item in items if item.reopen_until is None or item.reopen_until < now]
    if late:
        raise ReopeningOver(f"The item {late[0].id} could be reopened until {late[0].reopen_until:%Y-%m-%dT%H:%M:%SZ}.")
    try:
        report = await _reply(session, docket, items, reply, ItemStep.REOPEN, ReportReopened)
    except IntegrityError as error:
        raise ReportedAnew("Follow the report that is open, or withdraw the item there first.") from error
    await open_again(session, report_id)
    return report


async def _open_for(
    reply: Reply, session: AsyncSession, report_id: ReportId, *, account_id: str, now: datetime
) -> Docket:
    """Hold the report that a reply is about, and keep the evidence that it brings."""
    docket = await open_docket(session, report_id, now=now, account_id=account_id)
    await use(
        await driver(session), reply.evidence_ids, account_id=docket.account_id, used_by=docket.report_id,
        right_id=docket.report.right_id, pointer="/evidence_ids/{n}", now=now,
    )  # fmt: skip
    return docket


async def _reply(
    session: AsyncSession,
    docket: Docket,
    items: Sequence[ReportItem],
    reply: Reply,
    step: ItemStep,
    told_as: type[ReportInformationProvided | ReportReopened],
) -> Report:
    for item in items:
        move(session, docket, item, step, note=reply.explanation)
    event = told_as(
        version=docket.next_version(),
        report_id=docket.report_id,
        account_id=docket.account_id,
        item_ids=[ItemId(item.id) for item in items],
        explanation=reply.explanation,
        evidence_ids=list(reply.evidence_ids),
    )
    record(session, event, now=docket.now)
    await settle(session, [docket])
    return docket.report


def _chosen(docket: Docket, item_ids: Sequence[ItemId] | None, step: ItemStep) -> list[ReportItem]:
    """The items meant: those named, which must all be able to take the step, or all that can."""
    able = {item.id: item for item in docket.items.values() if item_after(ItemState(item.state), step)}
    if item_ids is None:
        return list(able.values())
    strangers = [
        FieldError(f"/item_ids/{index}", "item_not_found", "This report has no such item.")
        for index, item_id in enumerate(item_ids)
        if item_id not in docket.items
    ]
    if strangers:
        raise Invalid(errors=strangers)
    chosen = dict.fromkeys(item_ids)
    return [able[item_id] for item_id in chosen] if able.keys() >= chosen.keys() else []
