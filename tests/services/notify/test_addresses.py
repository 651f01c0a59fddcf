"""Where webhooks may go, whatever a URL or a name server says."""

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from services.notify.webhooks.addresses import AddressRefused, is_loopback, refusal, target_of
from services.notify.webhooks.transport import AddressNotAllowed, Transport, check_address
from tests.services.notify.things import receiving

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.8.8.8", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:10::1", "2002:7f00:1::1",
    "2002:a00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1", "not an address",
]  # fmt: skip
ALLOWED = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111",
           "2a00:1450:4001:81b::200e"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_no_webhook_goes_to(address: str) -> None:
    assert refusal(address) is not None


@pytest.mark.parametrize("address", ALLOWED)
def test_a_webhook_may_go_to(address: str) -> None:
    assert refusal(address) is None


@given(st.ip_addresses())
def test_whatever_python_calls_not_global_is_refused(address: Any) -> None:
    if not address.is_global or address.is_multicast or address.is_private or address.is_reserved:
        assert refusal(str(address)) is not None


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_ipv6_is_refused_whatever_it_is(address: Any) -> None:
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert refusal(wrapped) is not None
        assert not is_loopback(wrapped) or wrapped == "::0.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "ftp://shop.example/hook",
        "https://user:secret@shop.example/",
        "https://user@shop.example/",
        "https://shop.example@127.0.0.1/",
        "https://127.0.0.1/",
        "https://127.0.0.1:8443/",
        "http://localhost/",
        "https://localhost./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://shop.example.0x7f/",
        "https://internal/",
        "https://-bad.example/",
        "https://shop..example/",
        "https://shop.example:22/",
        "https://shop.example:0/",
        "https://shop.example:70000/",
        "https://shop.example/#fragment",
        "https://shop.example\\@10.0.0.1/",
        "https://shop.example/a b",
        "https://user@münchen.example/",
        "https://münchen/",
        "https://☃_.example/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://①⓪.0.0.1/",
        "https://ⓛocalhost/",
        "https://münchen.example:22/",
        "https://münchen.example/ä",
        "https:///hook",
        "https://",
        "//shop.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_url_that_is_not_plainly_public_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of(url, allow_loopback=False)
    assert refused.value.errors[0].pointer == "/url"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hook?account=1&x=%20",
        "https://hooks.shop.example:8443",
        "https://xn--mnchen-3ya.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_a_public_url_is_taken(url: str) -> None:
    assert not target_of(url, allow_loopback=False).loopback


@pytest.mark.parametrize(
    ("url", "sent_to", "host"),
    [
        ("https://münchen.example/hook?a=1", "https://xn--mnchen-3ya.example/hook?a=1", "xn--mnchen-3ya.example"),
        ("https://MÜNCHEN.example:8443", "https://xn--mnchen-3ya.example:8443", "xn--mnchen-3ya.example"),
        ("https://straße.example/", "https://xn--strae-oqa.example/", "xn--strae-oqa.example"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/", "xn--r8jz45g.xn--zckzah"),
        ("https://хуки.example./", "https://xn--h1ad0ah.example./", "xn--h1ad0ah.example"),
    ],
)
def test_a_host_in_unicode_letters_is_taken_as_its_ascii_form(url: str, sent_to: str, host: str) -> None:
    target = target_of(url, allow_loopback=False)
    assert (target.url, target.host) == (sent_to, host)


def test_development_opens_loopback_and_nothing_else() -> None:
    for url in ("http://127.0.0.1:9/", "http://localhost:8080/x", "https://[::1]:8443/"):
        assert target_of(url, allow_loopback=True).loopback
    for url in ("http://10.0.0.1/", "http://shop.example/", "https://192.168.0.1/", "http://[::ffff:127.0.0.1]/"):
        with pytest.raises(AddressRefused):
            target_of(url, allow_loopback=True)


class Says(AbstractResolver):
    """A name server under a stranger's control."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - the interface asks for it
    ) -> list[ResolveResult]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in answer
        ]

    async def close(self) -> None: ...


def transport(resolver: Says, *, loopback: bool = False) -> Transport:
    return Transport(allow_loopback=loopback, timeout_seconds=5, connections=4, resolver=resolver)


async def refused(wire: Transport, url: str) -> bool:
    """Whether the address was the reason why nothing was sent."""
    try:
        await wire.post(url, b"{}", {})
    except AddressNotAllowed:
        return True
    except aiohttp.ClientError as error:
        return isinstance(error.__cause__ or error.__context__, AddressNotAllowed)
    return False


@pytest.mark.parametrize("address", [address for address in REFUSED if address != "not an address"])
async def test_a_name_that_stands_for_a_refused_address_is_not_connected_to(address: str) -> None:
    async with transport(Says([address])) as wire:
        assert await refused(wire, "https://shop.example/hook")


async def test_one_refused_address_among_public_ones_is_enough() -> None:
    async with transport(Says(["8.8.8.8", "127.0.0.1"])) as wire:
        assert await refused(wire, "https://shop.example/hook")


async def test_a_name_that_changes_its_meaning_reaches_nothing() -> None:
    async with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        resolver = Says(["127.0.0.1"])
        async with transport(resolver, loopback=True) as wire:
            for _ in range(3):
                assert await refused(wire, f"https://shop.example:{port}/hook")
        assert resolver.asked == 3
        assert receiver.received == []


async def test_the_socket_is_checked_even_if_the_resolver_lets_an_address_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def blind(self: Any, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        return await Says(["127.0.0.1"]).resolve(host, port, family)

    monkeypatch.setattr("services.notify.webhooks.transport.GuardedResolver.resolve", blind)
    async with transport(Says(["127.0.0.1"])) as wire:
        assert await refused(wire, "https://shop.example:4443/hook")


async def test_localhost_that_is_not_this_machine_is_refused() -> None:
    async with transport(Says(["8.8.8.8"]), loopback=True) as wire:
        assert await refused(wire, "http://localhost:8080/hook")


def test_the_door_to_loopback_leads_nowhere_else() -> None:
    check_address("127.0.0.1", loopback=True)
    for address in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1"):
        with pytest.raises(AddressNotAllowed):
            check_address(address, loopback=True)
