"""The platform that runs in the operator's home: its environment, and its API with the admin key."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from deploy.local.api import Api, open_api
from deploy.local.credentials import read_credentials
from deploy.local.errors import CannotStartError
from deploy.local.home import Home
from deploy.local.settings import read_settings

T = TypeVar("T")


def home() -> Home:
    return Home(read_settings().home)


def environment() -> dict[str, str]:
    """The environment of a child of the running platform."""
    return {**os.environ, **home().recorded()["environment"]}


def broker() -> str:
    """The address of the running platform's broker. Raises `CannotStartError` where that is not the embedded one."""
    address = home().recorded().get("broker")
    if address is None:
        raise CannotStartError("the broker of this platform is not the embedded one: this command does not reach it")
    return str(address)


def with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    """Do some work on the API of the running platform, with the admin key of its home."""
    here = home()
    base_url = here.recorded()["base_url"]
    key = read_credentials(here.credentials).get("admin")
    if key is None:
        raise CannotStartError(f"{here.credentials} has no admin key yet: wait for the first start to end")

    async def call() -> T:
        async with open_api(base_url, key) as api:
            return await work(api)

    return asyncio.run(call())


def each_service(service: str | None, path: Callable[[str], str]) -> list[dict[str, Any]]:
    """Every thing of the lists that services have at a path, with the name of its service; of all unless one is named.

    The gateway has none of these lists.
    """
    services = [service] if service else [name for name in home().recorded()["services"] if name != "gateway"]

    async def read(api: Api) -> list[dict[str, Any]]:
        return [{"service": name, **one} for name in services for one in await api.each(path(name))]

    return with_api(read)
