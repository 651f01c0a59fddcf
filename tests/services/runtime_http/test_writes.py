"""Heads are written with their bodies, in order, and never later than the event loop comes round."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from shared.runtime.http_writes import HeadsWithBodies

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"


class Recorded(asyncio.Transport):
    """A transport that notes what is done to it, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Any] = []

    def write(self, data: Any) -> None:
        self.done.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.done.append([bytes(data) for data in list_of_data])

    def write_eof(self) -> None:
        self.done.append("eof")

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


async def test_a_head_and_the_body_that_follows_are_one_write() -> None:
    inner = Recorded()
    transport = HeadsWithBodies(inner)
    for body in (b"one", b"two"):
        transport.write(HEAD)
        transport.write(body)
    assert inner.done == [[HEAD, b"one"], [HEAD, b"two"]]
    await asyncio.sleep(0)
    assert len(inner.done) == 2


async def test_a_head_whose_body_takes_its_time_goes_out_by_itself() -> None:
    inner = Recorded()
    transport = HeadsWithBodies(inner)
    transport.write(HEAD)
    assert inner.done == []
    await asyncio.sleep(0)
    assert inner.done == [HEAD]
    transport.write(b"one")
    assert inner.done == [HEAD, b"one"]


async def test_two_heads_in_a_row_keep_their_order() -> None:
    inner = Recorded()
    transport = HeadsWithBodies(inner)
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    transport.write(HEAD)
    transport.write(b"one")
    assert inner.done == [[b"HTTP/1.1 100 Continue\r\n\r\n", HEAD], b"one"]


async def test_what_comes_after_a_head_is_not_held() -> None:
    """A slow reader holds up whoever writes: nothing but a head waits here."""
    inner = Recorded()
    transport = HeadsWithBodies(inner)
    transport.write(HEAD)
    for number in range(3):
        transport.write(b"%d" % number)
        assert len(inner.done) == number + 1
    assert inner.done == [[HEAD, b"0"], b"1", b"2"]


@pytest.mark.parametrize(("end", "said"), [("close", "closed"), ("write_eof", "eof")])
async def test_an_end_comes_after_the_head(end: str, said: str) -> None:
    inner = Recorded()
    transport = HeadsWithBodies(inner)
    transport.write(HEAD)
    getattr(transport, end)()
    await asyncio.sleep(0)
    assert inner.done == [HEAD, said]
    assert transport.is_closing() is (end == "close")
