"""The processes that read: bounded, replaced when they were killed, shared fairly, ended with the service."""

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any

import pytest

from libraries.documents.model import MAIL, PDF, CannotRead, Limits, Unread
from libraries.documents.sandbox.pool import Overran, Sandbox
from libraries.documents.sandbox.shares import Busy, Shares
from libraries.notices import MarketplaceUrls, UrlPattern
from services.intake.parsing.readers import Readers
from services.intake.sandboxes import place
from shared.runtime.errors import Unavailable
from tests import running
from tests.libraries.documents.papers import pdf

A_MAIL = b"From: a@b.example\n\nOur lamp."
TEXT = "application/json"
SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)


async def eventually(holds: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return holds()

    await running.eventually(asked)


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    found = Readers(Limits(), SHOP, at_once=1)
    yield found
    await found.end()


async def read(readers: Readers, content: bytes, media_type: str, account: str = "acc_a") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await readers.read(content, media_type, account=account))
    return found


async def test_one_process_reads_text_mails_and_pdfs_one_after_the_other(readers: Readers) -> None:
    text = b"https://shop.example/item/7 is a counterfeit of our lamp."
    letters = await asyncio.gather(
        read(readers, A_MAIL, MAIL), read(readers, pdf("A page"), PDF), read(readers, text, TEXT)
    )
    assert ["Our lamp." in letters[0]["text"], letters[1]["text"], letters[2]["text"]] == [True, "A page", None]
    assert letters[2]["draft"]["items"] == [
        {"url": "https://shop.example/item/7", "listing_id": "7", "media_type": "listing", "part": "whole"}
    ]
    assert len(readers._idle) == 1


async def test_a_file_that_takes_too_much_processor_time_costs_its_process_and_the_next_file_is_read() -> None:
    hurried = Readers(Limits(seconds=0.05), SHOP, at_once=1)
    assert await _reason(hurried, pdf(*["a long page\n" * 50] * 150), PDF) is Unread.TOO_COMPLEX
    assert hurried._idle == []
    await hurried.end()


class Sleepers(Sandbox[Limits]):
    """Processes that answer nothing and take no processor time."""

    def __init__(self, limits: Limits) -> None:
        super().__init__("tests.libraries.documents.sleeping", limits, at_once=1)


async def test_time_by_the_clock_is_four_times_that_of_the_processor_and_ends_too() -> None:
    assert Limits(seconds=10).wall_seconds == 40
    sleepers = Sleepers(Limits(seconds=0.1))
    with pytest.raises(Overran):
        await sleepers.ask(io.BytesIO(b"x"), 1)
    assert sleepers._idle == []


async def test_a_process_that_waits_for_the_processor_is_not_ended(readers: Readers) -> None:
    """Stopped, it takes no processor time: what a busy machine does to it, for longer."""
    await read(readers, A_MAIL, MAIL)
    process = readers._idle[0]
    os.kill(process.pid, signal.SIGSTOP)
    reading = asyncio.create_task(read(readers, A_MAIL, MAIL))
    await eventually(lambda: not readers._idle)
    os.kill(process.pid, signal.SIGCONT)
    assert "Our lamp." in (await reading)["text"]
    assert readers._idle == [process]


async def test_a_process_that_died_is_replaced(readers: Readers) -> None:
    await read(readers, A_MAIL, MAIL)
    process = readers._idle[0]
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert "Our lamp." in (await read(readers, A_MAIL, MAIL))["text"]


async def test_a_process_killed_at_work_answers_that_it_took_too_much(readers: Readers) -> None:
    await read(readers, A_MAIL, MAIL)
    process = readers._idle[0]
    os.kill(process.pid, signal.SIGSTOP)
    reading = asyncio.create_task(_reason(readers, A_MAIL, MAIL))
    await eventually(lambda: not readers._idle)
    os.kill(process.pid, signal.SIGKILL)
    assert await reading is Unread.TOO_COMPLEX
    assert "Our lamp." in (await read(readers, A_MAIL, MAIL))["text"]


async def test_memory_is_bounded(readers: Readers) -> None:
    """The same mail is too long where there is room to find that out, and too much where there is not."""
    tight = Readers(Limits(memory=120 * 1_048_576), SHOP, at_once=1)
    big = b"From: a@b.example\n\n" + b"\xe2\x82\xacuro \n" * 1_500_000
    assert (await _reason(tight, big, MAIL)) is Unread.TOO_COMPLEX
    assert (await _reason(readers, big, MAIL)) is Unread.TOO_LONG
    await tight.end()


async def _reason(readers: Readers, content: bytes, media_type: str) -> Unread:
    with pytest.raises(CannotRead) as raised:
        await readers.read(content, media_type, account="acc_a")
    return raised.value.reason


async def test_who_finds_no_place_is_told_when_to_come_again(readers: Readers) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(place(readers, "acc_a"))
        with pytest.raises(Unavailable) as refused, place(readers, "acc_a"):
            pass
    assert refused.value.headers == {"Retry-After": "1"}
    assert refused.value.detail == "Too many files of this account are being read. Try again in a moment."
    with place(readers, "acc_a"):
        pass


async def test_one_account_holds_a_third_of_the_places_and_all_accounts_what_there_is() -> None:
    shares = Shares(1)
    with ExitStack() as stack:
        for account in ("a", "a", "a", "b", "b", "b", "c", "c", "c"):
            if account == "b":
                with pytest.raises(Busy), shares.place("a"):
                    pass
            stack.enter_context(shares.place(account))
        with pytest.raises(Busy), shares.place("d"):
            pass
    with shares.place("a"):
        pass


async def test_accounts_take_turns_and_none_works_everywhere_at_once() -> None:
    """Three files of one account came first, then one of each of two others; each stays until it is let go."""
    begun: list[str] = []
    shares, done = Shares(2), {name: asyncio.Event() for name in ("a1", "a2", "a3", "b1", "c1")}

    async def work(name: str) -> None:
        async with shares.work(name[0]):
            begun.append(name)
            await done[name].wait()

    tasks = [asyncio.create_task(work(name)) for name in ("a1", "a2", "a3")]
    await eventually(lambda: begun == ["a1"])
    tasks += [asyncio.create_task(work(name)) for name in ("b1", "c1")]
    await eventually(lambda: begun == ["a1", "b1"])
    done["a1"].set()
    await eventually(lambda: len(begun) == 3)
    done["b1"].set()
    await eventually(lambda: len(begun) == 4)
    assert set(begun[2:]) == {"a2", "c1"}
    for event in done.values():
        event.set()
    await asyncio.gather(*tasks)
    assert begun[-1] == "a3"


async def test_a_caller_who_goes_away_leaves_its_place_to_the_next() -> None:
    begun: list[str] = []
    shares, done = Shares(1), asyncio.Event()

    async def work(name: str) -> None:
        async with shares.work(name[0]):
            begun.append(name)
            await done.wait()

    first, second, third = (asyncio.create_task(work(name)) for name in ("a1", "a2", "b1"))
    await eventually(lambda: begun == ["a1"])
    second.cancel()
    first.cancel()
    await eventually(lambda: begun == ["a1", "b1"])
    done.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert begun == ["a1", "b1"]


async def test_processes_end_with_the_service() -> None:
    readers = Readers(Limits(), SHOP, at_once=1)
    await read(readers, A_MAIL, MAIL)
    process = readers._idle[0]
    await readers.end()
    assert process.returncode == 0
