"""What the store does not know is looked up at the marketplace, which is trusted no more than anybody else."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from services.screening.captures import lookups
from services.screening.captures.lookups import LOOK_UP_LISTING, Lookup, LookupResult
from services.screening.jobs import forget_unknown_listings
from services.screening.settings import ScreeningSettings
from shared.contracts.events import ListingCaptured
from tests.conftest import StartService
from tests.services.runtime_outgoing.servers import Connection, Server, ok, serving, to
from tests.services.screening.conftest import SHOP, Screening, listing, report, start_screening

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, all").decode()
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
Answer = bytes | Callable[[Connection], Awaitable[None]]
StartLooking = Callable[..., Awaitable[Screening]]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "lookup"
    path.write_text(f"{SECRET}\n")
    return path


@asynccontextmanager
async def looking(
    start_service: StartService, key: Path, answer: Answer, **settings: str
) -> AsyncIterator[tuple[Screening, Server]]:
    """A service that asks this server for what it does not know."""
    async with serving(answer) as server:
        screening = await start_screening(
            start_service, listing_lookup=f"{server.url}listings", listing_lookup_key=str(key), **settings
        )
        yield screening, server


def told(**changes: Any) -> bytes:
    return ok(json.dumps(listing(**{"images": [], **changes})).encode(), "Content-Type: application/json")


async def _asked(screening: Screening, *ids: str) -> None:
    """Report these, and wait until nobody is asked any more."""
    await screening.running.publish(report(*ids or ("9001",)))
    await screening.settled()

    async def done() -> bool:
        left = await screening.value("SELECT count(*) FROM jobs WHERE kind = $1 AND died_at IS NULL", LOOK_UP_LISTING)
        return not left

    await screening.running.eventually(done)


async def test_what_is_looked_up_is_stored_and_captured_late(start_service: StartService, key: Path) -> None:
    async with looking(start_service, key, told(listing_id="9%3001")) as (screening, server):
        filed = report("9001")
        await screening.running.publish(filed)
        (event,) = await screening.captured(1)
    assert (event.source, event.listing.title) == ("lookup", "Trail shoe, blue")
    assert [(item.item_id, item.first, item.late) for item in event.items] == [(filed.items[0].item_id, True, True)]
    (stored,) = await screening.read("9001")
    assert stored["version"] == 7
    (asked, *others) = [one for one in server.asked if b"marker" not in one.body]
    assert not others
    assert asked.head.startswith("POST /listings HTTP/1.1")
    assert json.loads(asked.body) == {
        "marketplace": SHOP, "listing_id": "9001", "url": "https://shop.example/item/9001",
    }  # fmt: skip
    headers = dict(line.split(": ", 1) for line in asked.head.lower().splitlines()[1:] if line)
    signed = {name: value for name, value in _headers(asked).items() if name.startswith("webhook-")}
    assert Webhook(SECRET).verify(asked.body.decode(), signed)
    assert headers["content-type"] == "application/json"


def _headers(asked: Connection) -> dict[str, str]:
    lines = [line.split(": ", 1) for line in asked.head.splitlines()[1:] if line]
    return {name.lower(): value for name, value in lines}


async def test_what_is_known_is_not_asked_for(start_service: StartService, key: Path) -> None:
    async with looking(start_service, key, NOT_FOUND) as (screening, server):
        await screening.put(listing(images=[]))
        await _asked(screening)
    assert [one for one in server.asked if b"9001" in one.body] == []


async def test_many_items_ask_once_and_all_are_captured(start_service: StartService, key: Path) -> None:
    async def slowly(connection: Connection) -> None:
        await asyncio.sleep(0.3)
        await connection.say(told())

    async with looking(start_service, key, slowly) as (screening, server):
        for filed in [report("9001", "9001") for _ in range(5)]:
            await screening.running.publish(filed)

        async def captured() -> bool:
            events = await screening.running.recorded(ListingCaptured)
            return sum(len(event.items) for event in events) == 10

        await screening.running.eventually(captured)
    assert len([one for one in server.asked if b"9001" in one.body]) == 1


async def test_what_the_marketplace_does_not_know_is_not_asked_again_for_a_while(
    start_service: StartService, key: Path
) -> None:
    async with looking(start_service, key, NOT_FOUND) as (screening, server):
        for _ in range(2):
            await _asked(screening, "9001")
        assert len([one for one in server.asked if b"9001" in one.body]) == 1
        await screening.value("UPDATE unknown_listings SET ask_again_at = now() - interval '1 second'")
        await _asked(screening, "9001")
        assert len([one for one in server.asked if b"9001" in one.body]) == 2
        await screening.value("UPDATE unknown_listings SET ask_again_at = now() - interval '1 second'")
        await screening.running.sweep(forget_unknown_listings)
        assert await screening.value("SELECT count(*) FROM unknown_listings") == 0


async def for_ever(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await connection.say_for_ever(b"10000\r\n" + bytes(65_536) + b"\r\n")


REFUSED: dict[str, Answer] = {
    "another listing": told(listing_id="9002"),
    "another marketplace": told(marketplace="other.example"),
    "not JSON": ok(b"<html>"),
    "no listing": ok(b'["9001"]'),
    "a name twice": ok(b'{"marketplace": "shop.example", "listing_id": "9001", "version": 1, "version": 2}'),
    "an unknown field": told(surprise=1),
    "a wrong currency": told(price={"amount": 1, "currency": "XXY"}),
    "a time that has not come": told(updated_at="2090-01-01T00:00:00Z"),
    "too large": ok(b" " * 262_145),
    "without end": for_ever,
    "a redirect inside": to("http://169.254.169.254/latest/meta-data", 307),
    "a redirect": to("/listings", 302),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
async def test_an_answer_that_is_not_believed_is_refused_and_remembered(
    start_service: StartService, key: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with looking(start_service, key, answer) as (screening, server):
        await _asked(screening)
        await _asked(screening)
    assert len([one for one in server.asked if b"9001" in one.body]) == 1
    assert await screening.read("9001") == []
    assert await screening.value("SELECT count(*) FROM unknown_listings WHERE listing_id = '9001'") == 1
    assert await screening.running.recorded(ListingCaptured) == []
    assert "is refused: " in capsys.readouterr().out


async def silent(connection: Connection) -> None:
    await connection.reader.read()


@pytest.mark.parametrize("wrong", [BUSY, b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", b"", silent])
async def test_where_nobody_answers_it_is_asked_again(
    start_service: StartService, key: Path, wrong: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "_SECONDS", 0.5)
    answers: list[Answer] = [told(), wrong]

    async def at_last(connection: Connection) -> None:
        if b"marker" in connection.body:
            await connection.say(NOT_FOUND)
            return
        answer = answers.pop()
        await (connection.say(answer) if isinstance(answer, bytes) else answer(connection))

    async with looking(start_service, key, at_last) as (screening, _):
        await screening.running.publish(report("9001"))
        (event,) = await screening.captured(1)
    assert event.source == "lookup"


async def test_after_its_last_try_it_is_as_if_nothing_were_known_and_a_later_report_asks_again(
    start_service: StartService, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "TRIES", 1)
    async with looking(start_service, key, BUSY) as (screening, server):
        await screening.running.publish(report("9001"))
        unknown = "SELECT count(*) FROM unknown_listings WHERE listing_id = '9001'"
        await screening.running.eventually(lambda: screening.value(unknown))
        assert await screening.value("SELECT count(*) FROM jobs WHERE kind = 'look_up_listing'") == 0
        await screening.value("DELETE FROM unknown_listings")
        await screening.running.publish(report("9001"))
        await screening.running.eventually(lambda: screening.value(unknown))
    assert len([one for one in server.asked if b"9001" in one.body]) == 2


async def test_an_item_that_names_more_than_an_id_is_asked_for_nowhere(start_service: StartService, key: Path) -> None:
    """The store can never have it, and no index could."""
    async with looking(start_service, key, NOT_FOUND) as (screening, server):
        await _asked(screening, "9" * 2048)
    assert [one for one in server.asked if b"999" in one.body] == []
    assert await screening.value("SELECT count(*) FROM reported_items WHERE listing_id IS NULL") == 1


async def test_without_a_look_up_nobody_is_asked(screening: Screening) -> None:
    await screening.running.publish(report("9001"))
    await screening.settled()
    assert await screening.value("SELECT count(*) FROM jobs WHERE kind = $1", LOOK_UP_LISTING) == 0


def test_a_look_up_needs_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "NATS_URL", "IDENTITY_JWKS", "EVIDENCE_LINK_KEY"):
        monkeypatch.setenv(f"MARQUE_{name}", "/tmp/x")
    monkeypatch.setenv("MARQUE_LISTING_LOOKUP", "https://shop.example/listings")
    with pytest.raises(ValueError, match="listing_lookup needs listing_lookup_key"):
        ScreeningSettings()
    (tmp_path / "key").write_text("whsec_not base64!")
    monkeypatch.setenv("MARQUE_LISTING_LOOKUP_KEY", str(tmp_path / "key"))
    with pytest.raises(ValueError, match="base64"):
        Lookup.of(ScreeningSettings(), None)  # type: ignore[arg-type]  # it is not asked


def test_the_results_are_counted_by_these_names() -> None:
    assert set(LookupResult) == {"known", "unknown", "refused"}
    assert timedelta(seconds=3600).total_seconds() == ScreeningSettings.model_fields["listing_unknown_seconds"].default
