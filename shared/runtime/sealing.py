"""Values that travel in events and may be read by one service alone: JWE in its compact form (RFC 7516).

Whoever seals has the public keys, the service that opens has the private ones. A key is changed without a stop: the new
one is added to both files, sealed with from then on, and the old one is taken away once nothing is on its way any more.
Both sides read their file anew when it has changed.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
_HEADER = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}


class CannotOpen(Exception):
    """A sealed value that none of our keys opens, or that somebody has changed."""


def new_key() -> OKPKey:
    """A private key (X25519, RFC 8037)."""
    return OKPKey.generate_key("X25519", {"use": "enc"}, private=True, auto_kid=True)


@dataclass
class KeyFile:
    """A JSON Web Key Set in a file, the newest key last; read again when the file has changed."""

    path: Path
    _keys: KeySet = field(init=False)
    _read: tuple[int, int] = field(default=(0, 0), init=False)

    def keys(self) -> KeySet:
        """The keys as they are now. Raises OSError and ValueError."""
        found = self.path.stat()
        version = (found.st_mtime_ns, found.st_ino)
        if version != self._read:
            try:
                self._keys = KeySet.import_key_set(json.loads(self.path.read_bytes()))
            except JoseError as error:
                raise ValueError(f"{self.path} holds no keys: {error}") from error
            self._read = version
        return self._keys


@dataclass(frozen=True)
class Sealer:
    """Seals for the service that has the private half of the newest key in this file."""

    file: KeyFile

    def seal(self, value: Any) -> str:
        """Seal a value that JSON can hold. Raises OSError and ValueError where there is no key."""
        newest = self.file.keys().keys[-1]
        header = {**_HEADER, "kid": newest.kid}
        return jwe.encrypt_compact(header, orjson.dumps(value), newest, algorithms=_ALGORITHMS)


@dataclass(frozen=True)
class Opener:
    """Opens what was sealed for the private keys in this file."""

    file: KeyFile

    def open(self, sealed: str) -> Any:
        """Raises `CannotOpen`, and OSError where the keys cannot be read."""
        try:
            return orjson.loads(jwe.decrypt_compact(sealed, self.file.keys(), algorithms=_ALGORITHMS).plaintext or b"")
        except (JoseError, ValueError) as error:
            raise CannotOpen(type(error).__name__) from error
