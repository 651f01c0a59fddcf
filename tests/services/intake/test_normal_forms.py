"""Normal forms of texts, names and addresses: what was lightly changed leaves the same trace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.tracing import normal_forms
from services.intake.tracing.keyed_hashes import keyed_hash
from tests.services.intake.seeding import WORDS

CLONE = "Our company owns this product and the listing number {} sells copies of it without any permission at all."


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (CLONE.format(1), CLONE.format(2).upper(), True),
        (CLONE.format(1), CLONE.format("https://shop.example/item/9"), True),
        (WORDS[2], WORDS[2].replace("ß", "ss").replace("gl", "GL"), True),
        (WORDS[0], WORDS[1], False),
    ],
)
def test_a_text_that_was_lightly_changed_leaves_the_same_trace(one: str, other: str, *, alike: bool) -> None:
    assert (normal_forms.text_trace(one) == normal_forms.text_trace(other)) is alike


@pytest.mark.parametrize("text", ["", "It is fake.", "12345 67890 https://shop.example/item/1", "!" * 100])
def test_a_short_text_leaves_no_trace(text: str) -> None:
    assert normal_forms.text_trace(text) is None


@given(st.text(), st.text())
def test_any_text_can_be_traced(text: str, name: str) -> None:
    for found in (normal_forms.text_trace(text), normal_forms.name_trace(name), normal_forms.email_trace(text)):
        assert found is None or len(found) == 64


def test_a_keyed_hash_is_the_same_under_one_key_and_another_under_another() -> None:
    key, plain = bytes(range(32)), "a" * 64
    assert keyed_hash(key, plain) == "f86c7685a250cfa0f21b295b5bcb4c850d7bd1a0b4a6e49445e0ffe67746e69c"
    assert keyed_hash(bytes(32), plain) != keyed_hash(key, plain)
