"""Where a request of ours may go, by the URL alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.outgoing.addresses import AddressRefused, is_loopback, redirected, refusal, target_of
from tests.services.runtime_outgoing.names import REFUSED

ALLOWED = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111",
           "2a00:1450:4001:81b::200e"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_no_request_goes_to(address: str) -> None:
    assert refusal(address) is not None


@pytest.mark.parametrize("address", ALLOWED)
def test_a_request_may_go_to(address: str) -> None:
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


@pytest.mark.parametrize(
    ("url", "location", "to"),
    [
        ("https://shop.example/a/b?c=1", "d", "https://shop.example/a/d"),
        ("https://shop.example/a", "/d?e=%2F~", "https://shop.example/d?e=%2F~"),
        ("https://shop.example/a", "//cdn.example/d#part", "https://cdn.example/d"),
        ("https://shop.example/a", "https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://shop.example/a", "", "https://shop.example/a"),
        ("http://127.0.0.1:8080/a", "http://localhost:9090/", "http://localhost:9090/"),
        ("http://127.0.0.1:8080/a", "https://shop.example/", "https://shop.example/"),
    ],
)
def test_a_redirect_leads_where_it_says(url: str, location: str, to: str) -> None:
    assert redirected(target_of(url, allow_loopback=True), location).url == to


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://shop.example/a", "http://shop.example/a"),
        ("https://shop.example/a", "http://127.0.0.1/"),
        ("https://shop.example/a", "https://127.0.0.1/"),
        ("https://shop.example/a", "https://localhost:8443/"),
        ("https://shop.example/a", "//10.0.0.1/"),
        ("https://shop.example/a", "https://[::ffff:10.0.0.1]/"),
        ("https://shop.example/a", "https://[::1"),
        ("https://shop.example/a", "https://\udcff.example/"),
        ("https://shop.example/a", "https://user@cdn.example/"),
        ("https://shop.example/a", "https://cdn.example:22/"),
        ("https://shop.example/a", "file:///etc/passwd"),
        ("https://shop.example/a", "javascript:alert(1)"),
        ("https://shop.example/a", "data:text/plain,a"),
        ("https://shop.example/a", "/a b"),
        ("https://127.0.0.1:8443/a", "http://127.0.0.1:8080/a"),
        ("http://127.0.0.1:8080/a", "http://10.0.0.1/"),
        ("http://127.0.0.1:8080/a", "http://shop.example/"),
    ],
)
def test_a_redirect_leads_nowhere_that_the_first_address_could_not_nor_out_of_tls(url: str, location: str) -> None:
    """Loopback is allowed here, as in development: from the public Internet nothing leads to it even so."""
    with pytest.raises(AddressRefused):
        redirected(target_of(url, allow_loopback=True), location)


@given(st.text())
def test_whatever_a_redirect_says_it_is_followed_or_refused(location: str) -> None:
    try:
        to = redirected(target_of("https://shop.example/a", allow_loopback=True), location)
    except AddressRefused:
        return
    assert (to.secure, to.loopback) == (True, False)
