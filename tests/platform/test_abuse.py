"""Misuse of notices as the desk and a reviewer see it, and as the reporter never does."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.platform.people import People
from tests.running import eventually
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

CLONE = "Our company made the product first and every offer of it, also number {}, is a copy that nobody has allowed."
BURST = 500


async def _read_by_its_reviewer(people: People, listing: str, code: str, queue: str = "trademark") -> dict[str, Any]:
    """The finding that a reviewer reads in the task of a listing, which then goes back to where it waits."""
    task = await people.claimed(listing, queue)

    async def found() -> dict[str, Any] | None:
        read = await people.bench.api.get(f"/v1/tasks/{task['id']}")
        return next((finding for finding in read["findings"] if finding["code"] == code), None)

    finding: dict[str, Any] = await eventually(found)
    await people.released(task)
    return finding


async def _nothing_is_told_to(people: People) -> None:
    assert await people.brand.each("/v1/escalations") == []
    for report in await people.brand.each("/v1/reports"):
        read = str(await people.brand.get(f"/v1/reports/{report['id']}"))
        assert not any(code in read for code in ("R_MANIFESTLY_UNFOUNDED", "R_IMPERSONATION"))
    assert not any("suspected" in event["type"] for event in await people.events())


async def test_one_person_behind_many_accounts_comes_to_the_desk(people: People) -> None:
    accounts = [await people.with_brand(f"Many {number}") for number in range(3)]
    for number, one in enumerate(accounts):
        body = a_report((await one.right())["id"], f"many-{number}", signature="Mallory Example")
        body["contact"] = {"name": "Mallory Example", "email": f"mallory{number}@many.example"}
        await one.brand.post("/v1/reports", body)
    matter = await people.suspected("shared_signature")
    assert matter["reason"].count("acc_") == 3
    finding = await _read_by_its_reviewer(people, "many-2", "R_IMPERSONATION")
    assert (finding["severity"], finding["pointer"]) == ("informs", "/signature")
    for one in accounts:
        await _nothing_is_told_to(one)
        await one.withdrawn()


async def test_one_explanation_from_many_accounts_comes_to_the_desk(people: People) -> None:
    accounts = [await people.with_brand(f"Clone {number}") for number in range(3)]
    for number, one in enumerate(accounts):
        name = f"{('Grace', 'Alan', 'Edsger')[number]} Cloned"
        person = {"signature": name, "contact": {"name": name, "email": f"office@clone{number}.example"}}
        body = a_report((await one.right())["id"], f"clone-{number}", explanation=CLONE.format(number), **person)
        await one.brand.post("/v1/reports", body)
    matter = await people.suspected("cloned_explanation")
    assert matter["reason"].count("acc_") == 3
    finding = await _read_by_its_reviewer(people, "clone-2", "R_MANIFESTLY_UNFOUNDED")
    assert (finding["severity"], finding["pointer"]) == ("informs", "/explanation")
    for one in accounts:
        await _nothing_is_told_to(one)
        await one.withdrawn()


async def test_a_burst_of_a_newcomer_comes_to_the_desk(people: People) -> None:
    one = await people.with_brand("Burst")
    listings = [f"burst-{number}" for number in range(BURST)]
    person = {"signature": "Ann Burst", "contact": {"name": "Ann Burst", "email": "ann@burst.example"}}
    told = "Every one of these offers shows the mark of ours on its label."
    body = a_report((await one.right())["id"], *listings, language="pt", explanation=told, **person)
    await one.brand.post("/v1/reports", body)
    await people.suspected("burst", f"{BURST} items")
    await _nothing_is_told_to(one)
    await one.withdrawn()


async def test_a_right_registered_after_the_listing_appeared_comes_to_the_desk(people: People) -> None:
    one = await people.with_brand("Late")
    right = await one.right(registered_on="2024-05-05")
    await people.listed("late-1", datetime(2024, 5, 4, 12, tzinfo=UTC))
    await people.listed("late-2", datetime(2024, 5, 6, 12, tzinfo=UTC))
    person = {"signature": "Kim Late", "contact": {"name": "Kim Late", "email": "kim@late.example"}}
    told = "The offer carries the sign for which our register entry stands."
    await one.brand.post("/v1/reports", a_report(right["id"], "late-1", "late-2", explanation=told, **person))
    matter = await people.suspected("late_right", "late-1")
    assert "late-2" not in matter["reason"]
    finding = await _read_by_its_reviewer(people, "late-1", "R_MANIFESTLY_UNFOUNDED")
    assert (finding["severity"], finding["pointer"]) == ("informs", "/right_id")
    await _nothing_is_told_to(one)
    await one.withdrawn()
