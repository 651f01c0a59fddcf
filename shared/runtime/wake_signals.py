"""Signals over the database: whoever listens on a channel is woken once the transaction is committed."""

from shared.runtime.statements import Executor, Statement

_NOTIFY = Statement("notify", "SELECT pg_notify(:channel, :payload)")


async def notify(on: Executor, channel: str, payload: str = "") -> None:
    """Wake those who listen on a channel. PostgreSQL sends equal signals of one transaction once."""
    await _NOTIFY.run(on, channel=channel, payload=payload)
