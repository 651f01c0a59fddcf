"""The operator lists jobs, reads them, has dead ones tried again, and discards them with a reason."""

import asyncio
from typing import Any

import pytest

from shared.contracts.ids import JobId
from shared.runtime.ids import new_id
from shared.runtime.jobs import Worker
from tests.conftest import StartService
from tests.running import Running

PATH = "/v1/jobs/escalation"
_INSERT = """
INSERT INTO jobs (id, kind, key, priority, due_at, payload, leased, tries, error, done, total, created_at, died_at)
VALUES ($1, $2, $3, 1, $4::text::timestamptz, '{}', $5, $6, $7, $8, $9, '2026-11-26T10:00:00Z', $10::text::timestamptz)
"""


@pytest.fixture
async def escalation(start_service: StartService, monkeypatch: pytest.MonkeyPatch) -> Running:
    """A service without the jobs that it does again and again."""

    async def nothing(_: Worker) -> None:
        """Nothing is done again and again."""

    monkeypatch.setattr(Worker, "_plan", nothing)
    return await start_service("escalation")


async def jobs(running: Running) -> dict[str, str]:
    """A job in each state, none of a kind that the service does; their ids, by state."""
    ids = {state: str(new_id(JobId)) for state in ("due", "later", "leased", "dead")}
    rows = [
        (ids["due"], "tidy", None, "2026-11-26T10:00:00Z", False, 0, None, None, None, None),
        (ids["later"], "fetch", "shop/9", "2999-01-01T00:00:00Z", False, 2, "OSError: away", None, None, None),
        (ids["leased"], "fetch", "shop/8", "2999-01-01T00:00:00Z", True, 1, None, 3, 9, None),
        (ids["dead"], "fetch", "shop/7", "infinity", False, 8, "ValueError: bad", None, None, "2026-11-26T11:00:00Z"),
    ]  # fmt: skip
    async with running.database.pool.acquire() as connection:
        await connection.executemany(_INSERT, rows)
    return ids


async def listed(running: Running, **params: Any) -> list[str]:
    answer = await running.as_("marketplace").get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return [job["state"] for job in answer.json()["data"]]


async def test_jobs_are_listed_by_state_and_kind_in_pages_and_read(escalation: Running) -> None:
    ids = await jobs(escalation)
    assert await listed(escalation) == ["dead", "leased", "later", "due"]
    assert await listed(escalation, kind="fetch") == ["dead", "leased", "later"]
    assert await listed(escalation, state=["dead", "due"]) == ["dead", "due"]
    assert await listed(escalation, state="due", kind="fetch") == []
    operator = escalation.as_("marketplace")
    first = (await operator.get(PATH, params={"limit": 3})).json()
    rest = (await operator.get(PATH, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert ([job["state"] for job in rest["data"]], rest["next_cursor"]) == (["due"], None)
    assert (await operator.get(f"{PATH}/{ids['leased']}")).json() == {
        "id": ids["leased"], "kind": "fetch", "key": "shop/8", "state": "leased", "due_at": "2999-01-01T00:00:00Z",
        "tries": 1, "error": None, "done": 3, "total": 9, "created_at": "2026-11-26T10:00:00Z", "died_at": None,
    }  # fmt: skip
    dead = (await operator.get(f"{PATH}/{ids['dead']}")).json()
    assert (dead["due_at"], dead["died_at"], dead["error"]) == (None, "2026-11-26T11:00:00Z", "ValueError: bad")


async def test_a_dead_job_is_tried_again_and_any_other_is_not(escalation: Running) -> None:
    ids = await jobs(escalation)
    operator = escalation.as_("marketplace")
    answer = await operator.post(f"{PATH}/{ids['dead']}/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["tries"]) == (200, "due", 0)
    assert await listed(escalation, state="dead") == []
    for state in ("dead", "due", "later", "leased"):
        answer = await operator.post(f"{PATH}/{ids[state]}/retry")
        assert (answer.status_code, answer.json()["code"]) == (409, "job_not_dead"), state


async def test_a_job_is_discarded_with_a_reason_and_is_gone(
    escalation: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ids = await jobs(escalation)
    operator = escalation.as_("marketplace")
    for body in ({}, {"reason": "x"}, {"reason": "two\nlines"}, {"reason": "y" * 1001}, {"reason": 7}):
        answer = await operator.post(f"{PATH}/{ids['dead']}/discard", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), body
    reason = {"reason": "The shop is closed for good."}
    for state, job_id in ids.items():
        answer = await operator.post(f"{PATH}/{job_id}/discard", json=reason)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert (await operator.post(f"{PATH}/{job_id}/discard", json=reason)).status_code == 404
    assert await listed(escalation) == []
    assert caplog.text.count("The shop is closed for good.") == 4


async def test_of_two_who_retry_and_discard_a_dead_job_at_once_both_are_answered(escalation: Running) -> None:
    ids = await jobs(escalation)
    operator = escalation.as_("marketplace")
    path = f"{PATH}/{ids['dead']}"
    answers = await asyncio.gather(
        *(operator.post(f"{path}/retry") for _ in range(4)),
        *(operator.post(f"{path}/discard", json={"reason": "Not needed."}) for _ in range(4)),
    )
    assert [answer.status_code for answer in answers[:4]].count(200) <= 1
    assert [answer.status_code for answer in answers[4:]].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 404, 409}


async def test_nobody_but_the_operator_knows_of_jobs(escalation: Running) -> None:
    ids = await jobs(escalation)
    for client, status in (
        (escalation.as_("brand"), 404),
        (escalation.as_("vendor"), 404),
        (escalation.as_("marketplace", scopes=frozenset()), 403),
    ):
        for method, path in (
            ("GET", PATH), ("GET", f"{PATH}/{ids['dead']}"), ("POST", f"{PATH}/{ids['dead']}/retry"),
            ("POST", f"{PATH}/{ids['dead']}/discard"),
        ):  # fmt: skip
            answer = await client.request(method, path, json={"reason": "Mine."} if "discard" in path else None)
            assert answer.status_code == status, (method, path)
    assert len(await listed(escalation)) == 4


async def test_what_is_no_job_of_this_service_is_not_found(escalation: Running) -> None:
    operator = escalation.as_("marketplace")
    for params in ({"state": "odd"}, {"kind": "Two words"}, {"limit": 0}, {"order": "up"}):
        assert (await operator.get(PATH, params=params)).status_code == 422, params
    assert (await operator.get(f"{PATH}/rep_01")).status_code == 422
    assert (await operator.get(f"{PATH}/{new_id(JobId)}")).status_code == 404
