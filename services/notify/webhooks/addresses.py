"""Where a webhook may go: wherever a request of ours may, under an error of its own."""

from functools import partial

from shared.runtime.outgoing import addresses


class AddressRefused(addresses.AddressRefused):
    """A webhook may not go to this address."""

    code = "webhook_address_refused"
    title = "A webhook may not go to this address"
    not_https = "Webhooks are sent over https only."


target_of = partial(addresses.target_of, error=AddressRefused)
