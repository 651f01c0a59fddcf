"""The least service: it answers, and says that it is ready."""

import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    given = {name: value for name, value in os.environ.items() if name.startswith("MARQUE_")}
    await send({"type": "http.response.body", "body": json.dumps({"pid": os.getpid(), **given}).encode()})
