"""The clocks of report items: warned, missed once, paused, ended, whatever order the news comes in."""

import asyncio
import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.event import Event
from shared.contracts.events import (
    EscalationOpened,
    EscalationResolved,
    EscalationWarned,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportTriaged,
)
from tests.services.escalation.conftest import HOUR, MINUTE, MONDAY, Desk, Filed


def p1(desk: Desk, **values: Any) -> Filed:
    """A report with an hour to acknowledge and eight to decide."""
    return desk.file(trusted_flagger=True, **values)


async def test_warnings_come_at_half_and_at_four_fifths_of_the_time(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.claimed(MONDAY))
    for step, percents in ((4 * HOUR - MINUTE, []), (MINUTE, [50]), (2 * HOUR, [50]), (24 * MINUTE, [50, 80])):
        await desk.pass_(step)
        assert [w.percent for w in await desk.recorded(EscalationWarned)] == percents
    warning = (await desk.recorded(EscalationWarned))[0]
    assert (warning.item_id, warning.due_at, warning.severity) == (filed.item_ids[0], MONDAY + 8 * HOUR, "p1")


async def test_a_missed_acknowledgement_opens_one_escalation(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR - MINUTE)
    assert await desk.matters() == []
    await desk.pass_(MINUTE)
    for _ in range(3):
        await desk.tick()
    (matter,) = await desk.matters()
    assert matter["kind"] == "clock_missed"
    assert (matter["report_id"], matter["item_id"]) == (filed.report_id, filed.item_ids[0])
    (opened,) = await desk.recorded(EscalationOpened)
    assert opened.account_id == filed.account_id
    assert opened.escalation_id == matter["id"]


async def test_the_second_missed_clock_joins_the_open_matter(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.pass_(9 * HOUR)
    (matter,) = await desk.matters()
    read = (await desk.operator.get(f"/v1/escalations/{matter['id']}")).json()
    assert read["missed"] == [
        {"item_id": filed.item_ids[0], "report_id": filed.report_id, "clocks": ["acknowledge", "decide"]}
    ]


async def test_a_clock_missed_after_the_matter_was_settled_is_a_new_matter(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR)
    (first,) = await desk.matters()
    await desk.operator.post(f"/v1/escalations/{first['id']}/resolve", json={"reason": "Staffed."})
    await desk.pass_(6 * HOUR)
    assert [m["id"] for m in await desk.matters()] == [first["id"]]
    await desk.pass_(HOUR)
    (second,) = await desk.matters(state="open")
    assert second["id"] != first["id"]
    await desk.pass_(100 * HOUR)
    assert len(await desk.matters()) == 2


async def test_a_late_report_of_many_items_is_one_matter(desk: Desk) -> None:
    filed = p1(desk, items=40)
    await desk.hear(filed.submitted())
    await desk.pass_(8 * HOUR)
    (matter,) = await desk.matters()
    read = (await desk.operator.get(f"/v1/escalations/{matter['id']}")).json()
    assert {m["item_id"] for m in read["missed"]} == set(filed.item_ids)
    assert len(await desk.recorded(EscalationOpened)) == 1


async def test_taking_the_task_up_acknowledges(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    desk.clock.move(30 * MINUTE)
    await desk.hear(filed.claimed(desk.clock.now()))
    await desk.pass_(2 * HOUR)
    assert await desk.matters() == []
    assert (await desk.clock_of(filed))["task_id"] == filed.task_id


async def test_a_decision_ends_both_clocks(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.decided(MONDAY + MINUTE))
    await desk.pass_(1000 * HOUR)
    assert await desk.matters() == []
    assert await desk.recorded(EscalationWarned) == []


async def test_a_withdrawal_ends_both_clocks(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.withdrawn())
    await desk.pass_(1000 * HOUR)
    assert await desk.matters() == []


@pytest.mark.parametrize("kind", [ReportInformationProvided, ReportReopened])
async def test_a_question_to_the_reporter_stops_the_clocks_and_keeps_what_is_left(
    desk: Desk, kind: type[ReportInformationProvided | ReportReopened]
) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.claimed(MONDAY))
    desk.clock.move(3 * HOUR)
    await desk.hear(filed.asked())
    kept = await desk.clock_of(filed)
    assert (kept["decide_due_at"], kept["decide_left_seconds"]) == (None, 5 * 3600)
    await desk.pass_(timedelta(days=30))
    assert await desk.recorded(EscalationWarned) == []
    await desk.hear(filed.answered(kind=kind))
    await desk.tick()
    again = desk.clock.now()
    assert (await desk.clock_of(filed))["decide_due_at"] == again + 5 * HOUR
    (moved,) = await desk.recorded(ReportRescheduled)
    assert moved.items[0].decide_due_at == again + 5 * HOUR
    assert moved.version == 3
    await desk.pass_(HOUR)
    assert [w.percent for w in await desk.recorded(EscalationWarned)] == [50]
    await desk.pass_(4 * HOUR - MINUTE)
    assert await desk.matters() == []
    await desk.pass_(MINUTE)
    assert len(await desk.matters()) == 1


async def test_an_answer_that_comes_before_its_question_leaves_the_clocks_running(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    desk.clock.move(3 * HOUR)
    await desk.hear(filed.answered(version=3), at=MONDAY + 2 * HOUR)
    await desk.hear(filed.asked(version=2), at=MONDAY + HOUR)
    assert (await desk.clock_of(filed))["decide_due_at"] == MONDAY + 9 * HOUR


async def test_a_decision_that_comes_before_its_report_ends_the_clocks_all_the_same(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.decided(MONDAY + MINUTE))
    await desk.pass_(50 * HOUR)
    await desk.hear(filed.submitted())
    assert len(await desk.recorded(ReportTriaged)) == 1
    await desk.pass_(50 * HOUR)
    assert await desk.matters() == []
    assert await desk.recorded(EscalationWarned) == []


async def test_a_report_that_comes_late_is_late(desk: Desk) -> None:
    filed = p1(desk)
    desk.clock.move(10 * HOUR)
    await desk.hear(filed.submitted())
    await desk.tick()
    assert len(await desk.matters(kind="clock_missed")) == 1
    assert [w.percent for w in await desk.recorded(EscalationWarned)] == [50, 80]


async def test_a_decision_after_the_due_date_is_a_miss_also_where_the_ticker_slept(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.claimed(MONDAY))
    await desk.hear(filed.decided(MONDAY + 8 * HOUR + MINUTE))
    assert len(await desk.matters(kind="clock_missed")) == 1


async def test_a_decision_on_the_due_date_is_in_time(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.hear(filed.claimed(MONDAY + HOUR))
    await desk.hear(filed.decided(MONDAY + 8 * HOUR))
    await desk.pass_(9 * HOUR)
    assert await desk.matters() == []


async def test_word_that_comes_late_of_a_promise_kept_settles_the_matter_that_nobody_took_up(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.pass_(9 * HOUR)
    (matter,) = await desk.matters(state="open")
    await desk.hear(filed.claimed(MONDAY + MINUTE))
    assert len(await desk.matters(state="open")) == 1
    await desk.hear(filed.decided(MONDAY + HOUR))
    assert await desk.matters(state="open") == []
    (resolved,) = await desk.recorded(EscalationResolved)
    assert resolved.escalation_id == matter["id"]
    await desk.pass_(100 * HOUR)
    assert len(await desk.matters()) == 1


async def test_late_word_does_not_close_what_somebody_is_working_on(desk: Desk) -> None:
    filed = p1(desk)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR)
    (matter,) = await desk.matters()
    path = f"/v1/escalations/{matter['id']}"
    await desk.operator.post(f"{path}/acknowledge", json={"by": "Dana"})
    await desk.hear(filed.claimed(MONDAY + MINUTE))
    assert (await desk.operator.get(path)).json()["state"] == "acknowledged"
    steps = [entry["step"] for entry in (await desk.operator.get(f"{path}/timeline")).json()["data"]]
    assert steps == ["opened", "clock_missed", "acknowledged", "clock_kept"]


async def test_the_clocks_end_alike_in_whatever_order_the_news_comes_and_however_often(desk: Desk) -> None:
    """Every order of five events, each told twice in places: the facts and the due dates are the same."""
    chance = random.Random(7)
    expected = None
    columns = ("severity", "acknowledged_at", "ended_at", "acknowledge_due_at", "decide_due_at", "submitted_at")
    desk.clock.move(6 * HOUR)
    for order in itertools.permutations(range(5)):
        filed = p1(desk, at=MONDAY)
        told: list[tuple[Event, Any]] = [
            (filed.submitted(), MONDAY),
            (filed.claimed(MONDAY + 30 * MINUTE), None),
            (filed.asked(2), MONDAY + HOUR),
            (filed.answered(3), MONDAY + 3 * HOUR),
            (filed.decided(MONDAY + 5 * HOUR), None),
        ]
        for n in order:
            for _ in range(chance.choice((1, 1, 2))):
                await desk.hear(told[n][0], at=told[n][1])
        await desk.tick()
        clock = await desk.clock_of(filed)
        found = tuple(clock[column] for column in columns)
        expected = expected or found
        assert found == expected, order
        assert clock["acknowledge_escalation_id"] is None
        assert clock["decide_escalation_id"] is None
    assert expected is not None
    assert expected[4] == MONDAY + 10 * HOUR
    assert await desk.matters(state="open") == []


async def test_many_replicas_at_once_open_each_matter_once(desk: Desk) -> None:
    filed = [p1(desk, items=3) for _ in range(6)]
    for one in filed:
        await desk.hear(one.submitted())
    desk.clock.move(9 * HOUR)
    late = desk.clock.now()
    await asyncio.gather(
        *(desk.tick() for _ in range(4)),
        *(desk.hear(one.claimed(late)) for one in filed),
        *(desk.hear(one.decided(late)) for one in filed),
    )
    await desk.tick()
    opened = await desk.recorded(EscalationOpened)
    assert sorted(event.report_id for event in opened) == sorted(one.report_id for one in filed)
    for one in filed:
        for clock in await desk.clocks(one):
            assert clock["acknowledge_escalation_id"] == clock["decide_escalation_id"] is not None
