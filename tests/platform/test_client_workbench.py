"""The client's workbench on the running platform: it keeps its leases, tells of those it lost, gives back the rest."""

from typing import Any

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from marque_client import AsyncMarque, AsyncWorkbench, Invalid, LeaseLost
from marque_client.core.models.claimed_task_out import ClaimedTaskOut
from tests.platform.people import People

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

_QUEUE = "trademark.pt.p2"  # a language that no other test files in


async def _filed(people: People, *listings: str) -> None:
    theirs = await people.with_brand("Ashgrove at the bench")
    right = await theirs.right(title="BENCH", mark_text="BENCH")
    common: dict[str, Any] = {
        "right_id": right["id"], "claim": "counterfeit", "language": "pt", "legal_basis": "dsa", "markets": ["DE"],
        "explanation": "The label and the stitching differ from ours.", "signature": "Jo Ash",
        "statements": {"good_faith": True, "accuracy": True},
        "contact": {"name": "Jo Ash", "email": "jo@ashgrove.example"},
    }  # fmt: skip
    items = [{"url": f"https://shop.example/item/{listing}"} for listing in listings]
    await theirs.brand.post("/v1/reports", {**common, "items": items})


def _vendor(people: People) -> AsyncMarque:
    return AsyncMarque(people.platform.base_url, people.platform.keys["vendor"])


def _accepting(bench: AsyncWorkbench, task: ClaimedTaskOut) -> dict[str, Any]:
    clause = next(one for one in bench.clauses(task) if "A_COUNTERFEIT" in one.accept_codes)
    return {"outcome": "accept", "code": "A_COUNTERFEIT", "clauses": [clause.code]}


async def test_a_workbench_keeps_what_it_judges_loses_what_is_broken_and_gives_back_the_rest(people: People) -> None:
    await _filed(people, "bench-1", "bench-2", "bench-3")
    async with _vendor(people) as marque:
        tasks: list[ClaimedTaskOut] = []
        async with AsyncWorkbench(marque, reviewer="kim", queue=_QUEUE) as bench:
            while len(tasks) < 3:
                tasks += await bench.claim(3, wait_seconds=10)
            kept, broken, left = tasks
            until = kept.lease.expires_at
            await people.operator.post(f"/v1/leases/{broken.id}/break", {"reason": "The reviewer has gone home."})
            await bench._renew()
            assert kept.lease.expires_at > until, "renewed"
            assert bench.lost == {broken.id}
            with pytest.raises(LeaseLost):
                await bench.judge(broken, **_accepting(bench, broken))
            with pytest.raises(Invalid):
                await bench.judge(kept, "accept", code="A_COUNTERFEIT", clauses=["TM-99.9"])
            assert [task.id for task in bench.held] == [kept.id, left.id], "a refused answer leaves the task claimed"
            judged = await bench.judge(kept, **_accepting(bench, kept))
            assert judged.judgement.outcome == "accept"
            assert [task.id for task in bench.held] == [left.id]
        assert bench.held == []
        async with AsyncWorkbench(marque, reviewer="lee", queue=_QUEUE) as other:
            again: list[ClaimedTaskOut] = []
            while len(again) < 2:
                again += await other.claim(2, wait_seconds=10)
            assert {task.id for task in again} == {broken.id, left.id}
            for task in again:
                await other.judge(task, **_accepting(other, task))
