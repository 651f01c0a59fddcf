"""What the service asks of its database all day never scans a table, however much is stored."""

from typing import Any

import pytest
from sqlalchemy import event

from services.escalation.clocks import item_clocks
from services.escalation.clocks.item_clocks import ItemRef
from services.escalation.escalations import desk as desk_domain
from services.escalation.escalations import escalations, notices
from services.escalation.triage import consequences
from shared.contracts.codes import AccountKind, EscalationState, NoticeOutcome
from shared.contracts.events import NoticeSettled
from shared.contracts.ids import AccountId, EscalationId, NoticeId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from tests.services.escalation.conftest import HOUR, Desk, Filed

TABLES = ("item_clocks", "escalations", "escalation_history")


def settled_notice() -> NoticeSettled:
    return NoticeSettled(
        version=3, notice_id=new_id(NoticeId), account_id=new_id(AccountId), outcome=NoticeOutcome.REJECTED,
        settled_at=SystemClock().now(),
    )  # fmt: skip


async def _work(session: Any, filed: Filed, matter: EscalationId, which: str) -> None:
    account = filed.account_id
    match which:
        case "an event about items":
            await item_clocks.hold(session, [ItemRef(i, filed.report_id, account) for i in filed.item_ids])
        case "the clocks of a report":
            await item_clocks.of_report(session, filed.report_id)
        case "the open matter of a report":
            await desk_domain._join(session, filed.report_id)
        case "the items of a matter":
            await escalations.items_of(session, matter)
        case "the history of a matter":
            await session.exec(escalations.history(matter).limit(50))
        case "open matters":
            everything = escalations.visible_to(account, AccountKind.MARKETPLACE)
            statement = escalations.select_escalations(everything, states=[EscalationState.OPEN])
            await session.exec(statement.order_by("id").limit(50))
        case "what a reporter sees" | "what a regulator sees":
            kind = AccountKind.BRAND if "reporter" in which else AccountKind.REGULATOR
            await session.exec(escalations.select_escalations(escalations.visible_to(account, kind)).limit(50))
        case "the matter of a notice":
            await notices.settle_notice(session, settled_notice(), now=SystemClock().now())
        case "one matter":
            await desk_domain.hold(session, matter)


@pytest.mark.parametrize(
    "which",
    [
        "an event about items",
        "the clocks of a report",
        "the open matter of a report",
        "the items of a matter",
        "the history of a matter",
        "open matters",
        "what a reporter sees",
        "what a regulator sees",
        "the matter of a notice",
        "one matter",
    ],
)
async def test_it_reads_by_an_index(desk: Desk, which: str) -> None:
    filed = desk.file(items=3, trusted_flagger=True)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR)
    (matter,) = await desk.matters()
    asked: list[tuple[str, Any]] = []

    def keep(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        asked.append((statement, parameters))

    engine = desk.running.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        async with desk.running.database.transaction() as session:
            await _work(session, filed, EscalationId(matter["id"]), which)
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    reads = [(s, p) for s, p in asked if any(f"FROM {table}" in s for table in TABLES)]
    assert reads
    async with desk.running.database.pool.acquire() as connection:
        await connection.execute("SET enable_seqscan = off")
        for statement, parameters in reads:
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *parameters))
            assert "Seq Scan" not in plan, plan
        await connection.execute("RESET enable_seqscan")


async def test_one_timer_looks_after_a_whole_report(desk: Desk) -> None:
    filed = desk.file(items=50)
    await desk.hear(filed.submitted())
    async with desk.running.database.pool.acquire() as connection:
        kinds = await connection.fetch("SELECT kind, subject FROM timers")
    assert [tuple(row) for row in kinds] == [(consequences.TIMER, filed.report_id)]
