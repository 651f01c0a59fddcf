"""The processes that read: bounded, replaced when they were killed, ended with the service."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from services.intake.domain.letters.model import MAIL, PDF, CannotRead, Limits, Unread
from services.intake.domain.letters.readers import Readers
from shared.runtime.errors import Unavailable
from tests.services.intake.letters.papers import pdf

A_MAIL = b"From: a@b.example\n\nOur lamp."


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    found = Readers(Limits(), at_once=1)
    yield found
    await found.end()


async def test_one_process_reads_one_file_after_the_other(readers: Readers) -> None:
    letters = await asyncio.gather(readers.read(A_MAIL, MAIL), readers.read(pdf("A page"), PDF))
    assert ["Our lamp." in letters[0].text, letters[1].text] == [True, "A page"]
    assert len(readers._idle) == 1


async def test_a_file_that_takes_too_long_costs_its_process_and_the_next_file_is_read() -> None:
    """Even the start of reading takes longer than this limit."""
    hurried = Readers(Limits(seconds=0.000_001), at_once=1)
    with pytest.raises(CannotRead) as raised:
        await hurried.read(pdf("A page"), PDF)
    assert raised.value.reason is Unread.TOO_COMPLEX
    assert hurried._idle == []
    await hurried.end()


async def test_a_process_that_died_is_replaced(readers: Readers) -> None:
    await readers.read(A_MAIL, MAIL)
    process = readers._idle[0]
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert "Our lamp." in (await readers.read(A_MAIL, MAIL)).text


async def test_memory_is_bounded(readers: Readers) -> None:
    """The same mail is too long where there is room to find that out, and too much where there is not."""
    tight = Readers(Limits(memory=100 * 1_048_576), at_once=1)
    big = b"From: a@b.example\n\n" + b"\xe2\x82\xac \n" * 2_000_000
    assert (await _reason(tight, big, MAIL)) is Unread.TOO_COMPLEX
    assert (await _reason(readers, big, MAIL)) is Unread.TOO_LONG
    await tight.end()


async def _reason(readers: Readers, content: bytes, media_type: str) -> Unread:
    with pytest.raises(CannotRead) as raised:
        await readers.read(content, media_type)
    return raised.value.reason


async def test_too_many_waiting_are_told_to_come_back(readers: Readers) -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(9):
            stack.enter_context(readers.place())
        with pytest.raises(Unavailable), readers.place():
            pass
    with readers.place():
        pass


async def test_processes_end_with_the_service() -> None:
    readers = Readers(Limits(), at_once=1)
    await readers.read(A_MAIL, MAIL)
    process = readers._idle[0]
    await readers.end()
    assert process.returncode == 0
