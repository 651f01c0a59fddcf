"""Who files a report."""

from dataclasses import dataclass

from shared.contracts.codes import AccountKind
from shared.contracts.ids import AccountId, ClientId


@dataclass(frozen=True, slots=True)
class Sender:
    """Who files, and under which idempotency key."""

    client_id: ClientId
    account_id: AccountId
    kind: AccountKind
    trusted_flagger: bool
    key: str | None = None
    fingerprint: bytes | None = None
