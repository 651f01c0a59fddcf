"""The people of the platform that these tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.live import LivePlatform
from tests.platform.people import People, people_of


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
    async with people_of(platform) as found:
        yield found
