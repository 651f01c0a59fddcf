"""`python -m gateway.bootstrap`: the first key, and a new one whenever it was lost."""

import asyncio
import json
import os
import sys

from shared.contracts.codes import Scope
from tests.services.gateway.conftest import RunningGateway


async def _bootstrap(gateway: RunningGateway) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.bootstrap", env=dict(os.environ), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    made: dict[str, str] = json.loads(said)
    return made


async def test_it_makes_the_operator_once_and_a_new_key_each_time(gateway: RunningGateway) -> None:
    async with gateway.database.pool.acquire() as connection:
        await connection.execute("DELETE FROM api_keys; DELETE FROM clients; DELETE FROM accounts")
    first = await _bootstrap(gateway)
    again = await _bootstrap(gateway)
    assert (first["account_id"], first["client_id"]) == (again["account_id"], again["client_id"])
    assert first["key"] != again["key"]
    for made in (first, again):
        assert (await gateway.with_key(made["key"]).get("/v1/accounts")).status_code == 200
    operator = (await gateway.with_key(again["key"]).get(f"/v1/clients/{again['client_id']}")).json()
    assert set(operator["scopes"]) == set(Scope) - {"appeals:read", "appeals:write", "metrics:read"}
    account = (await gateway.with_key(again["key"]).get(f"/v1/accounts/{again['account_id']}")).json()
    assert (account["kind"], account["name"]) == ("marketplace", "Marque operator")


async def test_a_revoked_admin_is_replaced(gateway: RunningGateway) -> None:
    await gateway.operator.post(f"/v1/clients/{gateway.admin['client_id']}/revoke")
    made = await _bootstrap(gateway)
    assert made["account_id"] == gateway.admin["account_id"]
    assert made["client_id"] != gateway.admin["client_id"]
    assert (await gateway.with_key(made["key"]).get("/v1/accounts")).status_code == 200
