"""The platform that runs in the operator's home: its environment, and its API with the admin key."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

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
