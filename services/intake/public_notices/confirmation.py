"""Confirming a notice: it is filed under the right of the vault that it means, or handed on to the operator's desk.

All of it is one transaction that holds the notice: two confirmations at once file it once, and a crash leaves it either
unconfirmed or filed, with the receipt on its way (docs/decisions/0012-public-notices.md).
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake.accounts.limits import LOCKS, Limited, LimitReached, use_of
from services.intake.public_notices import statements
from services.intake.public_notices.errors import NoticeConfirmed, NoticeNotFound
from services.intake.public_notices.hashes import hash_of
from services.intake.public_notices.notice_body import NoticeIn, as_report
from services.intake.public_notices.statements import HeldNotice
from services.intake.reports.filing import Draft, Examiner, OpenItems, ReportBlocked
from services.intake.reports.findings import blocking
from services.intake.reports.notifiers import write_to
from services.intake.reports.sender import Sender
from services.intake.standing.standing import Standing
from services.intake.standing.standing_cache import Standings
from services.intake.tables import SOURCE
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.codes import AccountKind, NoticeState, ReasonCode
from shared.contracts.events import NoticeHandedOn, NoticeLetter
from shared.contracts.events.notices import ClaimedRight, NoticedListing
from shared.contracts.ids import AccountId, ClientId, NoticeId, RightId
from shared.contracts.registration_numbers import normal_form
from shared.contracts.things import Finding, Listing
from shared.runtime import outbox
from shared.runtime.errors import Unavailable
from shared.runtime.statements import Connection

_TRIES = 3
_OF_REPORTER = frozenset({ReasonCode.R_REPORTER_SUSPENDED, ReasonCode.R_REPORTER_LIMIT, ReasonCode.R_DUPLICATE})
"""Codes against the notifier, not against the right that was found."""


@dataclass(frozen=True)
class Confirmer:
    """Confirms notices by the rules that every report is filed by."""

    examiner: Examiner
    standings: Standings
    key: bytes
    most_open: int
    """Reports that one notifier may have open."""

    async def account_of(self, connection: Connection, token: str) -> AccountId:
        """The account of the notifier that a token was sent to. Raises `NoticeNotFound`."""
        account = await statements.ACCOUNT_OF_NOTICE.first(connection, hash=self._digest(token))
        if account is None:
            raise NoticeNotFound
        return AccountId(account)

    async def waiting(self, connection: Connection, token: str, *, now: datetime) -> HeldNotice:
        """The notice that a token would confirm. Raises `NoticeNotFound`, `NoticeConfirmed`."""
        return _confirmable(await statements.NOTICE_TO_CONFIRM.first(connection, hash=self._digest(token)), now)

    def _digest(self, token: str) -> bytes:
        return hash_of(self.key, "confirm", token)

    async def confirm(
        self, connection: Connection, token: str, notice_id: NoticeId | None, standing: Standing, *, now: datetime
    ) -> tuple[NoticeId, NoticeState]:
        """In the caller's transaction. Raises `NoticeNotFound`, `NoticeConfirmed`, `ReportBlocked`, `LimitReached`,
        `Unavailable`.
        """
        held = await statements.HOLD_NOTICE.first(connection, hash=self._digest(token))
        if held is not None and notice_id is not None and held.id != notice_id:
            raise NoticeNotFound
        row = _confirmable(held, now)
        body = NoticeIn.model_validate(row.body)
        report_id = await self._file(connection, body, AccountId(row.account_id), standing, now)
        if report_id is None:
            await outbox.append(connection, [_handed_on(row, body, now)], source=SOURCE, now=now)
        state = NoticeState.HANDED_ON if report_id is None else NoticeState.FILED
        await statements.CONFIRM_NOTICE.run(connection, id=row.id, state=state.value, report_id=report_id, now=now)
        await write_to(connection, [row.id], NoticeLetter.RECEIPT, now=now)
        return NoticeId(row.id), state

    async def _file(
        self, connection: Connection, body: NoticeIn, account_id: AccountId, standing: Standing, now: datetime
    ) -> str | None:
        """The report that the notice becomes; None where there is no right in the vault that it can be filed under."""
        sender = Sender(ClientId.of(account_id.uuid), account_id, AccountKind.PUBLIC, trusted_flagger=False)
        open_items: OpenItems = {}
        await LOCKS[Limited.OPEN_REPORTS].take(connection, account_id)
        for _ in range(_TRIES):
            right = await _meant(connection, body)
            if right is None:
                return None
            draft = Draft(as_report(body, RightId(right.id)), sender, right, standing, open_items)
            (outcome,) = await self.examiner.file_drafts(connection, [draft], limit=self.most_open, slack=0, now=now)
            if outcome.filed is not None:
                return outcome.filed.report_id
            if outcome.against:
                _refuse(draft, blocking(list(outcome.against)))
                return None
            if outcome.over:
                (use,) = await use_of(connection, account_id, {Limited.OPEN_REPORTS: self.most_open})
                raise LimitReached(use)
            open_items = outcome.open_items
        raise Unavailable("The right changes faster than the notice can be filed.")


def _confirmable(row: HeldNotice | None, now: datetime) -> HeldNotice:
    """Raises `NoticeNotFound`, `NoticeConfirmed`."""
    if row is None:
        raise NoticeNotFound
    if row.state != NoticeState.AWAITING_CONFIRMATION:
        raise NoticeConfirmed
    if row.expires_at <= now:
        raise NoticeNotFound
    return row


def _refuse(draft: Draft, against: list[Finding]) -> None:
    """Raise `ReportBlocked` for what speaks against the notifier; what speaks against the right a person looks at."""
    if any(finding.code in _OF_REPORTER for finding in against):
        raise ReportBlocked(against, list(draft.open_items.values()))


async def _meant(connection: Connection, body: NoticeIn) -> RightAtHand | None:
    """The right as its owner keeps it: an agent's record of it stands on an authority that is no notifier's."""
    right, kind = body.right, body.claim.right_type.value
    if right.registration_number and right.office:
        key = normal_form(right.office, body.claim.right_type, right.registration_number)
        found = await statements.MEANT_BY_NUMBER.first(connection, type=kind, number_key=key, office=right.office)
    else:
        found = await statements.MEANT_BY_TITLE.first(connection, type=kind, title=right.title, owner=right.owner)
    return None if found is None else RightAtHand.model_validate(found)


def _handed_on(row: HeldNotice, body: NoticeIn, now: datetime) -> NoticeHandedOn:
    items = [
        NoticedListing(listing=Listing(**place, url=item.url), explanation=item.explanation)
        for place, item in zip(row.listings, body.items, strict=True)
    ]
    return NoticeHandedOn(
        version=row.version + 1, notice_id=NoticeId(row.id), account_id=AccountId(row.account_id),
        claim=body.claim, legal_basis=body.legal_basis, language=body.language, explanation=body.explanation,
        right=ClaimedRight(**body.right.model_dump()), items=items, confirmed_at=now,
    )  # fmt: skip
