"""Keys: their shape, their checksum, and what is kept of them."""

import string

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import api_keys


def test_a_key_says_what_it_is_and_holds_256_bits() -> None:
    key = api_keys.make_key()
    assert key.text.startswith(f"mq_live_{key.id}_")
    assert len(key.text) == api_keys.MAX_LENGTH
    assert api_keys.id_of(key.text) == key.id
    assert 62**43 > 2**256
    assert key.text not in repr(key)


def test_no_two_keys_are_alike() -> None:
    keys = [api_keys.make_key() for _ in range(2000)]
    assert len({key.id for key in keys}) == len({key.text[25:] for key in keys}) == 2000


@given(place=st.integers(8, api_keys.MAX_LENGTH - 1), letter=st.sampled_from(string.ascii_letters + string.digits))
def test_a_mistyped_key_is_no_key(place: int, letter: str) -> None:
    text = api_keys.make_key().text
    changed = text[:place] + letter + text[place + 1 :]
    assert (api_keys.id_of(changed) is None) == (changed != text)


@given(st.text(max_size=100))
def test_anything_else_is_no_key(text: str) -> None:
    assert api_keys.id_of(text) is None
    assert api_keys.id_of("mq_live_" + text) is None


def test_a_digest_depends_on_the_pepper_and_never_shows_the_key() -> None:
    key = api_keys.make_key()
    one, two = api_keys.digest_of(key.text, b"1" * 32), api_keys.digest_of(key.text, b"2" * 32)
    assert one != two
    assert len(one) == 32
    assert key.text.encode() not in one
