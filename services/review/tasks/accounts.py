"""The operator's decisions about an account, as far as they concern its work."""

from typing import Any

from shared.contracts.events import AccountChanged

ACCOUNTS_CHANNEL = "review_accounts"
"""The channel on which the database tells every replica that an account has changed; the payload is its id."""


async def end_waiting_claims(connection: Any, changed: AccountChanged) -> None:
    """Let claims of the account that wait for work end: where it may work is known from its next request."""
    await connection.execute("SELECT pg_notify($1, $2)", ACCOUNTS_CHANNEL, changed.account_id)
