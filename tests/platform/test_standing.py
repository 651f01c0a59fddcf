"""A reporter's standing and the time that decisions take, out of real decisions and through the gateway alone."""

from datetime import datetime
from fractions import Fraction
from math import comb
from typing import Any

import aiohttp
import asyncpg
import pytest

from cli.demo.vendor import with_clauses
from deploy.local.api import Refused
from tests.platform.people import People
from tests.running import eventually
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

UNFOUNDED = "R_MANIFESTLY_UNFOUNDED"
WARNING = {"reason": "Offers of an authorised dealer, again.", "gravity": "serious", "intent": "careless"}
SUSPENSION = {"reason": "It went on after the warning.", "gravity": "grave", "intent": "deliberate", "days": 30}


def _below(share: float, accepted: int, decided: int) -> Fraction:
    """The chance that the true share is below this one: a uniform prior and so many accepted of so many decided."""
    x, n = Fraction(share), decided + 1
    return sum((comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(accepted + 1, n + 1)), Fraction(0))


def _is_the_lower_bound(low: float, accepted: int, decided: int) -> bool:
    """Whether the share has a chance of one in twenty to be below this, to the last of its four digits."""
    return _below(low - 1e-4, accepted, decided) < Fraction(1, 20) < _below(low + 1e-4, accepted, decided)


class Reviewed:
    """A brand whose notices are decided in a queue of their own, which nobody else files into."""

    def __init__(self, people: People, queue: str, claim: str, right_id: str) -> None:
        self.people, self.queue, self.claim, self.right_id = people, queue, claim, right_id
        self._filed = 0

    async def filed(self, items: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A report of so many listings, and its tasks in the hands of a reviewer."""
        listings = [f"{self.queue}-{self._filed + number}" for number in range(items)]
        self._filed += items
        body = a_report(self.right_id, *listings, claim=self.claim, language=self.queue.split(".")[1], markets=[])
        report = await self.people.brand.post("/v1/reports", body)
        held: dict[str, dict[str, Any]] = {}
        claim = {"queue": self.queue, "reviewer": "reviewer", "max": 50, "lease_seconds": 300, "wait_seconds": 2}

        async def all_of_them() -> bool:
            for task in with_clauses(await self.people.bench.api.post("/v1/tasks/claim", claim)):
                held[task["listing"]["listing_id"]] = task
            return held.keys() == set(listings)

        await eventually(all_of_them)
        return report, list(held.values())

    async def standing(self, decided: int) -> dict[str, Any]:
        """What the brand reads of itself once so many items are decided."""

        async def heard() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.people.brand.get("/v1/standing")
            return found if found["decided"] == decided else None

        found: dict[str, Any] = await eventually(heard)
        await eventually(lambda: self._filed_by(found["account_id"], decided))
        return found

    async def _filed_by(self, account_id: str, decided: int) -> bool:
        """Whether filing goes by so many decisions."""
        connection = await asyncpg.connect(self.people.platform.database_url("intake"))
        try:
            known = "SELECT (accuracy ->> 'decided')::int FROM reporter_ratings WHERE account_id = $1"
            return bool(await connection.fetchval(known, account_id) == decided)
        finally:
            await connection.close()


async def test_standing_follows_decisions_from_a_newcomer_to_its_suspension(people: People) -> None:
    one = await people.with_brand("Standing")
    reviewed = Reviewed(one, "trademark.sv.p2", "counterfeit", (await one.right())["id"])
    tiers = (await one.brand.get("/v1/standing/tiers"))["terms"]["tiers"]
    assert (tiers["standard"]["least_decided"], tiers["trusted"]["least_acceptance"]) == (20, 0.9)

    _, tasks = await reviewed.filed(28)
    ways = {4: ("new", ("standard", 16)), 20: ("standard", ("trusted", 8)), 28: ("trusted", None)}
    for number, task in enumerate(tasks, start=1):
        await one.accepted(task)
        if number in ways:
            tier, rise = ways[number]
            found = await reviewed.standing(number)
            assert (found["tier"], found["accepted"]) == (tier, number)
            assert _is_the_lower_bound(found["acceptance"]["low"], number, number)
            more = found["more_accepted"]
            assert rise is None or (more["tier"], more["more"]) == rise

    account_id = found["account_id"]
    with pytest.raises(Refused, match="not_warned"):
        await people.admin.post(f"/v1/standing/{account_id}/suspensions", SUSPENSION)
    report, tasks = await reviewed.filed(5)
    accuracy = tasks[0]["items"][0]["reporter_accuracy"]
    assert (accuracy["decided"], accuracy["accepted"]) == (28, 28)
    assert _is_the_lower_bound(accuracy["low"], 28, 28)
    decisions = [(await one.rejected(task, UNFOUNDED))["decision"]["id"] for task in tasks]
    for reader in (one.brand, people.operator):  # what is told to the seller as well: the packet is the same
        packet = await reader.get(f"/v1/decisions/{decisions[0]}/packet")
        assert packet["items"][0]["reporter_accuracy"] == accuracy

    found = await reviewed.standing(33)
    assert _is_the_lower_bound(found["acceptance"]["low"], 28, 33)
    (unfounded,) = (code for code in found["by_code"] if code["code"] == UNFOUNDED)
    assert unfounded["decided"] == 5
    assert _is_the_lower_bound(unfounded["share"]["low"], 5, 33)
    assert found["misuse"].items() >= {"number": 5, "proportion": round(5 / 33, 4), "codes": [UNFOUNDED]}.items()
    assert [(act["kind"], act["by_rule"]) for act in found["sanctions"]] == [("warning", True)]
    warned = await one.told("reporter.warned", account_id)
    assert warned["misuse"].keys() >= {"number", "proportion", "gravity", "intent"}

    given = await people.admin.post(f"/v1/standing/{account_id}/suspensions", SUSPENSION)
    assert given["effective"] is False
    suspended = await one.told("reporter.suspended", account_id)
    assert (suspended["misuse"]["gravity"], suspended["misuse"]["intent"]) == ("grave", "deliberate")

    async def effective() -> dict[str, Any] | None:
        found: dict[str, Any] = await one.brand.get("/v1/standing")
        return found if found["sanctions"][0]["effective"] else None

    found = await eventually(effective)
    assert (found["tier"], [act["kind"] for act in found["sanctions"]]) == ("suspended", ["suspension", "warning"])
    assert found["sanctions"][0]["misuse"].items() >= {"number": 5, "gravity": "grave", "intent": "deliberate"}.items()
    with pytest.raises(Refused) as refused:
        await one.brand.post("/v1/reports", a_report(report["right_id"], "another"))
    assert [error["code"] for error in refused.value.problem["errors"]] == ["R_REPORTER_SUSPENDED"]


async def test_anyone_reads_how_long_real_decisions_took_by_right_type_and_severity(people: People) -> None:
    one = await people.with_brand("Levels")
    right = await one.right("geographical_indication")
    reviewed = Reviewed(one, "geographical_indication.it.p3", "geographical_indication", right["id"])
    before = await _level(people)
    report, tasks = await reviewed.filed(3)
    decided = [(await one.accepted(task))["decision"] for task in tasks]

    async def measured() -> dict[str, Any] | None:
        found = await _level(people)
        return found if found["decided"] == before["decided"] + 3 and not found["waiting"] else None

    level = await eventually(measured)
    assert 0 < level["p50"] <= level["p80"] <= level["p95"]
    assert level["expected"] is None, "too few were decided for a promise"
    if not before["decided"]:
        came = datetime.fromisoformat(report["created_at"])
        took = sorted((datetime.fromisoformat(one["decided_at"]) - came).total_seconds() for one in decided)
        assert took[0] * 0.99 - 1 <= level["p50"]
        assert level["p95"] <= took[-1] * 1.01 + 1


async def _level(people: People) -> dict[str, Any]:
    """What anyone reads, without a key, of geographical indications."""
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.get(f"{people.platform.base_url}/v1/service-levels") as answer,
    ):
        levels = (await answer.json())["data"]
    wanted = ("geographical_indication", "p3")
    return next((one for one in levels if (one["right_type"], one["severity"]) == wanted), {"decided": 0})
