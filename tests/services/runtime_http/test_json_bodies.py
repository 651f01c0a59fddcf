"""JSON means one thing to everybody who reads it, or it is refused; how large it is changes only how much is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.errors import Invalid
from shared.runtime.json_bodies import EXPLAINED_BYTES, MalformedBody, parse

READ: list[tuple[bytes, Any]] = [
    (b'{"a": 1, "b": [true, null, -0.5]}', {"a": 1, "b": [True, None, -0.5]}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
    (b'"\\ud83d\\ude00"', "\U0001f600"),
    (b'"\\ud800"', "\ud800"),  # the fields of each endpoint refuse it, with its place
    (b"[" * 300 + b"]" * 300, None),
]


@pytest.mark.parametrize(("body", "value"), READ, ids=range(len(READ)))
def test_a_text_is_read_as_what_it_says(body: bytes, value: Any) -> None:
    found = parse(body)
    for _ in range(299 if value is None else 0):
        (found,) = found
    assert found == ([] if value is None else value)


REFUSED = [
    b"{",
    b"[1,]",
    b'{"a": NaN}',
    b"-Infinity",
    b"01",
    b"1.",
    b'{"a": 1}x',
    b'"\x01"',
    b'"\xff"',
    b"{'a': 1}",
    b"",
]


@pytest.mark.parametrize("grown", [0, EXPLAINED_BYTES], ids=["small", "large"])
@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_json_is_refused_whatever_its_size(body: bytes, grown: int) -> None:
    with pytest.raises(MalformedBody):
        parse(b" " * grown + body)


def test_a_large_body_is_told_the_line_and_the_column_of_its_fault() -> None:
    with pytest.raises(MalformedBody, match="at line 3 column 7") as refused:
        parse(b" " * EXPLAINED_BYTES + b'\n\n{"a": ?}')
    assert refused.value.detail == "The body cannot be read as JSON: expected value at line 3 column 7."


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b'{"a": 1, "a": 1}', ["/a"]),
        (b'{"a": [{}, {"b~/": 1, "c": 2, "b~/": 1}], "d": 1, "d": {"e": 1, "e": 2}}', ["/d", "/a/1/b~0~1", "/d/e"]),
    ],
    ids=["one", "several"],
)  # fmt: skip
def test_a_name_that_stands_twice_is_refused_with_its_place(body: bytes, places: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(body)
    assert [error.pointer for error in refused.value.errors] == places


def test_a_name_that_stands_twice_in_a_large_body_is_named_with_line_and_column() -> None:
    names = ",".join(f'"{number:x}": 1' for number in range(90_000))
    with pytest.raises(Invalid) as refused:
        parse(f'{{{names},\n"ff": 1}}'.encode())
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("", "json_name_repeated")
    assert error.message == (
        'The object holds this name more than once; send it once. Detected duplicate key "ff" at line 2 column 6.'
    )


def test_more_names_than_any_request_has_are_refused_before_they_are_read() -> None:
    one = b', {"a": 1}'
    assert len(parse(b"[0" + one * 100_000 + b"]")) == 100_001
    with pytest.raises(MalformedBody, match="more than 100,000 names"):
        parse(b"[0" + one * 100_001 + b"]")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_programs_write_is_read_as_they_meant_it(value: Any, plain: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=plain).encode("utf-8", "surrogatepass")) == value


@given(values, st.data())
def test_a_damaged_text_is_refused_or_read_as_the_standard_library_reads_it(value: Any, data: st.DataObject) -> None:
    written = bytearray(json.dumps(value).encode())
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] = data.draw(st.sampled_from(b'{}[]",:0.e-\\x u\x00\xff'))
    try:
        found = parse(bytes(written))
    except (MalformedBody, Invalid):
        return
    assert found == json.loads(written)
