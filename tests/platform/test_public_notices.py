"""Someone without an account notifies through the gateway, and is asked, answers and is told by mail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from cli.demo.vendor import Workbench
from deploy.local.api import Api
from services.intake.public_notices.notice_body import EXAMPLE
from tests.live import LivePlatform
from tests.running import eventually
from tests.services.intake.mailboxes import MailServer, mail_server

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

LISTING = "public-1"


@dataclass
class Notifier:
    """Someone with a mailbox and a browser."""

    session: aiohttp.ClientSession
    mails: MailServer
    base_url: str

    @property
    def url(self) -> str:
        return f"{self.base_url}/v1/public/notices"

    async def send(self, **changes: Any) -> str:
        """Send a notice and confirm it by the mailed page; the notice's id."""
        came = len(self.mails.tokens("confirm"))
        body = {**EXAMPLE, **changes}
        headers = {"Idempotency-Key": body["contact"]["email"], "X-Marque-Identity": "made up"}
        async with self.session.post(self.url, json=body, headers=headers) as answer:
            sent: dict[str, Any] = await answer.json()
            assert answer.status == 202, sent
        token = (await eventually(self.mails.until("confirm", came + 1)))[-1]
        async with self.session.get(f"{self.url}/confirm", params={"token": token}) as page:
            assert (page.status, page.content_type) == (200, "text/html")
        async with self.session.post(f"{self.url}/confirm", data={"token": token}) as done:
            assert done.status == 200, await done.text()
        return str(sent["id"])

    async def letter(self, subject: str) -> str:
        """The newest letter with this in its subject, once it has come."""

        async def came() -> str | None:
            found = [message for _, message in self.mails.messages if subject in message["Subject"]]
            return str(found[-1].get_content()) if found else None

        return str(await eventually(came))

    async def statuses(self, method: str, path: str, *bearers: str, **body: Any) -> list[int]:
        """How a call is answered with each of these tokens."""
        found = []
        for bearer in bearers:
            headers = {"Authorization": f"Bearer {bearer}"}
            async with self.session.request(method, self.url + path, headers=headers, **body) as answer:
                found.append(answer.status)
        return found


@pytest.fixture
async def notifier(platform: LivePlatform) -> AsyncIterator[Notifier]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        mail_server(platform.mail_port) as mails,
    ):
        yield Notifier(session, mails, platform.base_url)


def _api(platform: LivePlatform, notifier: Notifier, who: str) -> Api:
    return Api(platform.base_url, platform.keys[who], notifier.session)


async def _task(bench: Workbench) -> dict[str, Any]:
    """The task of the listing, once a reviewer gets it; what else there was to do is given back."""
    others: list[dict[str, Any]] = []

    async def claimed() -> dict[str, Any] | None:
        tasks = await bench.claim("public", most=50, wait=2)
        others.extend(task for task in tasks if task["listing"]["listing_id"] != LISTING)
        return next((task for task in tasks if task["listing"]["listing_id"] == LISTING), None)

    found: dict[str, Any] = await eventually(claimed)
    for task in others:
        await bench.api.post(f"/v1/tasks/{task['id']}/release", {"lease_token": task["lease"]["token"]})
    return found


async def _judge(bench: Workbench, task: dict[str, Any], **answer: Any) -> dict[str, Any]:
    body = {"lease_token": task["lease"]["token"], "seconds_spent": 1, "clauses": [], **answer}
    judged: dict[str, Any] = await bench.api.post(f"/v1/tasks/{task['id']}/judge", body)
    return judged


async def test_a_notice_goes_through_the_gateway_from_confirmation_to_question_answer_and_decision(
    platform: LivePlatform, notifier: Notifier
) -> None:
    brand, operator = _api(platform, notifier, "brand"), _api(platform, notifier, "marketplace")
    right = await brand.post("/v1/rights", {
        "type": "trademark", "title": "PUBLICLY", "mark_text": "PUBLICLY", "mark_type": "word", "office": "EUIPO",
        "registration_number": "018666666", "owner": {"name": "Publicly", "country": "DE"}, "nice_classes": [25],
        "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
    })  # fmt: skip
    await operator.post(f"/v1/rights/{right['id']}/verify", {})
    notice_id = await notifier.send(
        claim="trademark", right={"title": "Publicly", "owner": "Publicly"},
        items=[{"url": f"https://shop.example/item/{LISTING}"}],
        contact={"name": "Ada Example", "email": "ada@gateway.example"},
    )  # fmt: skip
    await notifier.letter("We have received your notice")
    confirm, status = notifier.mails.tokens("confirm")[-1], notifier.mails.tokens("status")[-1]
    bearers = (status, confirm, platform.keys["brand"])
    assert await notifier.statuses("GET", f"/{notice_id}", *bearers) == [200, 404, 404]

    bench = Workbench(_api(platform, notifier, "vendor"), "vendor")
    await _judge(bench, await _task(bench), outcome="needs_information", code="N_COMPARISON", note="Show the original.")
    assert "> Show the original." in await notifier.letter("A question about your notice")
    answer = {"json": {"explanation": "Ours has a woven label; this one is printed."}}
    bearers = (confirm, platform.keys["brand"], notifier.mails.tokens("status")[-1])
    assert await notifier.statuses("POST", f"/{notice_id}/information", *bearers, **answer) == [404, 404, 200]

    task = await _task(bench)
    assert "woven label" in str(task)
    clause = next(clause for clause in task["clauses"] if "A_TRADEMARK_MISUSE" in clause["accept_codes"])
    await _judge(bench, task, outcome="accept", code="A_TRADEMARK_MISUSE", clauses=[clause["code"]])
    assert f"{LISTING}: accepted" in await notifier.letter("Your notice has been decided")


async def test_a_notice_that_fits_no_right_is_a_matter_at_the_desk_until_the_operator_decides_it(
    platform: LivePlatform, notifier: Notifier
) -> None:
    operator = _api(platform, notifier, "marketplace")
    notice_id = await notifier.send(contact={"name": "Grace", "email": "grace@gateway.example"})

    async def matter(state: str) -> dict[str, Any] | None:
        found = (await operator.get(f"/v1/escalations?kind=notice_handed_on&state={state}"))["data"]
        return next((each for each in found if each["notice_id"] == notice_id), None)

    opened = await eventually(lambda: matter("open"))
    assert opened["severity"] == "p3"
    decision = {"verdict": "rejected", "code": "R_NOT_RIGHTS_HOLDER"}
    await operator.post(f"/v1/public-notices/{notice_id}/decide", decision)
    assert (await eventually(lambda: matter("resolved")))["id"] == opened["id"]
    assert "item/9001: rejected" in await notifier.letter("Your notice has been decided")
