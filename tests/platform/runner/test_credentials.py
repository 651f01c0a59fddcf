import itertools
import json
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from deploy.local import credentials
from deploy.local.api import open_api
from deploy.local.errors import CannotStartError
from shared.contracts.codes import AccountKind, Scope


class Gateway:
    """The accounts of a gateway, with idempotency keys as the real one keeps them."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.admin = "admin-1"
        self.answers: dict[str, dict[str, str]] = {}
        self.fail_after: int | None = None
        self.url = ""

    async def read(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {self.admin}":
            return web.json_response({"detail": "who?"}, status=401)
        return web.json_response({"data": [], "next_cursor": None})

    async def make(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        if key not in self.answers:
            number = next(self.numbers)
            self.answers[key] = {"id": f"id-{number}", "key": f"key-{number}"}
        if self.fail_after is not None and len(self.answers) >= self.fail_after:
            return web.json_response({"detail": "the answer was lost"}, status=500)
        return web.json_response(self.answers[key], status=201)


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_get("/v1/accounts", gateway.read)
    app.router.add_post("/v1/accounts", gateway.make)
    app.router.add_post("/v1/accounts/{id}/clients", gateway.make)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def bootstrap(_: Mapping[str, str], __: Path) -> str:
        return gateway.admin

    monkeypatch.setattr(credentials, "_bootstrap", bootstrap)
    yield gateway
    await runner.cleanup()


async def test_the_first_start_makes_every_key_in_a_private_file(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    keys = json.loads(path.read_text())
    assert list(keys) == [
        "admin", "brand", "brand_two", "vendor", "vendor_two", "marketplace", "regulator",
        "demo_brand", "demo_vendor", "demo_vendor_two",
    ]  # fmt: skip
    assert len(set(keys.values())) == 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_second_start_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    before, made = path.read_text(), len(gateway.answers)
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    assert path.read_text() == before
    assert len(gateway.answers) == made


@pytest.mark.parametrize("after", range(1, 19))
async def test_a_crash_between_any_two_steps_heals_and_makes_nothing_twice(
    gateway: Gateway, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "credentials.json"
    gateway.fail_after = after
    with pytest.raises(CannotStartError, match="the answer was lost"):
        await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    gateway.fail_after = None
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    assert len(json.loads(path.read_text())) == 10
    assert len(gateway.answers) == 18


async def test_a_home_of_an_earlier_version_gets_the_accounts_that_it_lacks_and_keeps_its_keys(
    gateway: Gateway, tmp_path: Path
) -> None:
    path = tmp_path / "credentials.json"
    earlier = {"admin": "admin-1", "brand": "key-a", "brand_two": "key-b", "vendor": "key-c", "vendor_two": "key-d",
               "marketplace": "key-e", "regulator": "key-f"}  # fmt: skip
    path.write_text(json.dumps(earlier))
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    keys = json.loads(path.read_text())
    assert {role: keys[role] for role in earlier} == earlier
    assert set(keys) - set(earlier) == {"demo_brand", "demo_vendor", "demo_vendor_two"}
    assert len(gateway.answers) == 6, "an account and a client for each"


async def test_keys_of_a_database_that_is_gone_are_made_anew(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    old = json.loads(path.read_text())
    gateway.admin = "admin-2"
    gateway.answers.clear()
    await credentials.make_credentials(path, gateway.url, {}, tmp_path)
    new = json.loads(path.read_text())
    assert not set(old.values()) & set(new.values())


def test_every_kind_and_scope_is_one_that_the_contracts_know() -> None:
    for account in credentials.FIRST_ACCOUNTS:
        assert account.kind in set(AccountKind)
        assert set(account.scopes) <= set(Scope)


async def test_an_empty_platform_has_the_operators_key_alone_until_examples_are_asked_for(
    gateway: Gateway, tmp_path: Path
) -> None:
    path = tmp_path / "credentials.json"
    for _ in range(2):
        await credentials.make_credentials(path, gateway.url, {}, tmp_path, examples=False)
        assert json.loads(path.read_text()) == {"admin": "admin-1"}
    async with open_api(gateway.url, "admin-1") as api:
        await credentials.make_examples(path, api)
    assert len(json.loads(path.read_text())) == 10
