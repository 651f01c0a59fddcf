"""Filing one batch of an import: its rows become reports, or come back with what speaks against them.

All of it is one transaction, which also says that the batch is done: after a crash it was filed whole or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from services.intake.accounts.limits import LOCKS, SLACK, Limited, LimitReached, use_of
from services.intake.imports import statements
from services.intake.imports.batches import Batch
from services.intake.imports.bodies import RowsWrong, against, body_of
from services.intake.imports.outcome import Outcome, Source, refusals
from services.intake.imports.rows import Row
from services.intake.reports.filing import Draft, Examiner, OpenItems
from services.intake.reports.filing import Outcome as Filed
from services.intake.reports.report_body import ReportIn
from services.intake.standing.standing import Standing
from services.intake.standing.standing_cache import Standings
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.ids import AccountId
from shared.contracts.things import Finding
from shared.runtime.errors import Unavailable
from shared.runtime.statements import Connection

_TRIES = 5


@dataclass
class Group:
    """Rows that are to become one report, and what the reporter was found to have open already."""

    rows: list[Row]
    open_items: OpenItems = field(default_factory=dict)


@dataclass(frozen=True)
class Filer:
    """Files batches by the rules that every report is filed by."""

    examiner: Examiner
    standings: Standings
    limits: Mapping[Limited, int]

    async def file(self, connection: Connection, source: Source, batch: Batch, *, now: datetime) -> Outcome:
        """In the caller's transaction. Raises `Unavailable` where rights change faster than can be followed."""
        outcome = Outcome(refused=refusals(batch.unsound))
        slack = await self._slack(connection, source.sender.account_id)
        groups = [Group(rows) for rows in batch.groups]
        found = await self.standings.of(source.sender.account_id, anew=True)
        limit, tries = self.limits[Limited.OPEN_REPORTS], 0
        while groups:
            before = outcome.settled
            reporter = replace(
                found, filings_today=found.filings_today + outcome.reports, open_items=found.open_items + outcome.filed
            )
            drafts = await _drafts(connection, source, groups, reporter, outcome)
            mend = partial(_without_refused, source, [group for group, _ in drafts], outcome)
            filed = await self.examiner.file_drafts(
                connection, [draft for _, draft in drafts], limit=limit, slack=slack, now=now, mend=mend
            )
            groups = [group for (group, _), one in zip(drafts, filed, strict=True) if not _settled(group, one, outcome)]
            tries += outcome.settled == before
            if tries == _TRIES:
                raise Unavailable("The rights change faster than the rows can be filed.")
        return outcome

    async def _slack(self, connection: Connection, account_id: AccountId) -> int:
        """The slack to file with: none near the limit, where the account's lock is taken first, until the commit."""
        wanted = {Limited.OPEN_REPORTS: self.limits[Limited.OPEN_REPORTS]}
        (use,) = await use_of(connection, account_id, wanted)
        if use.limit - use.used > 2 * SLACK:
            return SLACK
        await LOCKS[Limited.OPEN_REPORTS].take(connection, account_id)
        return 0


async def _drafts(
    connection: Connection, source: Source, groups: Sequence[Group], reporter: Standing, outcome: Outcome
) -> list[tuple[Group, Draft]]:
    """The reports that groups of rows make, once the rows that make none are refused."""
    rights = await _rights(connection, source, groups)
    drafts = []
    for group in groups:
        body = _body(source, group, outcome)
        if body is not None:
            draft = Draft(body, source.sender, rights.get(body.right_id), reporter, group.open_items)
            drafts.append((group, draft))
    return drafts


def _body(source: Source, group: Group, outcome: Outcome) -> ReportIn | None:
    while group.rows:
        try:
            return body_of(group.rows, source.layout, source.defaults)
        except RowsWrong as wrong:
            _refuse(group, wrong, outcome)
    return None


def _without_refused(
    source: Source, groups: Sequence[Group], outcome: Outcome, place: int, found: Sequence[Finding]
) -> ReportIn | None:
    """The report of a group's other rows, once those that findings speak against are refused."""
    _refuse(groups[place], against(found), outcome)
    return _body(source, groups[place], outcome)


def _settled(group: Group, filed: Filed, outcome: Outcome) -> bool:
    """Write down what became of a group's report; False where some of its rows are to be tried again."""
    if filed.filed is not None:
        outcome.filed += len(group.rows)
        outcome.reports += 1
        return True
    if filed.over:
        _refuse(group, RowsWrong({}, [("", LimitReached.code, LimitReached.title)]), outcome)
    group.open_items = {**group.open_items, **filed.open_items}
    return not group.rows


def _refuse(group: Group, wrong: RowsWrong, outcome: Outcome) -> None:
    """Refuse every row for an error of the whole, else the rows with errors; the others are tried again."""
    left = []
    for index, row in enumerate(group.rows):
        found = [*wrong.of_all, *wrong.of_rows.get(index, [])]
        if found:
            outcome.refused.append((row, found))
        else:
            left.append(row)
    group.rows = left


async def _rights(connection: Connection, source: Source, groups: Sequence[Group]) -> dict[str, RightAtHand]:
    """The rights that rows name, as they are now, of this account's vault."""
    place = next((place for place, name, _ in source.layout.of_report if name == "right_id"), None)
    named = {group.rows[0].cells[place] for group in groups} if place is not None else set()
    named = {cell.strip() for cell in named if isinstance(cell, str)} | {source.defaults.get("right_id") or ""}
    rows = await statements.RIGHTS_AT_HAND.all(connection, ids=list(named), account_id=source.sender.account_id)
    return {row["id"]: RightAtHand.model_validate(row) for row in rows}
