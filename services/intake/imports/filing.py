"""Filing one batch of an import: its rows become reports, or come back with what speaks against them.

All of it is one transaction, which also says that the batch is done: after a crash it was filed whole or not at all.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.intake.accounts.limits import LOCK, SLACK, Limited, LimitReached, use_of
from services.intake.evidence import references
from services.intake.imports.batches import Batch
from services.intake.imports.bodies import RowsWrong, against, body_of
from services.intake.imports.outcome import Outcome, Source, refusals
from services.intake.imports.rows import Row
from services.intake.reports import claim_mismatch
from services.intake.reports.filing import case_of, prepare, with_open_items
from services.intake.reports.findings import blocking, examine
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import named_in
from services.intake.reports.statements import FILE, Filing, arguments, verdict_of
from services.intake.service_levels.estimates import Promises
from services.intake.standing.standing import Standing
from services.intake.standing.standings import Standings
from services.intake.vault.authorities.terms import AT_HAND, RightAtHand
from shared.contracts.ids import AccountId
from shared.runtime.errors import Unavailable

_TRIES = 5
_RIGHTS = f"SELECT {AT_HAND} AS right FROM rights r WHERE id = ANY($1::text[]) AND account_id = $2"


@dataclass
class Draft:
    """Rows that are to become one report, and what the reporter was found to have open already."""

    rows: list[Row]
    open_items: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Filer:
    """Files batches by the rules that every report is filed by."""

    marketplaces: Marketplaces
    promises: Promises
    standings: Standings
    limits: Mapping[Limited, int]

    async def file(self, connection: Any, source: Source, batch: Batch, *, now: datetime) -> Outcome:
        """In the caller's transaction. Raises `Unavailable` where rights change faster than can be followed."""
        outcome = Outcome(refused=refusals(batch.unsound))
        slack = await self._slack(connection, source.sender.account_id)
        drafts = [Draft(rows) for rows in batch.groups]
        found = await self.standings.of(source.sender.account_id, anew=True)
        tries = 0
        while drafts:
            before = outcome.settled
            rights = await _rights(connection, source, drafts)
            prepared: dict[str, Draft] = {}
            filings = []
            reporter = _after(found, reports=outcome.reports, items=outcome.filed)
            for draft in drafts:
                filing = await self._prepare(connection, source, draft, rights, reporter, outcome, now)
                if filing is not None:
                    reporter = _after(reporter, reports=1, items=len(draft.rows))
                    prepared[filing.report_id] = draft
                    filings.append(filing)
                await asyncio.sleep(0)  # whoever files one report meanwhile does not wait for all of these
            drafts = await _state(connection, filings, prepared, outcome, self.limits[Limited.OPEN_REPORTS], slack)
            tries += outcome.settled == before
            if tries == _TRIES:
                raise Unavailable("The rights change faster than the rows can be filed.")
        return outcome

    async def _slack(self, connection: Any, account_id: AccountId) -> int:
        """The slack to file with: none near the limit, where the account's lock is taken first, until the commit."""
        wanted = {Limited.OPEN_REPORTS: self.limits[Limited.OPEN_REPORTS]}
        (use,) = await use_of(connection, account_id, wanted)
        if use.limit - use.used > 2 * SLACK:
            return SLACK
        await connection.execute(LOCK, Limited.OPEN_REPORTS.value, account_id)
        return 0

    async def _prepare(
        self,
        connection: Any,
        source: Source,
        draft: Draft,
        rights: Mapping[str, RightAtHand],
        reporter: Standing,
        outcome: Outcome,
        now: datetime,
    ) -> Filing | None:
        """The report that a draft's rows make, once those that something speaks against are refused."""
        while draft.rows:
            try:
                body = body_of(draft.rows, source.layout, source.defaults)
                right = rights.get(body.right_id)
                case = case_of(body, right, marketplaces=self.marketplaces, now=now, reporter=reporter)
                case = with_open_items(case, draft.open_items)
                if right is not None and claim_mismatch.is_wrong(body, right):
                    case = replace(case, fitting=await claim_mismatch.fitting_rights(connection, body, right, now))
                if case.has_evidence:
                    owner, account_id = right.owner if right else None, source.sender.account_id
                    case = replace(
                        case,
                        evidence=await references.of_report(
                            connection, named_in(body), account_id=account_id, owner=owner, filed_at=now
                        ),
                    )
                findings = examine(case)
                if not (found := blocking(findings)):
                    return prepare(case, findings, source.sender, self.promises, answered=False)
                wrong = against(found)
            except RowsWrong as error:
                wrong = error
            _refuse(draft, wrong, outcome)
        return None


def _after(standing: Standing, *, reports: int, items: int) -> Standing:
    """A reporter's standing once it has filed so much more, which nobody else can see before the batch is done."""
    return replace(standing, filings_today=standing.filings_today + reports, open_items=standing.open_items + items)


def _refuse(draft: Draft, wrong: RowsWrong, outcome: Outcome) -> None:
    """Refuse every row for an error of the whole, else the rows with errors; the others are tried again."""
    left = []
    for index, row in enumerate(draft.rows):
        found = [*wrong.of_all, *wrong.of_rows.get(index, [])]
        if found:
            outcome.refused.append((row, found))
        else:
            left.append(row)
    draft.rows = left


async def _rights(connection: Any, source: Source, drafts: Sequence[Draft]) -> dict[str, RightAtHand]:
    """The rights that drafts name, as they are now, of this account's vault."""
    place = next((place for place, name, _ in source.layout.of_report if name == "right_id"), None)
    named = {draft.rows[0].cells[place] for draft in drafts} if place is not None else set()
    named = {cell.strip() for cell in named if isinstance(cell, str)} | {source.defaults.get("right_id") or ""}
    rows = await connection.fetch(_RIGHTS, list(named), source.sender.account_id)
    return {row["right"]["id"]: RightAtHand.model_validate(row["right"]) for row in rows}


async def _state(
    connection: Any,
    filings: Sequence[Filing],
    prepared: Mapping[str, Draft],
    outcome: Outcome,
    limit: int,
    slack: int,
) -> list[Draft]:
    """File what was prepared; what must be looked at once more comes back.

    Two that name the same listing do not go into one statement: the second is told of the first instead.
    """
    holder: dict[tuple[str, ...], Filing] = {}
    together, later = [], []
    for filing in filings:
        places = filing.places
        if holder.keys().isdisjoint(places):
            together.append(filing)
            holder.update(dict.fromkeys(places, filing))
        else:
            later.append(filing)
    filed, again = set(), []
    values = arguments(together, headers="", limit=limit, slack=slack) if together else ()
    for row in await connection.fetch(FILE, *values) if together else ():
        draft, verdict = prepared[row["report_id"]], verdict_of(row)
        if verdict.over:
            _refuse(draft, RowsWrong({}, [("", LimitReached.code, LimitReached.title)]), outcome)
            continue
        if verdict.filed:
            filed.add(row["report_id"])
            outcome.filed += len(draft.rows)
            outcome.reports += 1
        else:
            draft.open_items = {**draft.open_items, **(verdict.open_items or {})}
            again.append(draft)
    for filing in later:
        draft = prepared[filing.report_id]
        held = {(place[2], place[3]): holder[place].report_id for place in filing.places if place in holder}
        draft.open_items = {**draft.open_items, **{place: one for place, one in held.items() if one in filed}}
        again.append(draft)
    return again
