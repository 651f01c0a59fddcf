"""The key pairs of tools: nkeys of NATS (Ed25519)."""

import os

import nkeys


def new_key() -> tuple[str, str]:
    """A new key pair: the seed, which is the tool's secret, and the public key."""
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode(), nkeys.from_seed(bytearray(seed)).public_key.decode()
