"""Secrets that a home makes once: the gateway's signing key, the pepper of API keys' hashes, keys of links and of mail.

Run as a module with a folder, this makes them; with `--new-mail-key` it also adds a new key for letters, which is used
from then on. The one before opens what is on its way.
"""

import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, OKPKey

from deploy.local import private
from deploy.local.errors import HomeUnusableError
from shared.runtime.sealing import new_key


@dataclass(frozen=True)
class Keys:
    private_jwk: Path
    public_jwks: Path
    pepper: Path
    evidence_links: Path
    mail_open: Path
    mail_seal: Path


def keep_keys(folder: Path) -> Keys:
    """The key files in this folder; those that are missing are made."""
    private.make_folder(folder)
    keys = Keys(
        folder / "identity.json", folder / "identity.jwks.json", folder / "pepper", folder / "evidence_links",
        folder / "mail" / "mail.json", folder / "mail.jwks.json",
    )  # fmt: skip
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
    private.make_folder(keys.mail_open.parent)
    if not keys.mail_open.exists():
        add_mail_key(keys)
    elif not keys.mail_seal.exists():
        _publish_mail_keys(keys)
    return keys


def add_mail_key(keys: Keys) -> None:
    """Seal letters with a new key from now on: first it can be opened with, and only then is it used."""
    known = _mail_keys(keys) if keys.mail_open.exists() else []
    private.write(keys.mail_open, json.dumps(KeySet([*known, new_key()]).as_dict(private=True)).encode())
    _publish_mail_keys(keys)


def _publish_mail_keys(keys: Keys) -> None:
    private.write(keys.mail_seal, json.dumps(KeySet(_mail_keys(keys)).as_dict(private=False)).encode())


def _mail_keys(keys: Keys) -> list[Any]:
    try:
        return list(KeySet.import_key_set(json.loads(keys.mail_open.read_text())).keys)
    except OSError as error:
        raise private.named(error, keys.mail_open) from error
    except ValueError:
        raise HomeUnusableError(keys.mail_open, "it is not a set of keys") from None


if __name__ == "__main__":
    kept = keep_keys(Path(sys.argv[1]))
    if "--new-mail-key" in sys.argv:
        add_mail_key(kept)
