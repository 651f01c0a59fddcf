"""The client: every operation of the API by `call`, and those that partners use most by name."""

import os
from collections.abc import AsyncIterator, Mapping
from types import ModuleType, TracebackType
from typing import Any, Self

from marque_client.aio.resources import (
    AsyncEvents,
    AsyncEvidence,
    AsyncImports,
    AsyncReports,
    AsyncRights,
    AsyncWebhooks,
)
from marque_client.aio.session import AsyncSession
from marque_client.calls import prepared
from marque_client.core.client import Client
from marque_client.errors import MarqueError
from marque_client.retries import Retries
from marque_client.version import __version__


class AsyncMarque:
    """A connection to one platform with one key.

    Without arguments it reads `MARQUE_URL` and `MARQUE_KEY`. Close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: float = 60.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`timeout` is in seconds, for each step of a try; `headers` go with every request.

        Raises `MarqueError` where neither an argument nor the environment says where the platform is, and who calls.
        """
        url, key = url or os.environ.get("MARQUE_URL"), key or os.environ.get("MARQUE_KEY")
        if not url or not key:
            raise MarqueError("Give the address of the platform and a key, or set MARQUE_URL and MARQUE_KEY.")
        identity = {"Authorization": f"Bearer {key}", "User-Agent": f"marque-client/{__version__}"}
        self.http = AsyncSession(
            retries or Retries(), base_url=url, headers={**(headers or {}), **identity}, timeout=timeout
        )
        self._core = Client(base_url=url, raise_on_unexpected_status=True)
        self.rights = AsyncRights(self)
        self.reports = AsyncReports(self)
        self.evidence = AsyncEvidence(self)
        self.imports = AsyncImports(self)
        self.events = AsyncEvents(self)
        self.webhooks = AsyncWebhooks(self)

    async def call(self, operation: ModuleType, /, *, content_type: str | None = None, **arguments: Any) -> Any:
        """Call any operation of the API: `call(get_account, account_id="acc_...")`.

        Operations are the modules in `marque_client.core.api`. A body is a model of the core, or JSON as a mapping;
        arguments that are None are left out. Raises `ApiError`, `Unreachable`.
        """
        response = await self.http.request(**prepared(operation, content_type, arguments))
        return operation._parse_response(client=self._core, response=response)  # noqa: SLF001 - of our own core

    async def each(self, operation: ModuleType, /, **arguments: Any) -> AsyncIterator[Any]:
        """Yield every thing of a list, page by page. `limit` is the size of a page."""
        page = await self.call(operation, **arguments)
        while True:
            for thing in page.data:
                yield thing
            if not isinstance(page.next_cursor, str):
                return
            page = await self.call(operation, **{**arguments, "after": None, "cursor": page.next_cursor})

    async def aclose(self) -> None:
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
