"""The people of the platform that these tests share."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from demo.api import Api
from demo.vendor import Workbench
from tests.live import LivePlatform
from tests.platform.people import SECONDS, People


@pytest.fixture
async def people(platform: LivePlatform) -> AsyncIterator[People]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        brand = Api(platform.base_url, platform.keys["brand"], session)
        operator, admin, vendor = (brand.with_key(platform.keys[who]) for who in ("marketplace", "admin", "vendor"))
        yield People(brand, operator, admin, Workbench(vendor, "vendor"), platform)
