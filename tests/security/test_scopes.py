"""Every call asks for its scope (OWASP API5, 2023), and the published document says which."""

from typing import Any
from uuid import UUID

import aiohttp
import pytest

from deploy.local.api import Api
from shared.contracts.codes import Scope
from shared.contracts.ids import ReportId
from tests.live import LivePlatform
from tests.security.test_tenant_matrix import call, example, fill, operations

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

PUBLIC = {
    "read_service_levels", "issue_token", "take_notice", "confirm_notice", "confirm_notice_by_page",
    "show_confirmation", "show_notice", "show_notice_form", "take_notice_by_page", "read_notice", "answer_notice",
    "answer_notice_by_page", "reopen_notice",
    "reopen_notice_by_page", "withdraw_notice", "withdraw_notice_by_page", "open_evidence", "open_captured_picture",
}  # fmt: skip
"""What anyone may call."""

HELD = "escalations:read"
"""The one scope of a key that may do nothing else."""


def _scopes(operation: dict[str, Any]) -> set[str]:
    return {
        scope for requirement in operation.get("security", []) for scopes in requirement.values() for scope in scopes
    }


async def test_a_key_without_the_scope_is_refused_everywhere(platform: LivePlatform) -> None:
    nobody = encode_any()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        admin = Api(platform.base_url, platform.keys["admin"], session)
        document = await admin.get("/openapi.json")
        account = await admin.post("/v1/accounts", {"kind": "brand", "name": "Scopes"})
        client = await admin.post(f"/v1/accounts/{account['id']}/clients", {"name": "little", "scopes": [HELD]})
        wrong, tried = [], 0
        for method, path, operation in operations(document):
            name = operation["operationId"]
            if name in PUBLIC:
                continue
            scopes = _scopes(operation)
            if not scopes or not scopes <= set(Scope):
                wrong.append(f"{name} does not say which scope it needs: {scopes}")
                continue
            if scopes == {HELD}:
                continue
            url = admin.base_url + fill(path, operation, nobody)
            status, answer = await call(url, method, client["key"], example(document, operation), session)
            tried += 1
            if status != 403:
                wrong.append(f"{method} {path} ({name}): {status} {answer[:200]}")
        assert tried > 50
        assert not wrong, "\n".join(wrong)


def encode_any() -> dict[str, str]:
    """An id of every kind that nobody has."""
    suffix = ReportId.of(UUID(int=7 << 76 | 2 << 62))[3:]
    prefixes = [
        "rgt",
        "aut",
        "rep",
        "imp",
        "itm",
        "tsk",
        "dec",
        "whk",
        "dlv",
        "enf",
        "esc",
        "rul",
        "pol",
        "acc",
        "cli",
        "evt",
        "ntc",
        "evd",
        "cap",
        "job",
    ]
    return {prefix: prefix + suffix for prefix in prefixes}
