"""The first accounts of a new platform, and the file with their keys.

Each step is written down as soon as it is done, and carries an idempotency key: after a crash between the two the next
run gets the same answer again, key and all.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import private
from deploy.local.api import Api, Refused, open_api
from deploy.local.errors import CannotStartError, HomeUnusableError

BRAND = (
    "rights:write",
    "reports:write",
    "webhooks:manage",
    "decisions:read",
    "escalations:read",
    "policies:read",
    "events:read",
)
VENDOR = ("tasks:work", "webhooks:manage", "decisions:read", "policies:read", "events:read")
MARKETPLACE = (
    "rights:write",
    "reports:write",
    "tasks:manage",
    "policies:write",
    "escalations:manage",
    "webhooks:manage",
    "listings:write",
    "decisions:read",
    "events:read",
    "accounts:read",
)
REGULATOR = ("reports:write", "webhooks:manage", "decisions:read", "policies:read", "events:read")

DEMONSTRATION_MARKETPLACES = ("demonstration", "code-host")
"""The only ones that its vendors work on, so that it never judges what somebody else has reported."""


@dataclass(frozen=True)
class FirstAccount:
    role: str
    kind: str
    name: str
    scopes: tuple[str, ...]
    marketplaces: tuple[str, ...] | None = None
    """The only ones that a vendor works on; none: all."""


FIRST_ACCOUNTS = (
    FirstAccount("brand", "brand", "Ashgrove Instruments", BRAND),
    FirstAccount("brand_two", "brand", "Lumen & Hart", BRAND),
    FirstAccount("vendor", "vendor", "Clearview Review", VENDOR),
    FirstAccount("vendor_two", "vendor", "Second Look Services", VENDOR),
    FirstAccount("marketplace", "marketplace", "Marketplace systems", MARKETPLACE),
    FirstAccount("regulator", "regulator", "Digital Services Coordinator", REGULATOR),
    # The demonstration's own, so that it never touches what others have reported.
    FirstAccount("demo_brand", "brand", "Demonstration brand", BRAND),
    FirstAccount("demo_vendor", "vendor", "Demonstration review", VENDOR, DEMONSTRATION_MARKETPLACES),
    FirstAccount("demo_vendor_two", "vendor", "Demonstration second review", VENDOR, DEMONSTRATION_MARKETPLACES),
)
ROLES = ("admin", *(account.role for account in FIRST_ACCOUNTS))


def read_credentials(path: Path) -> dict[str, str]:
    """The keys by role; none when the file is not there yet."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise private.named(error, path) from error
    except ValueError:
        raise HomeUnusableError(path, "it is not JSON; move it away and new keys are made") from None
    return {role: str(key) for role, key in found.items()} if isinstance(found, dict) else {}


async def make_credentials(
    path: Path, base_url: str, environment: Mapping[str, str], folder: Path, *, examples: bool = True
) -> None:
    """Make what is missing of `credentials.json`. Does nothing but one call when all is there.

    `python -m gateway.bootstrap` is run in `folder`, with the environment of the gateway. Without `examples` the
    operator's own account is the only one.
    """
    keys = read_credentials(path)
    if "admin" not in keys or not await _is_known(base_url, keys["admin"]):
        # Keys of a database that is gone open nothing; all are made anew.
        keys = {"admin": await _bootstrap(environment, folder)}
        _write(path, keys)
    if examples:
        async with open_api(base_url, keys["admin"]) as api:
            await make_examples(path, api)


async def make_examples(path: Path, api: Api) -> None:
    """Make the accounts of the documents and of the demonstration, as far as they have no key in `credentials.json`."""
    keys = read_credentials(path)
    for account in FIRST_ACCOUNTS:
        if account.role not in keys:
            keys[account.role] = await _make_account(api, account)
            _write(path, keys)


async def _is_known(base_url: str, key: str) -> bool:
    async with open_api(base_url, key) as api:
        try:
            await api.get("/v1/accounts?limit=1")
        except Refused as refused:
            if refused.status == 401:
                return False
            raise
    return True


async def _bootstrap(environment: Mapping[str, str], folder: Path) -> str:
    """Make the operator's account, which is the only one that does not come through the API; its key."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.bootstrap"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
    )
    said, complaint = await process.communicate()
    if process.returncode != 0:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise CannotStartError(f"the operator's account could not be made: {lines[-1]}")
    return str(json.loads(said.decode().strip().splitlines()[-1])["key"])


async def _make_account(api: Api, account: FirstAccount) -> str:
    body: dict[str, Any] = {"kind": account.kind, "name": account.name}
    if account.marketplaces is not None:
        body["marketplaces"] = list(account.marketplaces)
    made = await api.post("/v1/accounts", body, idempotency_key=f"first-account-{account.role}")
    client = await api.post(
        f"/v1/accounts/{made['id']}/clients",
        {"name": f"{account.name}, first client", "scopes": list(account.scopes)},
        idempotency_key=f"first-client-{account.role}",
    )
    return str(client["key"])


def _write(path: Path, keys: Mapping[str, str]) -> None:
    private.write(path, json.dumps({role: keys[role] for role in ROLES if role in keys}, indent=2).encode() + b"\n")
