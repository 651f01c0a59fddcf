"""A vendor that is limited to some marketplaces works on their tasks alone, by whatever way it comes."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountState, ReportSubmitted
from shared.contracts.ids import EvidenceId
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import ACCEPT, a_report, claim, claim_one, code_of, judge, submit

HOUR = 3600


def on(marketplace: str, *listing_ids: str, **changes: Any) -> ReportSubmitted:
    """A report of listings of this marketplace."""
    report = a_report(*listing_ids, **changes)
    items = [
        item.model_copy(update={"listing": item.listing.model_copy(update={"marketplace": marketplace})})
        for item in report.items
    ]
    return report.model_copy(update={"items": items})


def limited(review: Running, *marketplaces: str, which: str = "one") -> httpx.AsyncClient:
    return review.as_("vendor", which, marketplaces=frozenset(marketplaces))


async def test_a_vendor_is_given_the_tasks_of_its_marketplaces_alone(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, on("shop", "1", "2"), on("demo", "3", "4"), on("bazaar", "5"))
    tasks = await claim(limited(review, "demo", "bazaar"), max=50)
    assert sorted(task["listing"]["listing_id"] for task in tasks) == ["3", "4", "5"]
    assert await claim(limited(review, "demo", which="two"), max=50) == []
    assert await claim(limited(review, "elsewhere", which="three"), max=50) == []
    left = await claim(review.as_("vendor", "four"), max=50)
    assert sorted(task["listing"]["listing_id"] for task in left) == ["1", "2"]


async def test_in_one_turn_everyone_gets_his_own(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, on("shop", *(f"s{n}" for n in range(20))), on("demo", *(f"d{n}" for n in range(20))))
    vendors = [limited(review, "shop", which="s"), limited(review, "demo", which="d"), review.as_("vendor", "all")]
    answers = await asyncio.gather(*(claim(vendor, max=4, reviewer=f"r{n}") for n in range(3) for vendor in vendors))
    for number, tasks in enumerate(answers):
        firsts = {task["listing"]["listing_id"][0] for task in tasks}
        assert len(tasks) == 4
        assert firsts <= ({"s"}, {"d"}, {"s", "d"})[number % 3]


async def test_one_queue_is_limited_too_and_depths_count_what_can_be_claimed(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, on("shop", "1", "2", "3"), on("demo", "4"), on("shop", "5", language="de"))
    vendor = limited(review, "demo")
    assert [(q["name"], q["depth"]) for q in (await vendor.get("/v1/queues")).json()["data"]] == [
        ("trademark.en.p2", 1)
    ]
    everything = (await review.as_("vendor", "two").get("/v1/queues")).json()["data"]
    assert [(queue["name"], queue["depth"]) for queue in everything] == [
        ("trademark.de.p2", 1),
        ("trademark.en.p2", 4),
    ]
    tasks = await claim(vendor, max=10, queue="trademark.en.p2")
    assert [task["listing"]["listing_id"] for task in tasks] == ["4"]
    assert (await vendor.get("/v1/queues")).json()["data"] == []


async def test_a_task_that_is_no_longer_the_vendors_to_work_on_is_not_there(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, on("shop", "1"), on("demo", "2"))
    vendor = review.as_("vendor")
    shop, demo = sorted(await claim(vendor, max=2), key=lambda task: str(task["listing"]["listing_id"]))
    moved = limited(review, "demo")
    lease = {"lease_token": shop["lease"]["token"]}
    path, evidence = f"/v1/tasks/{shop['id']}", new_id(EvidenceId)
    for refused in (
        await moved.get(path),
        await moved.post(f"{path}/renew", json={**lease, "lease_seconds": 60}),
        await moved.post(f"{path}/evidence/{evidence}/link", json=lease),
        await judge(moved, shop, ACCEPT),
    ):
        assert code_of(refused) == (404, "not_found")
    assert [task["id"] for task in (await moved.get("/v1/tasks")).json()["data"]] == [demo["id"]]
    assert (await judge(moved, demo, ACCEPT)).status_code == 200
    assert (await moved.post(f"{path}/release", json=lease)).status_code == 204  # giving it back is always right
    assert (await claim_one(review.as_("vendor", "two")))["id"] == shop["id"]


async def test_the_operator_sees_every_task(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, on("shop", "1"))
    task = await claim_one(review.as_("vendor"))
    assert (await review.as_("marketplace").get(f"/v1/tasks/{task['id']}")).status_code == 200


async def test_a_claim_that_waits_ends_when_its_account_changes(start_service: StartService) -> None:
    review = await start_service("review")
    changed, other = review.caller("vendor"), review.caller("vendor", "two")
    waiting = asyncio.create_task(claim(review.as_("vendor"), wait_seconds=30))
    patient = asyncio.create_task(claim(review.as_("vendor", "two"), wait_seconds=30))
    event = AccountChanged(
        version=2,
        account_id=changed.account_id,
        kind=AccountKind.VENDOR,
        state=AccountState.OPEN,
        marketplaces=["demo"],
        changed_at=datetime.now(UTC),
    )

    async def ended() -> bool:
        await review.publish(event)
        return waiting.done()

    await review.eventually(ended, seconds=20)
    assert await waiting == []
    assert not patient.done(), f"the claim of {other.account_id} goes on"
    await submit(review, on("demo", "1"))
    assert [task["listing"]["listing_id"] for task in await patient] == ["1"]
