"""What is fetched from servers of strangers is whole, in bounds and from where it may be; all else has a name."""

import asyncio
import gzip
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.runtime.outgoing.fetching import (
    AnswerTooLarge,
    BadAnswer,
    BadStatus,
    CannotBeReached,
    Fetcher,
    FetchFailed,
    NotAllowed,
    TimedOut,
)
from shared.runtime.outgoing.sessions import Sessions
from tests.running import eventually
from tests.services.runtime_outgoing.names import Says
from tests.services.runtime_outgoing.servers import Answering, Connection, Server, ok, serving, to

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """One that may go to loopback, as in development; names stand for an address within."""
    async with Sessions(user_agent="Marque-Tests/1.0", connections=4, resolver=Says(["10.0.0.7"])) as sessions:
        yield Fetcher(sessions, allow_loopback=True)


async def get(fetcher: Fetcher, url: str, **bounds: Any) -> bytes:
    return await fetcher.get(url, **{"most_bytes": 1000, "seconds": 5, **bounds})


async def fails(fetcher: Fetcher, url: str, **bounds: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await get(fetcher, url, **bounds)
    return failed.value


async def test_a_file_is_fetched_whole_and_asked_for_as_it_is(fetcher: Fetcher) -> None:
    async with serving(ok(b"\x89PNG", "Set-Cookie: a=b; Path=/")) as server:
        for _ in range(2):
            assert await get(fetcher, f"{server.url}a%2Fb/../c?signed=%2F%7E%3D") == b"\x89PNG"
    for asked in server.asked:
        lines = asked.head.lower().splitlines()
        assert asked.head.startswith("GET /a%2Fb/../c?signed=%2F%7E%3D HTTP/1.1")
        assert {"accept-encoding: identity", "user-agent: marque-tests/1.0"} < set(lines)
        assert not [line for line in lines if line.startswith(("cookie", "authorization", "proxy"))]


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", UNTIL_CLOSED], ids=["declared", "until closed"]
)
async def test_as_many_bytes_as_are_taken_are_taken(fetcher: Fetcher, head: bytes) -> None:
    async with serving(head + bytes(1000)) as server:
        assert await get(fetcher, server.url) == bytes(1000)
        assert type(await fails(fetcher, server.url, most_bytes=999)) is AnswerTooLarge


async def for_ever(connection: Connection) -> None:
    await connection.say(UNTIL_CLOSED)
    await connection.say_for_ever(bytes(65_536))


async def for_ever_in_chunks(connection: Connection) -> None:
    await connection.say(CHUNKED)
    await connection.say_for_ever(b"10000\r\n" + bytes(65_536) + b"\r\n")


async def declares_much(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
    await connection.say_for_ever(b"a", pause=0.05)


async def declares_too_much_for_a_number(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n")
    await connection.say_for_ever(b"a", pause=0.05)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (for_ever, AnswerTooLarge),
        (for_ever_in_chunks, AnswerTooLarge),
        (declares_much, AnswerTooLarge),
        (declares_too_much_for_a_number, BadAnswer),
    ],
)
async def test_an_answer_without_end_is_dropped_once_it_is_too_large(
    fetcher: Fetcher, answer: Answering, named: type[FetchFailed]
) -> None:
    async with serving(answer) as server:
        tracemalloc.start()
        try:
            assert type(await fails(fetcher, server.url, most_bytes=200_000)) is named
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
        finally:
            tracemalloc.stop()
        assert await eventually(lambda: _let_go(server))


async def _let_go(server: Server) -> bool:
    return server.open == 0


async def silent(connection: Connection) -> None:
    await connection.reader.read()


async def slow_head(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await connection.say_for_ever(b"a", pause=0.01)


async def slow_body(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await connection.say_for_ever(b"a", pause=0.01)


async def only_asks_to_wait(connection: Connection) -> None:
    await connection.say_for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.001)


async def slow_redirects(connection: Connection) -> None:
    await asyncio.sleep(0.2)
    await connection.say(to("/next"))


@pytest.mark.parametrize("answer", [silent, slow_head, slow_body, only_asks_to_wait, slow_redirects])
async def test_an_answer_has_so_much_time_in_all_however_it_goes_on(fetcher: Fetcher, answer: Answering) -> None:
    async with serving(answer) as server:
        began = asyncio.get_running_loop().time()
        assert type(await fails(fetcher, server.url, seconds=0.5, redirects=20)) is TimedOut
        assert asyncio.get_running_loop().time() - began < 2
        assert await eventually(lambda: _let_go(server))


async def head_without_end(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\n")
    await connection.say_for_ever(b"X-More: " + b"a" * 4000 + b"\r\n")


async def line_without_end(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nX-More: ")
    await connection.say_for_ever(b"a" * 65_536)


async def size_without_end(connection: Connection) -> None:
    await connection.say(CHUNKED + b"1;")
    await connection.say_for_ever(b"a" * 65_536)


async def trailers_without_end(connection: Connection) -> None:
    await connection.say(CHUNKED + b"1\r\na\r\n0\r\n")
    await connection.say_for_ever(b"X-More: " + b"a" * 4000 + b"\r\n")


@pytest.mark.parametrize("answer", [head_without_end, line_without_end, size_without_end, trailers_without_end])
async def test_what_is_around_the_content_has_an_end_too(fetcher: Fetcher, answer: Answering) -> None:
    async with serving(answer) as server:
        tracemalloc.start()
        try:
            assert type(await fails(fetcher, server.url, seconds=0.5)) in {BadAnswer, TimedOut}
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + bytes(499),
        CHUNKED + b"4\r\nabcd\r\n",
        CHUNKED + b"4\r\nab",
        CHUNKED + b"zz\r\nabcd\r\n0\r\n\r\n",
        CHUNKED + b"-4\r\nabcd\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        ok(gzip.compress(bytes(10_000_000))[:900], "Content-Encoding: gzip"),
        ok(b"abcd", "Content-Encoding: br"),
        ok(b"abcd", "Content-Encoding: identity, GZIP"),
        ok(b"abcd", "Content-Encoding: identity", "Content-Encoding: deflate"),
    ],
)
async def test_an_answer_that_is_broken_or_compressed_is_none(fetcher: Fetcher, answer: bytes) -> None:
    async with serving(answer) as server:
        assert type(await fails(fetcher, server.url)) is BadAnswer


async def test_what_follows_the_length_that_was_declared_is_no_part_of_this_answer_nor_of_the_next(
    fetcher: Fetcher,
) -> None:
    async with serving(ok(b"abcd") + ok(b"smuggled")) as server:
        for _ in range(3):
            assert await get(fetcher, server.url) == b"abcd"
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 404, 410, 500, 503])
async def test_any_other_status_than_200_is_named(fetcher: Fetcher, status: int) -> None:
    async with serving(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n".encode()) as server:
        failed = await fails(fetcher, server.url, redirects=3)
    assert isinstance(failed, BadStatus)
    assert failed.status == status


def counting_down(status: int = 302) -> Answering:
    """Redirects from /3 to /2 and so on; /0 is the file."""

    async def answer(connection: Connection) -> None:
        left = int(connection.path[1:])
        await connection.say(to(f"/{left - 1}", status) if left else ok(b"there"))

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_so_many_redirects_are_followed_and_no_more(fetcher: Fetcher, status: int) -> None:
    async with serving(counting_down(status)) as server:
        assert await get(fetcher, f"{server.url}3", redirects=3) == b"there"
        assert [asked.path for asked in server.asked] == ["/3", "/2", "/1", "/0"]
        failed = await fails(fetcher, f"{server.url}4", redirects=3)
        assert isinstance(failed, BadStatus)
        assert failed.status == status
        assert [asked.path for asked in server.asked[4:]] == ["/4", "/3", "/2", "/1"]
        assert type(await fails(fetcher, f"{server.url}1")) is BadStatus, "none unless some are allowed"


async def test_a_redirect_without_a_place_or_in_a_circle_ends(fetcher: Fetcher) -> None:
    async with serving(to("/")) as server:
        assert type(await fails(fetcher, server.url, redirects=3)) is BadStatus
        assert len(server.asked) == 4
    async with serving(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") as server:
        assert type(await fails(fetcher, server.url, redirects=3)) is BadStatus


async def test_what_a_redirect_says_beside_its_place_is_not_read(fetcher: Fetcher) -> None:
    async def answer(connection: Connection) -> None:
        if connection.path == "/there":
            await connection.say(ok(b"there"))
        else:
            await connection.say(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 99999999\r\n\r\n")
            await connection.say_for_ever(bytes(65_536))

    async with serving(answer) as server:
        assert await get(fetcher, server.url, redirects=1) == b"there"
        assert await eventually(lambda: _let_go(server))


@pytest.mark.parametrize(
    "location",
    [
        "https://10.0.0.1/",
        "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:7f00:1]/",
        "http://[::ffff:127.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "http://shop.example/",
        "//shop.example/",
        "https://within.example/",
        "https://user@shop.example/",
        "https://[::1",
        "https://\xff.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
async def test_each_redirect_is_checked_as_the_first_address_was(fetcher: Fetcher, location: str) -> None:
    async with serving(to(location)) as server:
        assert type(await fails(fetcher, server.url, redirects=3)) is NotAllowed
        assert len(server.asked) == 1


async def test_an_address_that_may_not_be_called_is_refused_from_the_start(fetcher: Fetcher) -> None:
    for url in ("https://10.0.0.1/", "http://shop.example/", "https://within.example/", "https://[::ffff:7f00:1]/"):
        assert type(await fails(fetcher, url)) is NotAllowed
    failed = await fails(fetcher, "https://within.example/")
    assert str(failed) == "The address is not allowed: 10.0.0.7 is refused: private."


async def test_loopback_is_reached_only_where_it_is_allowed() -> None:
    async with serving(ok(b"within")) as server, Sessions(user_agent="a", connections=1) as sessions:
        for url in (server.url, f"http://localhost:{server.port}/", "https://localhost:8443/"):
            assert type(await fails(Fetcher(sessions, allow_loopback=False), url)) is NotAllowed
    assert server.asked == []


class Nowhere(Says):
    """A name server that knows no name."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        raise OSError(f"{host}:{port} is not known in {family}")


async def test_a_server_that_is_not_there_cannot_be_reached(fetcher: Fetcher) -> None:
    async with serving(b"") as server:
        assert type(await fails(fetcher, server.url)) is CannotBeReached, "it says nothing at all"
    assert type(await fails(fetcher, server.url)) is CannotBeReached, "nobody listens any more"
    async with Sessions(user_agent="a", connections=1, resolver=Nowhere([])) as sessions:
        failed = await fails(Fetcher(sessions, allow_loopback=False), "https://shop.example/")
    assert type(failed) is CannotBeReached


async def test_a_connection_is_free_again_after_every_failure() -> None:
    """With one connection, whatever holds it after its failure would hold all."""
    async with Sessions(user_agent="a", connections=1) as sessions:
        fetcher = Fetcher(sessions, allow_loopback=True)
        for answer in (for_ever, slow_head, slow_body, size_without_end):
            async with serving(answer) as server:
                await fails(fetcher, server.url, seconds=0.2)
        async with serving(ok(b"there")) as server:
            assert await get(fetcher, server.url) == b"there"


async def post(fetcher: Fetcher, url: str, **bounds: Any) -> bytes:
    headers = {"Signature": "sig1=:AA==:"}
    return await fetcher.post(url, b'{"id":"9"}', headers, **{"most_bytes": 1000, "seconds": 1, **bounds})


async def test_a_question_is_posted_with_its_signature_and_answered(fetcher: Fetcher) -> None:
    async with serving(ok(b'{"title":"Lamp"}', "Content-Type: application/json")) as server:
        assert json.loads(await post(fetcher, server.url)) == {"title": "Lamp"}
    asked = server.asked[0]
    assert (asked.head.split(" ")[0], asked.body) == ("POST", b'{"id":"9"}')
    assert {"content-type: application/json", "accept: application/json", "accept-encoding: identity",
            "signature: sig1=:aa==:"} < set(asked.head.lower().splitlines())  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (to("/elsewhere", 307), BadStatus),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", BadStatus),
        (ok(bytes(1001)), AnswerTooLarge),
        (ok(b"{}", "Content-Encoding: gzip"), BadAnswer),
        (for_ever_in_chunks, AnswerTooLarge),
        (silent, TimedOut),
        (slow_body, TimedOut),
    ],
)
async def test_the_answer_to_a_question_has_the_same_bounds(
    fetcher: Fetcher, answer: bytes | Answering, named: type[FetchFailed]
) -> None:
    async with serving(answer) as server:
        with pytest.raises(FetchFailed) as failed:
            await post(fetcher, server.url, seconds=0.5)
        assert type(failed.value) is named
        assert len(server.asked) == 1


async def test_a_question_goes_to_no_address_within(fetcher: Fetcher) -> None:
    for url in ("https://10.0.0.1/", "https://within.example/", "http://shop.example/"):
        with pytest.raises(NotAllowed):
            await post(fetcher, url)
