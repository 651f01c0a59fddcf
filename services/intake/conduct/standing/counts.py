"""Outcomes of a reporter's items, counted by day as decisions come, so that every window costs the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.conduct.standing.terms import MOST_DAYS
from services.intake.conduct.standing.tiers import Counts
from shared.contracts.codes import Claim, ReasonCode, Verdict
from shared.contracts.events import DecisionReversed

_ADD = text("""
INSERT INTO standing_days AS d (account_id, day, claim, code, decided, accepted, overturned)
SELECT * FROM unnest(
    CAST(:accounts AS text[]), CAST(:days AS date[]), CAST(:claims AS text[]), CAST(:codes AS text[]),
    CAST(:decided AS bigint[]), CAST(:accepted AS bigint[]), CAST(:overturned AS bigint[])
) ORDER BY 1, 2, 3, 4
ON CONFLICT (account_id, day, claim, code) DO UPDATE
SET decided = d.decided + excluded.decided, accepted = d.accepted + excluded.accepted,
    overturned = d.overturned + excluded.overturned
""")
_REVERSED = text("""
SELECT decision_id, account_id, verdict FROM reversals WHERE decision_id = ANY(CAST(:ids AS text[]))
""")
_LOCK_DECISION = text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 7311))")
_KEEP_REVERSAL = text("""
INSERT INTO reversals AS r (decision_id, account_id, verdict, reversed_at)
VALUES (:decision_id, :account_id, :verdict, :reversed_at)
ON CONFLICT (decision_id, account_id) DO UPDATE SET verdict = excluded.verdict, reversed_at = excluded.reversed_at
WHERE r.reversed_at < excluded.reversed_at RETURNING old.verdict AS was
""")
_COUNTED = text("""
SELECT r.claim, i.code, i.decided_at FROM report_items i JOIN reports r ON r.id = i.report_id
WHERE i.decision_id = :decision_id AND i.account_id = :account_id AND i.code IS NOT NULL
""")
_SUMS = text("""
SELECT claim, code, sum(decided)::bigint AS decided, sum(accepted)::bigint AS accepted,
       sum(overturned)::bigint AS overturned
FROM standing_days WHERE account_id = :account_id AND day > :since GROUP BY claim, code ORDER BY claim, code
""")
_FORGET = text("DELETE FROM standing_days WHERE day < :before")


@dataclass(frozen=True)
class Decided:
    """One item that got its outcome just now."""

    account_id: str
    claim: str
    code: ReasonCode
    decision_id: str
    filed_at: datetime
    decided_at: datetime


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


async def count(session: AsyncSession, decided: Sequence[Decided]) -> None:
    """Count items that were decided. Whoever calls holds their decisions, so that none is reversed meanwhile."""
    if not decided:
        return
    connection = await session.connection()
    rows = await connection.execute(_REVERSED, {"ids": sorted({item.decision_id for item in decided})})
    reversed_to = {(row.decision_id, row.account_id): Verdict(row.verdict) for row in rows}
    tally: Counter[tuple[Any, ...]] = Counter()
    for item in decided:
        standing = reversed_to.get((item.decision_id, item.account_id))
        place = (item.account_id, _day(item.decided_at), item.claim, item.code.value)
        tally[(*place, 1, *_effect(item.code, standing))] += 1
    await _add(session, tally)


async def uncount(session: AsyncSession, reversal: DecisionReversed) -> None:
    """A decision did not stand: what was counted of it is put right, or will be once its event comes in."""
    connection = await session.connection()
    await connection.execute(_LOCK_DECISION, {"id": reversal.decision_id})
    kept = await connection.execute(
        _KEEP_REVERSAL,
        {
            "decision_id": reversal.decision_id,
            "account_id": reversal.account_id,
            "verdict": reversal.verdict.value,
            "reversed_at": reversal.reversed_at,
        },
    )
    row = kept.first()
    if row is None:
        return
    was = Verdict(row.was) if row.was else None
    whose = {"decision_id": reversal.decision_id, "account_id": reversal.account_id}
    tally: Counter[tuple[Any, ...]] = Counter()
    for item in await connection.execute(_COUNTED, whose):
        code = ReasonCode(item.code)
        before, after = _effect(code, was), _effect(code, reversal.verdict)
        place = (reversal.account_id, _day(item.decided_at), item.claim, item.code)
        tally[(*place, 0, after[0] - before[0], after[1] - before[1])] += 1
    await _add(session, tally)


async def sums(session: AsyncSession, account_id: str, *, window_days: int, now: datetime) -> list[Sum]:
    """Return the outcomes of an account's items decided in the last days, by claim and code."""
    values = {"account_id": account_id, "since": since(window_days, now)}
    rows = await (await session.connection()).execute(_SUMS, values)
    return [
        Sum(Claim(row.claim), ReasonCode(row.code), Counts(row.decided, row.accepted, row.overturned)) for row in rows
    ]


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drop the days that no window reaches back to."""
    await (await session.connection()).execute(_FORGET, {"before": since(MOST_DAYS, now)})


def since(window_days: int, now: datetime) -> date:
    """The day before the first of the window; today is its last."""
    return _day(now) - timedelta(days=window_days)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _effect(code: ReasonCode, reversed_to: Verdict | None) -> tuple[int, int]:
    """Return how an item counts: as accepted, as overturned."""
    accepted = code.accepts if reversed_to is None else reversed_to is Verdict.ACCEPTED
    return int(accepted), int(code.accepts and not accepted)


async def _add(session: AsyncSession, tally: Counter[tuple[Any, ...]]) -> None:
    places: dict[tuple[Any, ...], list[int]] = {}
    for (account, day, claim, code, *ones), items in tally.items():
        row = places.setdefault((account, day, claim, code), [0, 0, 0])
        for place, one in enumerate(ones):
            row[place] += one * items
    if not places:
        return
    columns = [list(column) for column in zip(*((*place, *row) for place, row in places.items()), strict=True)]
    names = ("accounts", "days", "claims", "codes", "decided", "accepted", "overturned")
    await (await session.connection()).execute(_ADD, dict(zip(names, columns, strict=True)))
