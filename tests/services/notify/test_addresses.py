"""Where webhooks may go: what is refused, under the name that their API documents."""

import pytest

from services.notify.webhooks.addresses import AddressRefused
from services.notify.webhooks.transport import Transport
from shared.runtime.errors import FieldError
from shared.runtime.outgoing.sessions import Sessions, not_allowed
from tests.services.runtime_outgoing.names import Says


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("http://shop.example/hook", "url_not_https", "Webhooks are sent over https only."),
        ("https://user@shop.example/", "url_malformed",
         "Give a plain https URL with a host, without user information."),
        ("https://127.0.0.1/", "address_loopback", "This is the platform's own machine."),
        ("https://10.0.0.1/", "address_not_public", "The address is private."),
        ("https://shop.example:22/", "url_port", "Use port 443, or one from 1024 up."),
        ("https://internal/", "url_host", "The host is not a full domain name."),
    ],
)  # fmt: skip
async def test_a_webhook_is_refused_under_its_own_code(url: str, code: str, message: str) -> None:
    async with Sessions(user_agent="Marque-Tests/1.0", connections=1) as sessions:
        transport = Transport(sessions, allow_loopback=False, timeout_seconds=5)
        with pytest.raises(AddressRefused) as refused:
            await transport.post(url, b"{}", {})
    assert (refused.value.status, refused.value.code) == (422, "webhook_address_refused")
    assert (refused.value.title, refused.value.detail) == ("A webhook may not go to this address", message)
    assert refused.value.errors == (FieldError("/url", code, message),)


async def test_a_webhook_goes_to_no_name_that_stands_for_an_address_within() -> None:
    async with Sessions(user_agent="Marque-Tests/1.0", connections=1, resolver=Says(["10.0.0.1"])) as sessions:
        transport = Transport(sessions, allow_loopback=True, timeout_seconds=5)
        with pytest.raises(OSError) as refused:
            await transport.post("https://shop.example/hook", b"{}", {})
    assert str(not_allowed(refused.value)) == "10.0.0.1 is refused: private"
