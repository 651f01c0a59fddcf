"""`python -m deploy.tools <table>`: keeps the durables of a deployment's tools, as the runner does for its own."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import nats
import nats.errors
import nats.js.errors

from deploy.tools.durables import keep_durables
from deploy.tools.table import read_tools

_EVERY_SECONDS = 5.0
_log = logging.getLogger("deploy.tools")


async def main(table: Path, address: str) -> None:
    """Look every few seconds, until stopped."""
    client = await nats.connect(
        address, name="marque-tools", inbox_prefix=b"_INBOX_tools", max_reconnect_attempts=-1, error_cb=_warn
    )
    while True:
        try:
            await keep_durables(client.jetstream(), read_tools(table))
        except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
            await _warn(error)
        await asyncio.sleep(_EVERY_SECONDS)


async def _warn(error: Exception) -> None:
    _log.warning("broker: %s", error or type(error).__name__)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), os.environ["MARQUE_NATS_URL"]))
