"""Acts of different services on one thing: whichever comes first, and at once, no two services say different things.

`docs/who-decides.md` says who orders which pair; every row of its table is tried here.
"""

import importlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.check.platform import SERVICES
from deploy.registry import behind_the_gateway
from shared.runtime.clock import SystemClock
from tests.conftest import Servers
from tests.platform.acts.world import Act, Case, World, both_orders_and_at_once, cases
from tests.running import Callers, clear, forget_stream, run_service

PAGE = Path(__file__).parents[3] / "docs" / "who-decides.md"
ACTS: dict[str, Act] = {
    "withdraw": Case.withdraw, "judge": Case.judge, "ask": Case.ask, "escalate": Case.escalate,
    "re-route": Case.reroute, "answer": Case.answer, "reopen": Case.reopen, "close": Case.close,
    "desk answers": Case.resolve, "lease expires": Case.expire, "lease is broken": Case.breaks,
    "account is closed": Case.shut, "another joins": Case.join, "apply": Case.apply,
    "apply by event": Case.apply_by_event,
}  # fmt: skip
OPEN = frozenset({"queued", "in_review"})


@dataclass(frozen=True)
class Pair:
    """Two acts on one item, the state it is in before, and those it may end in: in this order, and the other way."""

    prior: str
    first: str
    second: str
    in_order: frozenset[str]
    reversed: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.first} + {self.second}"


def _pair(prior: str, first: str, second: str, in_order: str, reversed_: str) -> Pair:
    ends = [OPEN if end == "open" else frozenset({end}) for end in (in_order, reversed_)]
    return Pair(prior, first, second, *ends)


PAIRS = [
    _pair("leased", "withdraw", "judge", "withdrawn", "accepted"),
    _pair("leased", "withdraw", "ask", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "escalate", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "re-route", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "another joins", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "lease expires", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "lease is broken", "withdrawn", "withdrawn"),
    _pair("leased", "withdraw", "account is closed", "withdrawn", "withdrawn"),
    _pair("asked", "withdraw", "answer", "withdrawn", "withdrawn"),
    _pair("asked", "withdraw", "close", "withdrawn", "withdrawn"),
    _pair("closed", "withdraw", "reopen", "withdrawn", "withdrawn"),
    _pair("escalated", "withdraw", "desk answers", "withdrawn", "withdrawn"),
    _pair("decided", "withdraw", "apply", "actioned", "actioned"),
    _pair("leased", "judge", "lease expires", "accepted", "open"),
    _pair("leased", "judge", "lease is broken", "accepted", "open"),
    _pair("leased", "judge", "account is closed", "accepted", "open"),
    _pair("leased", "judge", "another joins", "accepted", "accepted"),
    _pair("leased", "ask", "another joins", "needs_information", "needs_information"),
    _pair("asked", "answer", "close", "open", "closed"),
    _pair("asked", "answer", "another joins", "open", "open"),
    _pair("closed", "reopen", "another joins", "open", "open"),
    _pair("escalated", "desk answers", "another joins", "open", "open"),
    _pair("decided", "apply", "apply by event", "actioned", "actioned"),
]


@pytest.fixture(scope="module")
async def world(servers: Servers, callers: Callers, migrated: Callable[[str], Awaitable[str]]) -> AsyncIterator[World]:
    for name in SERVICES:
        await migrated(name)
        await clear(f"{servers.database_url}/marque_{name}")
    await forget_stream(servers.nats_url)
    callers.known.clear()
    environment = {
        "database_url": servers.database_url, "nats_url": servers.nats_url, "log_level": "WARNING",
        "identity_jwks": str(servers.folder / "identity.jwks.json"), "evidence_url": str(servers.folder / "evidence"),
        "evidence_link_key": str(servers.folder / "evidence_links"), "consumer_gather_seconds": "0",
        "relay_gather_seconds": "0",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(f"MARQUE_{name.upper()}", value)
        async with AsyncExitStack() as stack:
            running = {
                name: await run_service(
                    name, importlib.import_module(f"services.{name}.app").app, callers, servers.nats_url, stack,
                    SystemClock(),
                )
                for name in behind_the_gateway()
            }  # fmt: skip
            intake, review, escalation, notify = (
                running[name] for name in ("intake", "review", "escalation", "notify")
            )
            made = World(intake, review, escalation, notify, servers.database_url)
            await made.prepare()
            yield made


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
async def test_two_acts_on_one_thing_end_alike_in_every_service(world: World, pair: Pair) -> None:
    one, other, *at_once = await cases(world, pair.prior, 6)
    await both_orders_and_at_once(world, ACTS[pair.first], ACTS[pair.second], one, other, at_once)
    assert (await one.item())["state"] in pair.in_order
    assert (await other.item())["state"] in pair.reversed
    ends = [(await case.item())["state"] for case in at_once]
    assert set(ends) <= pair.in_order | pair.reversed, ends
    assert await world.contradictions() == []


def test_the_page_names_every_pair_that_is_tried_and_no_other() -> None:
    rows = re.findall(r"^\| ([^|]+ \+ [^|]+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(pair.name for pair in PAIRS)
