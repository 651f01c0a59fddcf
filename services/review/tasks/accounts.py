"""The operator's decisions about an account, as far as they concern its work."""

from shared.contracts.events import AccountChanged
from shared.runtime.statements import Executor
from shared.runtime.wake_signals import notify

ACCOUNTS_CHANNEL = "review_accounts"
"""The channel on which the database tells every replica that an account has changed; the payload is its id."""


async def end_waiting_claims(connection: Executor, changed: AccountChanged) -> None:
    """Let claims of the account that wait for work end: where it may work is known from its next request."""
    await notify(connection, ACCOUNTS_CHANNEL, changed.account_id)
