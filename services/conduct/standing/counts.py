"""Outcomes of a reporter's items, counted by day as decisions come, so that every window costs the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing import statements
from services.conduct.standing.reporters import rate_again
from services.conduct.standing.terms import MOST_DAYS
from services.conduct.standing.tiers import Counts
from shared.contracts.codes import Claim, ReasonCode, Verdict
from shared.contracts.events import DecisionMade, DecisionReversed
from shared.runtime.locks import Lock

Place = tuple[str, date, str, str, int, int, int]
"""An account, a day, a claim and a code, and what one item adds there: decided, accepted, overturned."""


@dataclass(frozen=True)
class Decided:
    """One item that got its outcome just now."""

    item_id: str
    account_id: str
    claim: str
    code: ReasonCode
    decision_id: str
    filed_at: datetime
    decided_at: datetime

    @classmethod
    def of(cls, decisions: Iterable[DecisionMade]) -> list[Self]:
        """The items of these decisions, each of which may have been counted before."""
        return [
            cls(
                item.item_id, item.account_id, item.claim, decision.code, decision.decision_id, item.submitted_at,
                decision.decided_at,
            )
            for decision in decisions
            for item in decision.items
        ]  # fmt: skip


@dataclass(frozen=True)
class Sum:
    """Outcomes of the items of one claim whose decision has one code."""

    claim: Claim
    code: ReasonCode
    counts: Counts


def added(sums: Iterable[Sum]) -> Counts:
    """All of them together."""
    found = list(sums)
    return Counts(
        sum(one.counts.decided for one in found),
        sum(one.counts.accepted for one in found),
        sum(one.counts.overturned for one in found),
    )


async def count(session: AsyncSession, decisions: Sequence[DecisionMade], *, now: datetime) -> list[Decided]:
    """Count the items of these decisions, each item once, and return those that were counted."""
    connection = await session.connection()
    ids = sorted({decision.decision_id for decision in decisions})
    await Lock.DECISION.take_all(connection, ids)
    found = Decided.of(decisions)
    await rate_again(session, {item.account_id for item in found}, now=now)
    decided = await _keep(session, found)
    rows = await statements.REVERSALS_OF.all(connection, ids=ids)
    reversed_to = {(row.decision_id, row.account_id): Verdict(row.verdict) for row in rows}
    tally: Counter[Place] = Counter()
    for item in decided:
        standing = reversed_to.get((item.decision_id, item.account_id))
        place = (item.account_id, _day(item.decided_at), item.claim, item.code.value)
        tally[(*place, 1, *_effect(item.code, standing))] += 1
    await _add(session, tally)
    return decided


async def uncount(session: AsyncSession, reversal: DecisionReversed, *, now: datetime) -> None:
    """Put right what was counted of a decision that did not stand, or what will be once its event comes in."""
    connection = await session.connection()
    await Lock.DECISION.take(connection, reversal.decision_id)
    await rate_again(session, [reversal.account_id], now=now)
    row = await statements.KEEP_REVERSAL.first(
        connection,
        decision_id=reversal.decision_id,
        account_id=reversal.account_id,
        verdict=reversal.verdict.value,
        reversed_at=reversal.reversed_at,
    )
    if row is None:
        return
    was = Verdict(row.was) if row.was else None
    whose = {"decision_id": reversal.decision_id, "account_id": reversal.account_id}
    tally: Counter[Place] = Counter()
    for item in await statements.COUNTED_ITEMS.all(connection, **whose):
        code = ReasonCode(item.code)
        before, after = _effect(code, was), _effect(code, reversal.verdict)
        place = (reversal.account_id, _day(item.decided_at), item.claim, item.code)
        tally[(*place, 0, after[0] - before[0], after[1] - before[1])] += 1
    await _add(session, tally)


async def _keep(session: AsyncSession, found: Sequence[Decided]) -> list[Decided]:
    """Keep the items, and return those that were not there, each once."""
    first = list({item.item_id: item for item in reversed(found)}.values())
    values = {
        "items": [item.item_id for item in first],
        "decisions": [item.decision_id for item in first],
        "accounts": [item.account_id for item in first],
        "claims": [item.claim for item in first],
        "codes": [item.code.value for item in first],
        "times": [item.decided_at for item in first],
    }
    new = set(await statements.KEEP_DECIDED_ITEMS.all(session, **values))
    return [item for item in first if item.item_id in new]


async def sums(session: AsyncSession, account_id: str, *, window_days: int, now: datetime) -> list[Sum]:
    """Return the outcomes of an account's items decided in the last days, by claim and code."""
    values = {"account_id": account_id, "since": since(window_days, now)}
    rows = await statements.SUMS_BY_CLAIM.all(session, **values)
    return [
        Sum(Claim(row.claim), ReasonCode(row.code), Counts(row.decided, row.accepted, row.overturned)) for row in rows
    ]


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drop the days that no window reaches back to."""
    connection = await session.connection()
    await statements.FORGET_DAYS.run(connection, before=since(MOST_DAYS, now))
    await statements.FORGET_DECIDED_ITEMS.run(connection, before=now - timedelta(days=MOST_DAYS))


def since(window_days: int, now: datetime) -> date:
    """The day before the first of the window; today is its last."""
    return _day(now) - timedelta(days=window_days)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _effect(code: ReasonCode, reversed_to: Verdict | None) -> tuple[int, int]:
    """Return how an item counts: as accepted, as overturned."""
    accepted = code.accepts if reversed_to is None else reversed_to is Verdict.ACCEPTED
    return int(accepted), int(code.accepts and not accepted)


async def _add(session: AsyncSession, tally: Counter[Place]) -> None:
    places: dict[tuple[str, date, str, str], list[int]] = {}
    for (account, day, claim, code, *ones), items in tally.items():
        row = places.setdefault((account, day, claim, code), [0, 0, 0])
        for place, one in enumerate(ones):
            row[place] += one * items
    if not places:
        return
    columns = [list(column) for column in zip(*((*place, *row) for place, row in places.items()), strict=True)]
    names = ("accounts", "days", "claims", "codes", "decided", "accepted", "overturned")
    await statements.ADD_TO_DAYS.run(session, **dict(zip(names, columns, strict=True)))
