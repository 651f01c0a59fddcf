"""The keys that seal what must not lie about in clear: the secrets of webhook endpoints, and answers that hold one.

A sealed text is a JWE (RFC 7516) in compact form, encrypted directly with AES-256-GCM. The first key seals and every
key opens, so that keys can be changed: put a new one first, and take the old one away once nothing is sealed with it.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import Self

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_KEY_BYTES = 32
_SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret starts with (Standard Webhooks)


class CannotOpen(Exception):
    """A sealed text was sealed with none of these keys."""


class Keyring:
    """Seals and opens."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"a key that seals webhook secrets has {_KEY_BYTES} bytes")
        self._keys = [OctKey.import_key(key) for key in keys]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The keys of the setting `webhook_key`: base64, with commas between."""
        try:
            return cls([base64.b64decode(part.strip(), validate=True) for part in text.split(",")])
        except binascii.Error as error:
            raise ValueError("webhook_key is not base64") from error

    def seal(self, text: str) -> str:
        return jwe.encrypt_compact(dict(_HEADER), text.encode(), self._keys[0])

    def open(self, sealed: str) -> str:
        """Decrypt a sealed value. Raises `CannotOpen`."""
        for key in self._keys:
            try:
                plain = jwe.decrypt_compact(sealed, key).plaintext
            except (JoseError, ValueError):
                continue
            if plain is not None:
                return plain.decode()
        raise CannotOpen

    def new_secret(self) -> str:
        """A secret for a webhook endpoint: 256 bits, written as Standard Webhooks asks."""
        return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
