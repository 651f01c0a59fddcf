"""Someone without an account notifies through the gateway, and a reviewer's task comes of it."""

from typing import Any

import aiohttp
import pytest

from demo.api import Api
from demo.vendor import Workbench
from services.intake.domain.public_notices.body import EXAMPLE
from tests.live import LivePlatform
from tests.running import eventually
from tests.services.intake.mailboxes import mail_server

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

LISTING = "public-1"


async def test_a_notice_goes_through_the_gateway_by_mail_to_a_task(platform: LivePlatform) -> None:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        mail_server(platform.mail_port) as mails,
    ):
        brand = Api(platform.base_url, platform.keys["brand"], session)
        operator = brand.with_key(platform.keys["marketplace"])
        right = await brand.post("/v1/rights", {
            "type": "trademark", "title": "PUBLICLY", "mark_text": "PUBLICLY", "mark_type": "word", "office": "EUIPO",
            "registration_number": "018666666", "owner": {"name": "Publicly", "country": "DE"}, "nice_classes": [25],
            "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
        })  # fmt: skip
        await operator.post(f"/v1/rights/{right['id']}/verify", {})
        url = f"{platform.base_url}/v1/public/notices"
        notice = {
            **EXAMPLE, "claim": "trademark", "right": {"title": "Publicly", "owner": "Publicly"},
            "items": [{"url": f"https://shop.example/item/{LISTING}"}],
            "contact": {"name": "Ada Example", "email": "ada@gateway.example"},
        }  # fmt: skip
        headers = {"Idempotency-Key": "public-1", "X-Marque-Identity": "made up"}
        async with session.post(url, json=notice, headers=headers) as answer:
            sent: dict[str, Any] = await answer.json()
            assert answer.status == 202, sent

        token = (await eventually(mails.until("confirm")))[-1]
        async with session.get(f"{url}/confirm", params={"token": token}) as page:
            assert (page.status, page.content_type) == (200, "text/html")
        async with session.post(f"{url}/confirm", data={"token": token}) as done:
            assert done.status == 200, await done.text()
        status = (await eventually(mails.until("status")))[-1]
        for bearer, expected in ((status, 200), (token, 404), (platform.keys["brand"], 404)):
            async with session.get(f"{url}/{sent['id']}", headers={"Authorization": f"Bearer {bearer}"}) as answer:
                assert answer.status == expected, await answer.text()

        bench = Workbench(brand.with_key(platform.keys["vendor"]), "vendor")

        async def found() -> bool:
            tasks = await bench.claim("public", most=50, wait=2)
            return any(task["listing"]["listing_id"] == LISTING for task in tasks)

        assert await eventually(found)
