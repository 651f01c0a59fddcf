"""A reporter's way through the gateway: checked before it files, taken at the wrong door, asked, reminded, reopened."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest

from demo.api import Api
from demo.vendor import Workbench
from shared.runtime.database import service_url
from tests.live import LivePlatform
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

SECONDS = 120
OWNER = {"name": "Whole GmbH", "country": "DE"}


@dataclass
class People:
    """Who takes part, each with a key."""

    brand: Api
    operator: Api
    admin: Api
    bench: Workbench
    platform: LivePlatform

    async def right(self, kind: str = "trademark", *, by: Api | None = None, **changes: Any) -> dict[str, Any]:
        body = TRADEMARK if kind == "trademark" else OTHER_RIGHTS[kind]
        right = await (by or self.brand).post("/v1/rights", {**body, "owner": OWNER, **changes})
        verified: dict[str, Any] = await self.operator.post(f"/v1/rights/{right['id']}/verify")
        return verified

    async def claimed(self, listing: str, queue: str = "trademark") -> dict[str, Any]:
        """The task of one listing, taken by a reviewer; others go back to where they wait."""
        async with asyncio.timeout(SECONDS):
            while True:
                tasks: list[dict[str, Any]] = await self.bench.claim("reviewer", most=50, lease_seconds=30, wait=2)
                found = None
                for task in tasks:
                    if task["listing"]["listing_id"] == listing and task["queue"].startswith(queue):
                        found = task
                    else:
                        token = {"lease_token": task["lease"]["token"]}
                        await self.bench.api.post(f"/v1/tasks/{task['id']}/release", token)
                if found is not None:
                    return found

    async def judged(self, task: dict[str, Any], **answer: Any) -> Any:
        body = {"lease_token": task["lease"]["token"], "seconds_spent": 5, "clauses": [], **answer}
        return await self.bench.api.post(f"/v1/tasks/{task['id']}/judge", body)

    async def accepted(self, task: dict[str, Any]) -> Any:
        clause, code = next(
            (clause["code"], clause["accept_codes"][0]) for clause in task["clauses"] if clause["accept_codes"]
        )
        return await self.judged(task, outcome="accept", code=code, clauses=[clause])

    async def report_is(self, report: dict[str, Any], state: str) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            while True:
                found: dict[str, Any] = await self.brand.get(f"/v1/reports/{report['id']}")
                if found["state"] == state:
                    return found
                await asyncio.sleep(0.05)

    async def days_pass(self, report: dict[str, Any]) -> None:
        """The time to answer is over: what the clocks would say in a week."""
        url = service_url(self.platform.recorded["environment"]["MARQUE_DATABASE_URL"], "intake")
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
        try:
            await connection.execute(
                "UPDATE report_items SET answer_due_at = now(), remind_at = now() WHERE report_id = $1", report["id"]
            )
            await connection.execute("UPDATE timers SET due_at = now() WHERE subject = $1", report["id"])
        finally:
            await connection.close()


@pytest.fixture
async def people(platform: LivePlatform) -> AsyncIterator[People]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        brand = Api(platform.base_url, platform.keys["brand"], session)
        operator, admin, vendor = (brand.with_key(platform.keys[who]) for who in ("marketplace", "admin", "vendor"))
        yield People(brand, operator, admin, Workbench(vendor, "vendor"), platform)


async def test_the_wrong_door_is_named_before_filing_and_re_routed_after_it(people: People) -> None:
    trademark, design = await people.right(), await people.right("design")
    body = a_report(trademark["id"], "wrong-door", claim="design")
    body["items"][0]["category"] = "toys"
    preflight = await people.brand.post("/v1/reports/preflight", body)
    assert preflight["would_be_accepted"]
    fixes = {finding["code"]: finding["fix"] for finding in preflight["findings"]}
    assert design["id"] in fixes["R_WRONG_RIGHT_TYPE"]
    report = await people.brand.post("/v1/reports", body)
    task = await people.claimed("wrong-door")
    assert task["items"][0]["fitting_right"]["id"] == design["id"]
    assert "R_WRONG_RIGHT_TYPE" in {finding["code"] for finding in task["findings"]}
    await people.judged(task, outcome="wrong_right_type", right_type="design")
    again = await people.claimed("wrong-door", "design")
    assert (again["id"], again["round"]) == (task["id"], 2)
    await people.accepted(again)
    found = await people.report_is(report, "accepted")
    assert (found["id"], found["items"][0]["code"]) == (report["id"], "A_DESIGN_COPY")


async def test_goods_of_another_class_are_warned_of_and_read_by_the_reviewer(people: People) -> None:
    body = a_report((await people.right())["id"], "other-goods")
    body["items"][0]["category"] = "toys"
    report = await people.brand.post("/v1/reports", body)
    assert "R_CLASS_MISMATCH" in {finding["code"] for finding in report["findings"]}
    task = await people.claimed("other-goods")
    assert task["listing"]["category"] == "toys"
    await people.accepted(task)
    await people.report_is(report, "accepted")


async def test_a_question_without_an_answer_closes_the_item_and_the_answer_reopens_it(people: People) -> None:
    report = await people.brand.post("/v1/reports", a_report((await people.right())["id"], "asked"))
    question = {"outcome": "needs_information", "code": "N_COMPARISON", "note": "Which seam?"}
    await people.judged(await people.claimed("asked"), **question)
    asked = await people.report_is(report, "needs_information")
    assert asked["items"][0]["answer_due_at"] > asked["created_at"]
    await people.days_pass(report)
    closed = await people.report_is(report, "closed")
    assert closed["items"][0]["reopen_until"] > closed["created_at"]
    answer = {"explanation": "The seam is glued; ours is sewn."}
    assert (await people.brand.post(f"/v1/reports/{report['id']}/reopen", answer))["state"] == "received"
    task = await people.claimed("asked")
    assert [note["text"] for note in task["notes"]] == [answer["explanation"]]
    await people.accepted(task)
    found = await people.report_is(report, "accepted")
    timeline = await people.brand.each(f"/v1/reports/{found['id']}/timeline")
    states = [entry["state"] for entry in timeline if entry["item_id"]]
    assert [state for state in states if state != "in_review"] == [
        "queued", "needs_information", "closed", "queued", "accepted",
    ]  # fmt: skip
    told = {event["type"] for event in await people.brand.each("/v1/events") if event["subject"] == report["id"]}
    assert told >= {f"marque.report.{what}.v1" for what in ("information_requested", "closed", "reopened", "completed")}


async def test_a_reporter_sees_how_it_stands_and_anyone_how_long_decisions_take(people: People) -> None:
    standing = await people.brand.get("/v1/standing")
    assert standing["tier"] in {"new", "standard"}
    url = f"{people.platform.base_url}/v1/service-levels"
    async with people.brand.session.get(url) as answer:
        assert answer.status == 200, await answer.text()


async def test_one_person_behind_many_accounts_comes_to_the_desk(people: People) -> None:
    for number in range(3):
        account = await people.admin.post("/v1/accounts", {"kind": "brand", "name": f"Many {number}"})
        scopes = ["rights:write", "reports:write", "rights:read", "reports:read"]
        client = await people.admin.post(f"/v1/accounts/{account['id']}/clients", {"name": "one", "scopes": scopes})
        brand = people.brand.with_key(client["key"])
        right = await people.right(by=brand, registration_number=f"01800000{number}")
        body = a_report(right["id"], f"many-{number}", signature="Mallory Example")
        body["contact"] = {"name": "Mallory Example", "email": f"mallory{number}@many.example"}
        await brand.post("/v1/reports", body)
    async with asyncio.timeout(SECONDS):
        while True:
            found = (await people.operator.get("/v1/escalations?kind=suspected_abuse"))["data"]
            if any("shared_signature" in matter["reason"] for matter in found):
                break
            await asyncio.sleep(0.2)
    for number in range(3):
        await people.accepted(await people.claimed(f"many-{number}"))
    seen = await people.brand.get("/v1/escalations")
    assert all(matter["kind"] != "suspected_abuse" for matter in seen["data"])
