"""The secrets that a home makes once: the gateway's signing key, the pepper of API keys' hashes, the key of links."""

import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

from deploy.local import private
from deploy.local.errors import HomeUnusableError


@dataclass(frozen=True)
class Keys:
    private_jwk: Path
    public_jwks: Path
    pepper: Path
    evidence_links: Path


def keep_keys(folder: Path) -> Keys:
    """The key files in this folder; those that are missing are made."""
    private.make_folder(folder)
    keys = Keys(folder / "identity.json", folder / "identity.jwks.json", folder / "pepper", folder / "evidence_links")
    if not keys.private_jwk.exists():
        fresh = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, private=True, auto_kid=True)
        private.write(keys.private_jwk, json.dumps(fresh.as_dict(private=True)).encode())
    try:
        key = OKPKey.import_key(json.loads(keys.private_jwk.read_text()))
    except OSError as error:
        raise private.named(error, keys.private_jwk) from error
    except ValueError:
        raise HomeUnusableError(keys.private_jwk, "it is not an Ed25519 key") from None
    if not keys.public_jwks.exists():
        private.write(keys.public_jwks, json.dumps(KeySet([key]).as_dict(private=False)).encode())
    for secret in (keys.pepper, keys.evidence_links):
        if not secret.exists():
            private.write(secret, secrets.token_bytes(32))
    return keys


if __name__ == "__main__":
    keep_keys(Path(sys.argv[1]))
