"""Severity and due dates, as reports come in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.events import ReportTriaged
from shared.contracts.events.escalations import EscalationOpened, EscalationWarned
from tests.services.escalation.conftest import HOUR, MINUTE, MONDAY, Desk


@pytest.mark.parametrize(
    ("report", "severity"),
    [
        ({"kind": "regulator"}, "p0"),
        ({"claim": "counterfeit", "right_type": "trademark", "nice_classes": (25, 28)}, "p0"),
        ({"claim": "trademark", "right_type": "trademark", "nice_classes": (28,)}, "p2"),
        ({"claim": "counterfeit", "right_type": "trademark", "nice_classes": (9, 25)}, "p2"),
        ({"trusted_flagger": True}, "p1"),
        ({"media_types": ("livestream",)}, "p1"),
        ({"trusted_flagger": True, "kind": "regulator"}, "p0"),
        ({"tier": "express"}, "p1"),
        ({"tier": "trusted"}, "p2"),
        ({"tier": "restricted"}, "p3"),
        ({"claim": "copyright"}, "p3"),
        ({"claim": "patent", "right_type": "patent"}, "p3"),
    ],
)
async def test_the_first_rules_give_each_kind_of_report_its_severity(
    desk: Desk, report: dict[str, Any], severity: str
) -> None:
    filed = desk.file(**report)
    await desk.hear(filed.submitted())
    (triaged,) = await desk.recorded(ReportTriaged)
    assert [item.severity for item in triaged.items] == [severity]


@pytest.mark.parametrize(
    ("report", "acknowledge", "decide"),
    [
        ({"kind": "regulator"}, 15 * MINUTE, 2 * HOUR),
        ({"trusted_flagger": True}, HOUR, 8 * HOUR),
        ({"claim": "trademark", "right_type": "trademark"}, 4 * HOUR, 24 * HOUR),
        ({}, timedelta(days=1), timedelta(days=7)),  # five business days from a Monday end on the next one
    ],
)
async def test_every_severity_has_the_clocks_that_were_promised(
    desk: Desk, report: dict[str, Any], acknowledge: timedelta, decide: timedelta
) -> None:
    filed = desk.file(**report)
    await desk.hear(filed.submitted())
    (triaged,) = await desk.recorded(ReportTriaged)
    assert triaged.report_id == filed.report_id
    assert triaged.account_id == filed.account_id
    assert triaged.items[0].acknowledge_due_at == MONDAY + acknowledge
    assert triaged.items[0].decide_due_at == MONDAY + decide
    kept = await desk.clock_of(filed)
    assert (kept["acknowledge_due_at"], kept["decide_due_at"]) == (MONDAY + acknowledge, MONDAY + decide)


async def test_items_of_one_report_can_differ_in_severity(desk: Desk) -> None:
    filed = desk.file(items=3, media_types=("listing", "livestream"))
    await desk.hear(filed.submitted())
    (triaged,) = await desk.recorded(ReportTriaged)
    assert [item.severity for item in triaged.items] == ["p3", "p1", "p3"]
    assert triaged.rule_id == triaged.items[1].rule_id
    assert triaged.items[0].rule_id is None


async def test_a_report_is_triaged_once_however_often_it_comes(desk: Desk) -> None:
    filed = desk.file(items=2)
    for _ in range(3):
        await desk.hear(filed.submitted())
    assert len(await desk.recorded(ReportTriaged)) == 1
    assert len(await desk.clocks(filed)) == 2


async def test_five_hundred_items_are_one_event_and_one_timer(desk: Desk) -> None:
    filed = desk.file(items=500)
    await desk.hear(filed.submitted())
    (triaged,) = await desk.recorded(ReportTriaged)
    assert len(triaged.items) == 500
    async with desk.running.database.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM timers") == 1


async def test_a_report_from_the_stream_is_triaged(desk: Desk) -> None:
    filed = desk.file()
    await desk.running.publish(filed.submitted())

    async def triaged() -> bool:
        return len(await desk.recorded(ReportTriaged)) == 1

    await desk.running.eventually(triaged)


async def test_an_agreement_promises_a_shorter_clock_and_never_a_longer_one(desk: Desk) -> None:
    for name, clock in (("short", {"decide_seconds": 600}), ("long", {"acknowledge_seconds": 10**7})):
        rule = {
            "name": name, "severity": "p3", "clock": clock,
            "expression": f'reporter.account_id == "{desk.account()}"',
        }  # fmt: skip
        assert (await desk.operator.post("/v1/severity-rules", json=rule)).status_code == 201
    filed = desk.file(trusted_flagger=True)
    await desk.hear(filed.submitted())
    (triaged,) = await desk.recorded(ReportTriaged)
    (item,) = triaged.items
    assert item.severity == "p1"
    assert item.decide_due_at == MONDAY + 10 * MINUTE
    assert item.acknowledge_due_at == MONDAY + HOUR


async def test_another_accounts_agreement_promises_nothing(desk: Desk) -> None:
    rule = {
        "name": "Theirs", "severity": "p0", "expression": f'reporter.account_id == "{desk.account("brand", "two")}"',
    }  # fmt: skip
    assert (await desk.operator.post("/v1/severity-rules", json=rule)).status_code == 201
    await desk.hear(desk.file().submitted())
    assert (await desk.recorded(ReportTriaged))[0].items[0].severity == "p3"


async def test_a_rule_that_fails_is_passed_over_and_says_so(desk: Desk) -> None:
    rule = {
        "name": "Fails on long reports", "severity": "p0",
        "expression": "report.items < 2 || report.markets[7] == 'DE'",
    }  # fmt: skip
    made = (await desk.operator.post("/v1/severity-rules", json=rule)).json()
    await desk.hear(desk.file(items=2).submitted())
    assert (await desk.recorded(ReportTriaged))[0].items[0].severity == "p3"
    read = (await desk.operator.get(f"/v1/severity-rules/{made['id']}")).json()
    assert "index" in read["failure"].lower()


async def test_what_no_rule_speaks_of_gets_the_severity_of_the_settings(start_service: Any) -> None:
    running = await start_service("escalation", fallback_severity="p1")
    desk = Desk(running, running.service.clock)
    await desk.hear(desk.file(at=datetime.now(UTC)).submitted())
    assert (await desk.recorded(ReportTriaged))[0].items[0].severity == "p1"


async def test_triage_opens_nothing_by_itself(desk: Desk) -> None:
    await desk.hear(desk.file().submitted())
    await desk.tick()
    assert await desk.recorded(EscalationOpened) == []
    assert await desk.recorded(EscalationWarned) == []
