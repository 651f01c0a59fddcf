"""Judging many tasks with one request: each for itself, in their order, and once whatever is sent again."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from shared.contracts.events import DecisionMade, TaskJudged
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    ASK,
    ESCALATE,
    REJECT,
    a_report,
    claim,
    code_of,
    fetch,
    fetchval,
    let_expire,
    pointers,
    submit,
)

TASK = "tsk_01h455vb4pex5vsknk084sn02q"


def answer_to(task: dict[str, Any], answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"task_id": task["id"], "lease_token": task["lease"]["token"], **answer, **changes}


async def send(vendor: httpx.AsyncClient, answers: Sequence[dict[str, Any]], **headers: str) -> httpx.Response:
    return await vendor.post("/v1/judgements", json={"judgements": list(answers)}, headers=headers)


async def claimed(review: Running, number: int) -> list[dict[str, Any]]:
    """So many tasks in the hands of one reviewer."""
    await submit(review, a_report(*(str(9000 + n) for n in range(number))))
    tasks = await claim(review.as_("vendor"), max=number)
    assert len(tasks) == number
    return tasks


def outcomes(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """The status of each result, and the code of its problem."""
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    return [(one["status"], one["problem"] and one["problem"]["code"]) for one in results]


async def test_each_answer_is_judged_for_itself_in_the_order_given(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 7)
    await let_expire(review, tasks[2]["id"])
    answers = [
        answer_to(tasks[0], ACCEPT),
        answer_to(tasks[1], REJECT),
        answer_to(tasks[2], ACCEPT),
        answer_to(tasks[3], ACCEPT, clauses=["CR-1.1"]),
        answer_to(tasks[4], ASK),
        {"task_id": TASK, "lease_token": tasks[5]["lease"]["token"], **ACCEPT},
        answer_to(tasks[5], ACCEPT, seconds_spent="long"),
        answer_to(tasks[6], {**ESCALATE, "note": None}),
    ]

    answer = await send(review.as_("vendor"), answers)

    assert outcomes(answer) == [
        ("judged", None), ("judged", None), ("refused", "lease_lost"), ("refused", "clause_not_in_force"),
        ("judged", None), ("refused", "not_found"), ("refused", "validation_failed"), ("refused", "answer_refused"),
    ]  # fmt: skip
    results = answer.json()["results"]
    assert [one["task_id"] for one in results] == [one["task_id"] for one in answers]
    assert [one["judgement"] and one["judgement"]["outcome"] for one in results] == [
        "accept", "reject", None, None, "needs_information", None, None, None,
    ]  # fmt: skip
    assert [[error["pointer"] for error in one["problem"]["errors"]] for one in results if one["problem"]] == [
        [], ["/clauses/0"], [], ["/seconds_spent"], ["/note"],
    ]  # fmt: skip
    assert [one["problem"]["status"] for one in results if one["problem"]] == [409, 422, 404, 422, 422]
    assert "decision" not in results[0]
    assert len(await review.recorded(TaskJudged)) == 3
    assert len(await review.recorded(DecisionMade)) == 2
    still_held = await fetch(review, "SELECT task_id FROM holds WHERE expires_at > now() ORDER BY task_id")
    assert {row["task_id"] for row in still_held} == {tasks[n]["id"] for n in (3, 5, 6)}


async def test_fifty_are_judged_at_once_and_each_has_its_decision(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 50)

    answer = await send(review.as_("vendor"), [answer_to(task, ACCEPT) for task in tasks])

    assert outcomes(answer) == [("judged", None)] * 50
    assert await fetchval(review, "SELECT count(DISTINCT task_id) FROM decisions WHERE verdict = 'accepted'") == 50


async def test_the_same_task_twice_is_judged_once(start_service: StartService) -> None:
    review = await start_service("review")
    (task,) = await claimed(review, 1)

    answer = await send(review.as_("vendor"), [answer_to(task, ACCEPT), answer_to(task, REJECT)])

    assert outcomes(answer) == [("judged", None), ("refused", "lease_lost")]
    assert await fetchval(review, "SELECT verdict FROM decisions") == "accepted"


async def test_what_is_sent_again_under_its_key_is_answered_as_at_first(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 2)
    vendor = review.as_("vendor")
    answers = [answer_to(tasks[0], ACCEPT), answer_to(tasks[1], ACCEPT, clauses=[])]

    first = await send(vendor, answers, **{"Idempotency-Key": "k"})
    again = await send(vendor, answers, **{"Idempotency-Key": "k"})
    other = await send(vendor, answers[:1], **{"Idempotency-Key": "k"})
    without = await send(vendor, answers)

    assert outcomes(first) == [("judged", None), ("refused", "answer_refused")]
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(other) == (422, "idempotency_key_reused")
    assert outcomes(without) == [("refused", "lease_lost"), ("refused", "answer_refused")]
    assert await fetchval(review, "SELECT count(*) FROM judgements") == 1


async def test_two_who_send_the_same_at_once_are_not_both_taken(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 20)
    vendor = review.as_("vendor")
    there, back = [answer_to(task, ACCEPT) for task in tasks], [answer_to(task, REJECT) for task in reversed(tasks)]

    both = await asyncio.gather(*(send(vendor, answers) for answers in (there, back, there, back)))

    statuses = [status for answer in both for status, _ in outcomes(answer)]
    assert (statuses.count("judged"), statuses.count("refused")) == (20, 60)
    assert await fetchval(review, "SELECT count(*) FROM judgements") == 20


async def test_answers_wait_for_a_task_that_another_has_locked_and_come_whole(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 4)
    vendor = review.as_("vendor")
    async with review.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT FROM tasks WHERE id = $1 FOR UPDATE", tasks[1]["id"])
        others = [asyncio.create_task(send(vendor, [answer_to(tasks[n], ACCEPT)])) for n in (2, 3)]
        waiting = asyncio.create_task(send(vendor, [answer_to(task, ACCEPT) for task in tasks[:2]]))
        done = await asyncio.gather(*others)
        assert [outcomes(answer) for answer in done] == [[("judged", None)]] * 2
        assert not waiting.done()
        await transaction.rollback()
    assert outcomes(await waiting) == [("judged", None)] * 2


async def test_another_accounts_lease_judges_nothing(start_service: StartService) -> None:
    review = await start_service("review")
    tasks = await claimed(review, 2)

    stranger = await send(review.as_("vendor", "two"), [answer_to(task, ACCEPT) for task in tasks])
    brand = await send(review.as_("brand"), [answer_to(tasks[0], ACCEPT)])

    assert outcomes(stranger) == [("refused", "not_found")] * 2
    assert code_of(brand) == (404, "not_found")
    assert await fetchval(review, "SELECT count(*) FROM judgements") == 0


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["/judgements"]),
        ({"judgements": []}, ["/judgements"]),
        ({"judgements": {}}, ["/judgements"]),
        ({"judgements": [{}] * 51}, ["/judgements"]),
        ({"judgements": [{}], "surprise": 1}, ["/surprise"]),
    ],
)
async def test_a_body_that_is_no_list_of_answers_is_refused_whole(
    start_service: StartService, body: dict[str, Any], where: list[str]
) -> None:
    review = await start_service("review")
    answer = await review.as_("vendor").post("/v1/judgements", json=body)
    assert code_of(answer) == (422, "validation_failed")
    assert pointers(answer) == where


SOUND = {"task_id": TASK, "lease_token": "AAAAAAAAACo9c3Zt", **ACCEPT}


@pytest.mark.parametrize(
    ("one", "task_id", "where"),
    [
        (7, None, [""]),
        (None, None, [""]),
        ([], None, [""]),
        ({**SOUND, "task_id": "tsk_?"}, "tsk_?", ["/task_id"]),
        ({**SOUND, "task_id": 7}, None, ["/task_id"]),
        ({**SOUND, "task_id": "a\u202eb" + "x" * 300}, "a\ufffdb" + "x" * 197, ["/task_id"]),
        ({key: value for key, value in SOUND.items() if key != "lease_token"}, TASK, ["/lease_token"]),
        ({**SOUND, "outcome": "perhaps"}, TASK, ["/outcome"]),
        ({**SOUND, "note": "n" * 5001}, TASK, ["/note"]),
        ({**SOUND, "clauses": ["TM-1.1"] * 51}, TASK, ["/clauses"]),
        ({**SOUND, "surprise": 1}, TASK, ["/surprise"]),
        ({**SOUND, "seconds_spent": 86_401, "code": "A_NICE"}, TASK, ["/code", "/seconds_spent"]),
    ],
)
async def test_an_answer_that_is_none_is_refused_alone_with_each_place_that_is_wrong(
    start_service: StartService, one: Any, task_id: str | None, where: list[str]
) -> None:
    review = await start_service("review")
    (task,) = await claimed(review, 1)

    answer = await send(review.as_("vendor"), [one, answer_to(task, ACCEPT)])

    assert outcomes(answer) == [("refused", "validation_failed"), ("judged", None)]
    refused = answer.json()["results"][0]
    assert refused["task_id"] == task_id
    assert sorted(error["pointer"] for error in refused["problem"]["errors"]) == where
