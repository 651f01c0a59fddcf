"""What one connection may take: heads, trailers, pipelines, silence, slow reading; on real sockets."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.runtime.http_connections import ConnectionTable
from shared.runtime.http_limits import HttpSettings
from shared.runtime.http_protocol import BoundedProtocol
from tests.services.gateway.serving import answer_json, eventually, raw, serve, whole_body

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"

LISTENING, GONE = asyncio.Event(), asyncio.Event()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was asked; `/large` with more than any buffer holds, `/early` before the body has come."""
    if scope["path"] == "/early":
        await answer_json(send, {}, 413)
        return
    if scope["path"] == "/slow":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(1.5)
        await send({"type": "http.response.body", "body": b"the end"})
        return
    body = await whole_body(receive)
    if scope["path"] == "/listen":
        LISTENING.set()
        assert (await receive())["type"] == "http.disconnect"
        GONE.set()
        return
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await answer_json(send, {"path": scope["path"], "headers": headers, "bytes": len(body)})


@asynccontextmanager
async def bounded(**limits: Any) -> AsyncIterator[str]:
    """A server with these limits; its address."""

    class Protocol(BoundedProtocol):
        def new_table(self, server_state: Any) -> ConnectionTable:
            per_address = limits.pop("per_address", None)
            return ConnectionTable(HttpSettings(**limits), server_state.connections, per_address=per_address)

        def counted_as(self, peer: str) -> str | None:
            return peer

    async with serve(app, http=Protocol) as url:
        yield url


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with bounded() as address:
        yield address


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(99)) + b"\r\n", 200),
        (HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + b"\r\n", 431),
        (HEAD + b"".join(b"X: 1\r\n" for _ in range(5000)) + b"\r\n", 431),
        (HEAD + b"X: " + b"x" * 60_000 + b"\r\n\r\n", 200),
        (HEAD + b"X: " + b"x" * 66_000 + b"\r\n\r\n", 431),
        (HEAD + b"X: " + b"x" * 2_000_000, 431),  # the end of it never comes
        (HEAD + b"x" * 2_000_000, 431),
        (HEAD + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 3000) for n in range(30)) + b"\r\n", 431),
        (b"GET /" + b"x" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /?" + b"x" * 2_000_000, 414),
        (b"\r\n" * 50_000, 431),
    ],
    ids=[
        "fields-100", "fields-101", "fields-5000", "a-60k", "a-66k", "an-endless-value", "an-endless-name", "a-90k",
        "a-target-8k", "a-target-9k", "an-endless-target", "empty-lines",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [700, 10_000_000], ids=["in-pieces", "at-once"])
async def test_a_head_has_its_limits_however_it_is_cut(url: str, head: bytes, status: int, size: int) -> None:
    assert _status(await _in_pieces(url, head, size)) == status


async def _in_pieces(url: str, request: bytes, size: int) -> bytes:
    """Send bytes piece by piece, until something is answered; the head of the answer."""
    reader, writer = await _connect(url)
    answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    try:
        for start in range(0, len(request), size):
            if answer.done():
                break
            writer.write(request[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            return await answer
    except ConnectionError:
        return await answer
    finally:
        writer.close()


async def test_a_refusal_is_a_problem_that_says_the_limit(url: str) -> None:
    answer = await raw(url, HEAD + b"X: 1\r\n" * 200 + b"\r\n", until_close=True)
    head, _, body = answer.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (431, "head_too_large")
    assert problem["detail"] == "The limit is 65536 bytes and 100 fields."
    assert problem["request_id"].encode() in head
    assert b"application/problem+json" in head
    assert b"connection: close" in head


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_trailers_are_not_headers_whatever_comes_after_them(url: str, size: int) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n"
    trailers = b"Authorization: Bearer stolen\r\nX-Marque-Identity: me\r\nHost: y\r\nExpect: 100-continue\r\n\r\n"
    last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    reader, writer = await _connect(url)
    request = (chunked + trailers) * 2 + last
    for start in range(0, len(request), size):
        writer.write(request[start : start + size])
        await writer.drain()
    async with asyncio.timeout(20):
        answers = await reader.read()
    writer.close()
    assert _statuses(answers) == [200, 200, 200]
    assert answers.count(b'"bytes": 4') == 2
    assert b"stolen" not in answers
    assert b"identity" not in answers


@pytest.mark.parametrize(
    "after_the_body",
    [
        b"0\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
        b"0\r\nX: " + b"x" * 500_000,
        b"0\r\n" + b"".join(b"X: %b\r\n" % (b"x" * 9000) for _ in range(20)),
        b"1;" + b"x" * 500_000,
    ],
    ids=["many", "an-endless-one", "large-ones", "an-endless-extension"],
)
async def test_what_stands_between_chunks_and_behind_them_is_bounded(url: str, after_the_body: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"
    assert _status(await _in_pieces(url, head + after_the_body, 30_000)) in {400, 431}


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: me@x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x:port\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: shop_1.example:80\r\n\r\n", 200),
    ],
)
async def test_a_request_names_exactly_one_host(url: str, lines: bytes, status: int) -> None:
    assert _status(await raw(url, lines)) == status


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\nX: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX : 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbodyX0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\nbody\n0\n\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nbody\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551617\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nbody\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbodies\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1 x\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    ],
)
async def test_what_two_readers_could_read_in_two_ways_is_refused(url: str, request_bytes: bytes) -> None:
    answers = await raw(url, request_bytes + b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n", until_close=True)
    assert _statuses(answers) == [400], answers
    assert b"hidden" not in answers


async def test_a_refusal_comes_after_what_was_asked_before_it(url: str) -> None:
    fine = b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    answers = await raw(url, fine + b"GET /second HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", until_close=True)
    assert _statuses(answers) == [200, 200, 400]
    answers = await raw(url, fine + b"GET /none HTTP/1.1\r\n\r\n" + fine, until_close=True)
    assert _statuses(answers) == [200, 400]


async def test_of_a_long_pipeline_the_first_are_answered_and_the_rest_left() -> None:
    async with bounded(pipelined=8) as url:
        answers = await raw(url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3000, until_close=True)
        assert _statuses(answers) == [200] * 9  # one that is answered, and eight that wait
        assert answers.rpartition(b"HTTP/1.1 ")[2].count(b"connection: close") == 1


async def test_a_head_that_comes_too_slowly_is_408_and_silence_is_cut_off() -> None:
    async with bounded(head_seconds=0.1) as url:
        assert _status(await raw(url, HEAD)) == 408
        assert await raw(url, b"", until_close=True) == b""
        # The second head on a connection is under the same limit.
        answers = await raw(url, HEAD + b"\r\nGET / HT", until_close=True)
        assert _statuses(answers) == [200, 408]


async def test_an_idle_connection_is_closed_in_time() -> None:
    async with bounded(idle_seconds=0.1) as url:
        assert _statuses(await raw(url, HEAD + b"\r\n", until_close=True)) == [200]


async def test_when_places_are_short_the_one_idle_for_longest_makes_room() -> None:
    async with bounded(connections=16) as url:
        connections = [await _connect(url) for _ in range(16)]
        for reader, writer in connections:
            writer.write(HEAD + b"\r\n")
            await reader.readuntil(b"\r\n\r\n")
        assert _status(await raw(url, HEAD + b"\r\n")) == 200
        async with asyncio.timeout(20):
            await connections[0][0].read()  # to its end
        connections[1][1].write(HEAD + b"\r\n")
        assert (await connections[1][0].read(1)) != b""
        for _, writer in connections:
            writer.close()


async def test_slow_heads_cannot_take_every_place() -> None:
    async with bounded(connections=16, head_seconds=600) as url:
        slow = [await _connect(url) for _ in range(16)]
        for _, writer in slow:
            writer.write(HEAD)

        async def answered() -> bool:
            return (await raw(url, HEAD + b"\r\n", until_close=False)).startswith(b"HTTP/1.1 200")

        await eventually(answered)
        for _, writer in slow:
            writer.close()


async def test_one_address_has_so_many_connections_and_no_more() -> None:
    async with bounded(per_address=4) as url:
        open_ = [await _connect(url) for _ in range(4)]
        answer = await raw(url, b"", until_close=True)
        assert _status(answer) == 429
        assert b"retry-after: 5" in answer
        open_.pop()[1].close()

        async def let_in() -> bool:
            return _status(await raw(url, HEAD + b"\r\n")) == 200

        await eventually(let_in)
        for _, writer in open_:
            writer.close()


async def test_who_does_not_read_its_answer_is_cut_off() -> None:
    async with bounded(reading_grace_seconds=0.1) as url:
        reader, writer = await _connect(url)
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        closed = asyncio.create_task(writer.wait_closed())

        async def cut_off() -> bool:
            # Writing finds out what reading would, without making room for more of the answer.
            writer.write(b"\r\n")
            return reader.exception() is not None or writer.is_closing()

        await eventually(cut_off)
        writer.transport.abort()
        await asyncio.gather(closed, return_exceptions=True)


async def test_who_reads_slowly_but_steadily_gets_all_of_it() -> None:
    # More waits in the kernel than is read in all these seconds, so that our own buffer does not shrink meanwhile.
    async with bounded(reading_grace_seconds=2) as url:
        loop, got = asyncio.get_running_loop(), 0
        with socket.socket() as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64_000)
            caller.setblocking(False)
            host, _, port = url.removeprefix("http://").partition(":")
            await loop.sock_connect(caller, (host, int(port)))
            await loop.sock_sendall(caller, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            for _ in range(60):
                got += len(await loop.sock_recv(caller, 4_000))
                await asyncio.sleep(0.1)
            while part := await loop.sock_recv(caller, 1_000_000):
                got += len(part)
        assert got > 2e8


async def test_what_was_answered_early_is_read_to_its_end_and_the_connection_goes_on(url: str) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
    last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert _statuses(await raw(url, early + last, until_close=True)) == [413, 200]


async def test_a_request_whose_head_came_with_the_rest_of_an_early_answer_is_not_idle() -> None:
    async with bounded(idle_seconds=0.2) as url:
        reader, writer = await _connect(url)
        writer.write(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        await reader.readuntil(b"{}")
        writer.write(b"67890GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(20):
            assert (await reader.read()).endswith(b"the end\r\n0\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("behind", [0, 1, 3])
async def test_a_request_at_work_is_told_that_its_caller_hung_up_whatever_waits_behind_it(behind: int) -> None:
    LISTENING.clear()
    GONE.clear()
    async with bounded() as url:
        _, writer = await _connect(url)
        writer.write(b"GET /listen HTTP/1.1\r\nHost: x\r\n\r\n" + (HEAD + b"\r\n") * behind)
        async with asyncio.timeout(20):
            await LISTENING.wait()
            await asyncio.sleep(0.05)  # for the requests behind it to be read
            writer.transport.abort()
            await GONE.wait()


async def test_no_other_protocol_is_spoken(url: str) -> None:
    upgrade = HEAD + b"Connection: Upgrade\r\nUpgrade: %b\r\n\r\n"
    assert _statuses(await raw(url, upgrade % b"websocket", until_close=True)) == [403]
    answers = await raw(url, upgrade % b"h2c" + HEAD + b"\r\n", until_close=True)
    assert _statuses(answers) == [200]  # answered as HTTP/1.1, and nothing after it is guessed at
