"""The people of the platform that these tests share."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from cli.demo.vendor import Workbench
from deploy.local.api import Api
from tests.live import LivePlatform
from tests.platform.people import SECONDS, People


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What holds afterwards is looked at after all that people do, and before what no person would.

    Calls made up from the document leave endpoints to which nothing can be delivered, and then nothing comes to rest.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.name.partition("@")[0] == "test_afterwards_every_promise_holds":
        return 1
    return 2 if item.path.name == "test_openapi.py" or item.path.parent.name == "security" else 0


@pytest.fixture
async def people(platform: LivePlatform) -> AsyncIterator[People]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        brand = Api(platform.base_url, platform.keys["brand"], session)
        operator, admin, vendor = (brand.with_key(platform.keys[who]) for who in ("marketplace", "admin", "vendor"))
        yield People(brand, operator, admin, Workbench(vendor, "vendor"), platform)
