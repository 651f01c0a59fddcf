"""Sealed values open for one reader alone, and keys change without a stop."""

import base64
import json
from pathlib import Path

import pytest
from joserfc.jwk import KeySet

from deploy.local.keys import add_mail_key, keep_keys
from shared.runtime.sealing import CannotOpen, KeyFile, Opener, Sealer, new_key


def test_what_was_sealed_before_a_new_key_opens_after_it_and_the_new_key_seals(tmp_path: Path) -> None:
    keys = keep_keys(tmp_path / "keys")
    sealer, opener = Sealer(KeyFile(keys.mail_seal)), Opener(KeyFile(keys.mail_open))
    before = sealer.seal({"to": "ada"})
    add_mail_key(keys)
    after = sealer.seal({"to": "grace"})
    assert (opener.open(before), opener.open(after)) == ({"to": "ada"}, {"to": "grace"})
    kinds = [json.loads(keys.mail_open.read_text())["keys"][place]["kid"] for place in (0, 1)]
    assert [_kid(sealed) for sealed in (before, after)] == kinds
    assert keep_keys(tmp_path / "keys") == keys
    assert opener.open(before) == {"to": "ada"}, "keys that are there are kept"


def test_the_public_half_opens_nothing_and_holds_no_secret(tmp_path: Path) -> None:
    keys = keep_keys(tmp_path / "keys")
    public = json.loads(keys.mail_seal.read_text())
    assert all("d" not in key for key in public["keys"])
    assert (keys.mail_open.stat().st_mode & 0o777, keys.mail_open.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    sealed = Sealer(KeyFile(keys.mail_seal)).seal("secret")
    with pytest.raises(CannotOpen):
        Opener(KeyFile(keys.mail_seal)).open(sealed)


@pytest.mark.parametrize("broken", ["", "a", "a.b.c", "a.b.c.d.e", "é.b.c.d.e"])
def test_what_is_no_sealed_value_is_refused(tmp_path: Path, broken: str) -> None:
    keys = keep_keys(tmp_path / "keys")
    with pytest.raises(CannotOpen):
        Opener(KeyFile(keys.mail_open)).open(broken)


def test_a_strangers_key_and_a_changed_value_are_refused(tmp_path: Path) -> None:
    keys = keep_keys(tmp_path / "keys")
    strangers = tmp_path / "strangers.json"
    strangers.write_text(json.dumps(KeySet([new_key()]).as_dict(private=False)))
    sealed = Sealer(KeyFile(keys.mail_seal)).seal("secret")
    for wrong in (Sealer(KeyFile(strangers)).seal("secret"), sealed[:-4] + "AAAA", sealed.replace(".", ".A", 1)):
        with pytest.raises(CannotOpen):
            Opener(KeyFile(keys.mail_open)).open(wrong)


def test_without_a_key_nothing_is_sealed(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"keys": []}')
    with pytest.raises(ValueError, match="holds no key"):
        Sealer(KeyFile(empty)).seal("secret")
    with pytest.raises(OSError, match="none"):
        Sealer(KeyFile(tmp_path / "none.json")).seal("secret")


def _kid(sealed: str) -> str:
    head = sealed.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])
