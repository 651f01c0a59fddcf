"""The one way in which reports are examined and filed: over the API, out of a file, or without an account.

`examine_draft` applies the rules to what is so at this moment; preflight is that and no more. `file_drafts` examines
many and files, with one statement in the caller's transaction, those that nothing speaks against. Over the API the two
halves lie apart: each request is examined by itself, and what comes at the same moment is filed together (`coalescer`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.intake.evidence import references
from services.intake.reports import claim_mismatch
from services.intake.reports.filing import OpenItems, case_of, prepare
from services.intake.reports.findings import Case, blocking, examine
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import ReportBody, named_in
from services.intake.reports.sender import Sender
from services.intake.reports.statements import FILE, Filing, arguments, verdict_of
from services.intake.service_levels.estimates import Promises
from services.intake.standing.standing import Standing
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.ids import AccountId
from shared.contracts.things import Finding

Mend = Callable[[int, Sequence[Finding]], ReportBody | None]


@dataclass(frozen=True)
class Draft:
    """A report that somebody sends, with the right that it names and its reporter, as they are known.

    `open_items` are listings about which its reporter was found to have an open report already.
    """

    body: ReportBody
    sender: Sender
    right: RightAtHand | None
    reporter: Standing
    open_items: OpenItems = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """A draft with all that the rules looked at, and what they found."""

    case: Case
    findings: list[Finding]

    @property
    def against(self) -> list[Finding]:
        return blocking(self.findings)


@dataclass(frozen=True)
class Outcome:
    """The fate of a draft: `filed`, or `against` it, or `over` the limit of open reports.

    None of these where what it was examined by has changed meanwhile: its right, or the open items named here.
    """

    filed: Filing | None = None
    against: Sequence[Finding] = ()
    over: bool = False
    open_items: OpenItems = field(default_factory=dict)


@dataclass(frozen=True)
class Examiner:
    """Examines and files drafts by the rules, the marketplaces and the times of decisions. One for each process."""

    marketplaces: Marketplaces
    promises: Promises

    async def examine_draft(self, connection: Any, draft: Draft, *, now: datetime, filing: bool = True) -> Examined:
        """Apply the rules to a draft. To be filed, the evidence that it names stays where it is meanwhile.

        Args:
            connection: asyncpg's, or its pool.
            draft: what is examined.
            now: the time.
            filing: False where it is only looked at.
        """
        body, right = draft.body, draft.right
        case = case_of(body, right, marketplaces=self.marketplaces, now=now, reporter=draft.reporter)
        case = replace(case, open_items=draft.open_items)
        if right is not None and claim_mismatch.is_wrong(body, right):
            case = replace(case, fitting=await claim_mismatch.fitting_rights(connection, body, right, now))
        if case.has_evidence:
            there = await references.of_report(
                connection, named_in(body), account_id=draft.sender.account_id, owner=right.owner if right else None,
                filed_at=now if filing else None,
            )  # fmt: skip
            case = replace(case, evidence=there)
        return Examined(case, examine(case))

    async def file_drafts(
        self,
        connection: Any,
        drafts: Sequence[Draft],
        *,
        limit: int,
        slack: int,
        now: datetime,
        mend: Mend | None = None,
    ) -> list[Outcome]:
        """Examine drafts and file those that nothing speaks against, in the caller's transaction.

        Nobody waits for their answers, and they are kept under no idempotency key. What a draft uses up of its
        reporter's limits counts for those after it; of two that name the same listing the second is told of the first.

        Args:
            connection: asyncpg's, in a transaction.
            drafts: what is to be filed, in this order.
            limit: open reports of an account where nothing is set for it.
            slack: as `statements.arguments` has it; without slack the caller holds the accounts' locks.
            now: the time.
            mend: has the body that is filed in place of one that findings speak against, of the draft at this place.
        """
        outcomes = [Outcome()] * len(drafts)
        prepared: dict[int, Filing] = {}
        used: Counter[tuple[AccountId, str]] = Counter()
        for place, draft in enumerate(drafts):
            account_id = draft.sender.account_id
            reporter = _after(draft.reporter, used[account_id, "reports"], used[account_id, "items"])
            tried = replace(draft, reporter=reporter)
            examined = await self.examine_draft(connection, tried, now=now)
            while examined.against and mend and (body := mend(place, examined.against)) is not None:
                tried = replace(tried, body=body)
                examined = await self.examine_draft(connection, tried, now=now)
            if examined.against:
                outcomes[place] = Outcome(against=examined.findings)
            else:
                prepared[place] = prepare(examined.case, examined.findings, draft.sender, self.promises, answered=False)
                used[account_id, "reports"] += 1
                used[account_id, "items"] += len(tried.body.items)
            await asyncio.sleep(0)  # whoever files one report meanwhile does not wait for all of these
        return await _file(connection, prepared, outcomes, limit=limit, slack=slack)


def _after(standing: Standing, reports: int, items: int) -> Standing:
    """A reporter's standing once it has filed so much more, which nobody else can see before the commit."""
    if not reports:
        return standing
    return replace(standing, filings_today=standing.filings_today + reports, open_items=standing.open_items + items)


async def _file(
    connection: Any, prepared: dict[int, Filing], outcomes: list[Outcome], *, limit: int, slack: int
) -> list[Outcome]:
    """File what was prepared. Two that name the same listing do not go into one statement."""
    holder: dict[tuple[str, ...], Filing] = {}
    together: dict[int, Filing] = {}
    for place, filing in prepared.items():
        if holder.keys().isdisjoint(filing.places):
            together[place] = filing
            holder.update(dict.fromkeys(filing.places, filing))
    verdicts = {}
    if together:
        values = arguments(list(together.values()), headers="", limit=limit, slack=slack)
        verdicts = {row["report_id"]: verdict_of(row) for row in await connection.fetch(FILE, *values)}
    filed = {report_id for report_id, verdict in verdicts.items() if verdict.filed}
    for place, filing in prepared.items():
        if place in together:
            verdict = verdicts[filing.report_id]
            outcomes[place] = Outcome(
                filed=filing if verdict.filed else None, over=verdict.over, open_items=verdict.open_items or {}
            )
        else:
            held = {(one[2], one[3]): holder[one].report_id for one in filing.places if one in holder}
            outcomes[place] = Outcome(open_items={one: report for one, report in held.items() if report in filed})
    return outcomes
