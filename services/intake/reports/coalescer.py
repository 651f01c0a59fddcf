"""Coalesces filing in one process: caches rights, gathers requests that arrive together, files them as one."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from services.intake.accounts.limits import LOCKS, SLACK, Limited, LimitReached, use_of
from services.intake.reports import statements
from services.intake.reports.filing import Draft, Examiner, ReportBlocked, WriteAnswer, prepare
from services.intake.reports.filing_batch import Filing, Verdict, file_batch
from services.intake.reports.findings import examine
from services.intake.reports.report_body import ReportIn
from services.intake.reports.sender import Sender
from services.intake.standing.standing_cache import Standings
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.codes import RightState
from shared.contracts.ids import AccountId, RightId
from shared.contracts.things import Finding
from shared.runtime import outbox
from shared.runtime.away import is_cut
from shared.runtime.clock import Clock
from shared.runtime.coalescing import Coalescer
from shared.runtime.database import Database
from shared.runtime.errors import OutcomeUnknown, Unavailable
from shared.runtime.idempotency import FIND, Answer, KeyInUse, StoredAnswer
from shared.runtime.retrying import until_through
from shared.runtime.statements import Connection

_TRIES = 5
_REMEMBERED = 10_000


class FilingCoalescer:
    """Files reports. One for each process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        examiner: Examiner,
        standings: Standings,
        *,
        at_once: int,
        batches: int,
        limits: Mapping[Limited, int],
        write_answer: WriteAnswer,
    ) -> None:
        """Args:
        limits: what an account may use where nothing is set for it.
        write_answer: writes the answer to a report that is filed.
        at_once: reports that one statement files, at most.
        batches: such statements that run side by side.
        """
        self.examiner = examiner
        self.standings = standings
        self._database = database
        self._clock = clock
        self._limits = limits
        self._write_answer = write_answer
        self._rights: OrderedDict[tuple[str, str], RightAtHand] = OrderedDict()
        self._keys: set[tuple[str, str]] = set()
        self._filings: Coalescer[Filing, Verdict] = Coalescer(
            self._file_together, size=at_once, at_once=batches, apart=lambda filing: filing.places
        )

    async def file(self, body: ReportIn, sender: Sender) -> Answer | StoredAnswer:
        """File a report: the answer, or the one that was given under the same key before.

        Raises `ReportBlocked`, `LimitReached`, and `KeyInUse` while the first request under the key runs.
        """
        if sender.key is None:
            return await self._file(body, sender)
        key = (sender.client_id, sender.key)
        if key in self._keys:
            raise KeyInUse
        self._keys.add(key)
        try:
            return await self._file(body, sender)
        finally:
            self._keys.discard(key)

    async def examine(self, body: ReportIn, sender: Sender) -> list[Finding]:
        """Return the findings of filing the report, without storing anything."""
        account_id = sender.account_id
        listings = self.examiner.marketplaces.listings([one.url for one in body.items])
        named = [place for place in listings if place is not None]
        places = {
            marketplace: [listing_id for of, listing_id in named if of == marketplace]
            for marketplace in {of for of, _ in named}
        }
        reporter = await self.standings.of(account_id)
        async with self._database.pool.acquire() as connection:
            found = await statements.EXAMINED.one(
                connection, account_id=account_id, right_id=body.right_id, places=places
            )
            right = self._seen(account_id, body.right_id, found.right)
            open_items = {(marketplace, listing): report for marketplace, listing, report in found.open_items}
            draft = Draft(body, sender, right, reporter, open_items, listings)
            now = self._clock.now()
            return (await self.examiner.examine_draft(connection, draft, now=now, filing=False)).findings

    async def _file(self, body: ReportIn, sender: Sender) -> Answer | StoredAnswer:
        async with await self.standings.one_at_a_time(sender.account_id):
            return await self._try(body, sender)

    async def _try(self, body: ReportIn, sender: Sender) -> Answer | StoredAnswer:
        right = self._rights.get((sender.account_id, body.right_id))
        for _ in range(_TRIES):
            known, right = right is not None, right or await self._look_up(body.right_id, sender.account_id)
            draft = Draft(body, sender, right, await self.standings.of(sender.account_id, anew=not known))
            examined = await self.examiner.examine_draft(self._database.pool, draft, now=self._clock.now())
            if examined.against and known:
                right = None  # the right, or the reporter's standing, may have changed since it was last seen
                continue
            if examined.against:
                return await self._refuse(examined.findings, sender)
            filing = prepare(
                examined.case, examined.findings, sender, self.examiner.estimates, write_answer=self._write_answer
            )
            verdict = await self._filings.ask(filing)
            if verdict.filed and filing.answer is not None:
                return filing.answer
            if verdict.stored is not None:
                return verdict.stored
            if verdict.busy:
                raise KeyInUse
            if verdict.over:
                raise await self._limit_reached(sender.account_id)
            if verdict.open_items:
                found = examine(replace(examined.case, open_items=verdict.open_items))
                return await self._refuse(found, sender, verdict.open_items)
            right = None  # it is no longer as it was
        raise Unavailable("The right changes faster than the report can be filed.")

    async def _refuse(
        self, findings: list[Finding], sender: Sender, open_items: dict[tuple[str, str], str] | None = None
    ) -> StoredAnswer:
        """Raise `ReportBlocked`, unless the very request was answered before, when the report was still in order."""
        if sender.key is not None:
            stored = await FIND.first(self._database.pool, client_id=sender.client_id, key=sender.key)
            if stored is not None:
                return stored
        raise ReportBlocked(findings, list((open_items or {}).values()))

    async def _limit_reached(self, account_id: AccountId) -> LimitReached:
        async with self._database.pool.acquire() as connection:
            (use,) = await use_of(connection, account_id, {Limited.OPEN_REPORTS: self._limits[Limited.OPEN_REPORTS]})
        return LimitReached(use)

    async def _look_up(self, right_id: RightId, account_id: AccountId) -> RightAtHand | None:
        """The right as it is now, of this account's vault."""
        return self._seen(
            account_id,
            right_id,
            await statements.RIGHT_AT_HAND.first(self._database.pool, account_id=account_id, right_id=right_id),
        )

    def _seen(self, account_id: AccountId, right_id: RightId, kept: Any) -> RightAtHand | None:
        """A right just looked up. Verified ones are remembered."""
        key = (account_id, right_id)
        self._rights.pop(key, None)
        if kept is None:
            return None
        right = RightAtHand.model_validate(kept)
        if right.state is RightState.VERIFIED:
            self._rights[key] = right
            while len(self._rights) > _REMEMBERED:
                self._rights.popitem(last=False)
        return right

    async def _file_together(self, filings: Sequence[Filing]) -> list[Verdict]:
        """File what came at the same moment, in one statement, which is one transaction.

        Those of accounts near their limit are filed after it, in a transaction that holds the accounts' locks.
        """
        verdicts = await self._stated(filings, exactly=False)
        if tight := [filing for filing in filings if verdicts.get(filing.report_id, Verdict()).tight]:
            verdicts |= await self._stated(tight, exactly=True)
        outbox.wake()
        return [verdicts.get(filing.report_id, Verdict()) for filing in filings]

    async def _stated(self, filings: Sequence[Filing], *, exactly: bool) -> dict[str, Verdict]:
        """The verdicts by report. One without a verdict is examined and filed anew."""
        accounts = sorted({filing.account_id for filing in filings}) if exactly else []
        for attempt in range(1, _TRIES + 1):
            try:
                return await until_through(lambda: self._state(filings, accounts), boundary="batch")
            except asyncpg.UniqueViolationError:  # another process has filed about the same listing: see it
                if attempt == _TRIES:
                    raise
        return {}

    async def _state(self, filings: Sequence[Filing], accounts: Sequence[AccountId]) -> dict[str, Verdict]:
        """Execute the statement, holding the locks of these accounts."""
        sent_to: int | None = None
        try:
            async with self._database.pool.acquire() as connection:
                sent_to = connection.get_server_pid()
                return await self._execute(connection, filings, accounts)
        except Exception as error:
            if sent_to is None or not is_cut(error):
                raise
            ids = [filing.report_id for filing in filings]
            filed = await self._database.look_after(OutcomeUnknown(sent_to), statements.FILED, ids=ids)
            if not filed:
                raise  # nothing was stored
            return {report_id: Verdict(filed=True) for report_id in filed}

    async def _execute(
        self, connection: Connection, filings: Sequence[Filing], accounts: Sequence[AccountId]
    ) -> dict[str, Verdict]:
        limit = self._limits[Limited.OPEN_REPORTS]
        if not accounts:
            return await file_batch(connection, filings, limit=limit, slack=SLACK)
        async with connection.transaction():
            for account_id in accounts:
                await LOCKS[Limited.OPEN_REPORTS].take(connection, account_id)
            return await file_batch(connection, filings, limit=limit, slack=0)
