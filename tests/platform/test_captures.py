"""Captures through the gateway: told of by the marketplace, reported by a brand, read by the operator, and opened."""

import asyncio
import hashlib
import json
from typing import Any

import aiohttp
import pytest

from deploy.local.api import Refused
from tests.libraries.documents.pictures import png
from tests.platform.people import People
from tests.services.intake.conftest import a_report
from tests.services.runtime_outgoing.servers import ok, serving

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


async def _captured(people: People, listing_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found = await people.operator.get(f"/v1/captures?marketplace=shop.example&listing_id={listing_id}")
            if found["data"]:
                return dict(found["data"][0])
            await asyncio.sleep(0.1)


async def test_what_was_reported_is_captured_with_its_pictures(people: People) -> None:
    one = await people.with_brand("Captured")
    right = await one.right()
    async with serving(ok(png())) as shop:
        told = {
            "marketplace": "shop.example", "listing_id": "captured-1", "version": 1, "title": "Copied lamp",
            "images": [{"url": f"{shop.url}lamp.png"}], "seller": {"seller_id": "s/1", "name": "Lamps Ltd"},
        }  # fmt: skip
        await people.operator.post("/v1/listings", {"listings": [told]})
        report = await one.brand.post("/v1/reports", a_report(right["id"], "captured-1"))
        short = await _captured(people, "captured-1")
    capture = await people.operator.get(f"/v1/captures/{short['id']}")
    assert capture["hash"] == hashlib.sha256(capture["document"].encode()).hexdigest()
    assert (capture["listing"]["title"], capture["listing"]["seller"]["name"]) == ("Copied lamp", "Lamps Ltd")
    (image,) = capture["images"]
    link = await people.operator.get(f"/v1/captures/{short['id']}/images/{image['sha256']}")
    async with aiohttp.ClientSession() as stranger, stranger.get(link["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, png())
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    with pytest.raises(Refused) as refused:
        await one.brand.get(f"/v1/captures/{short['id']}")
    assert refused.value.status == 403
    event = await people.told("listing.captured", short["id"], to=people.operator)
    assert [item["item_id"] for item in event["items"]] == [report["items"][0]["id"]]
    mine = await one.brand.get("/v1/events?limit=200")
    assert short["id"] not in json.dumps(mine)
