"""The severities and the clocks that each of them gives: data that an operator changes."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.spans import Span
from services.escalation.severities import built_in
from services.escalation.severities.tables import SeverityClocks, SeverityRule
from shared.contracts.codes import Severity
from shared.contracts.ids import RuleId
from shared.runtime.errors import NotFound
from shared.runtime.etags import require_match
from shared.runtime.ids import new_id

_READ = "escalation.severities"


async def load_first_set(session: AsyncSession, now: datetime) -> None:
    """Give a new platform its severities and rules. Where severities are there, it has started before."""
    rows = [
        {"severity": severity, **clocks, "version": 1, "updated_at": now}
        for severity, clocks in built_in.CLOCKS.items()
    ]
    # The insert waits for another replica that is doing the same, and then finds its work done.
    statement = insert(SeverityClocks).values(rows).on_conflict_do_nothing().returning(col(SeverityClocks.severity))
    if not (await (await session.connection()).execute(statement)).all():
        return
    session.add_all(
        SeverityRule(
            id=new_id(RuleId),
            name=rule.name,
            expression=rule.expression,
            severity=rule.severity,
            priority=rule.priority,
            created_at=now,
            updated_at=now,
        )
        for rule in built_in.RULES
    )


async def clocks_by_severity(session: AsyncSession) -> dict[Severity, SeverityClocks]:
    """The clocks of every severity, read once in a transaction."""
    known: dict[Severity, SeverityClocks] | None = session.info.get(_READ)
    if known is None:
        known = {row.severity: row for row in (await session.exec(select(SeverityClocks))).all()}
        session.info[_READ] = known
    return known


async def desk_spans(session: AsyncSession, severity: Severity) -> tuple[Span, Span]:
    """The time that the desk has to acknowledge and to resolve an escalation of this severity."""
    row = (await clocks_by_severity(session))[severity]
    return Span.of(row.acknowledge), Span.of(row.resolve)


async def change_clocks(
    session: AsyncSession,
    severity: Severity,
    changes: dict[str, dict[str, int]],
    *,
    if_match: str | None,
    now: datetime,
) -> SeverityClocks:
    """Promise other clocks from now on; those that run already keep what they were given."""
    statement = select(SeverityClocks).where(SeverityClocks.severity == severity).with_for_update()
    row = (await session.exec(statement)).one_or_none()
    if row is None:
        raise NotFound
    require_match(if_match, row.version)
    for name, clock in changes.items():
        setattr(row, name, clock)
    row.version += 1
    row.updated_at = now
    return row


async def count_rules(session: AsyncSession) -> int:
    return (await session.exec(select(func.count()).select_from(SeverityRule))).one()
