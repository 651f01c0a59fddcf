"""Ids against the examples of the TypeID specification 0.3, and the laws that they keep."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import uuid_utils
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from typeid import TypeID

from shared.contracts import ids
from shared.contracts.ids import TypeId, decode_suffix, encode_suffix
from shared.runtime.ids import new_id

KINDS = [kind for kind in vars(ids).values() if isinstance(kind, type) and issubclass(kind, TypeId) and kind != TypeId]
UUIDS = st.uuids() | st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))


class Example(TypeId, prefix="prefix"):
    """The prefix of the specification's examples."""


class Underscored(TypeId, prefix="pre_fix"):
    """A prefix of two words."""


SUFFIXES = {
    "00000000000000000000000000": "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000001": "00000000-0000-0000-0000-000000000001",
    "0000000000000000000000000a": "00000000-0000-0000-0000-00000000000a",
    "0000000000000000000000000g": "00000000-0000-0000-0000-000000000010",
    "00000000000000000000000010": "00000000-0000-0000-0000-000000000020",
    "7zzzzzzzzzzzzzzzzzzzzzzzzz": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0123456789abcdefghjkmnpqrs": "0110c853-1d09-52d8-d73e-1194e95b5f19",
    "01h455vb4pex5vsknk084sn02q": "01890a5d-ac96-774b-bcce-b302099a8057",
}


@pytest.mark.parametrize(("suffix", "uuid"), SUFFIXES.items())
def test_the_valid_examples_are_read_and_written(suffix: str, uuid: str) -> None:
    assert encode_suffix(UUID(uuid)) == suffix
    assert decode_suffix(suffix) == UUID(uuid)
    assert Example(f"prefix_{suffix}").uuid == UUID(uuid)
    assert Example.of(UUID(uuid)) == f"prefix_{suffix}"


@given(UUIDS)
def test_another_library_writes_and_reads_the_same_ids(uuid: UUID) -> None:
    """typeid-python, of whose code we use nothing else."""
    written = str(TypeID.from_uuid(uuid_utils.UUID(int=uuid.int), "prefix"))
    assert Example.of(uuid) == written
    assert Example(written).uuid == uuid


def test_a_prefix_may_have_underscores_inside() -> None:
    assert Underscored.of(UUID(int=0)) == "pre_fix_00000000000000000000000000"
    assert Underscored("pre_fix_00000000000000000000000000").uuid == UUID(int=0)


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX_00000000000000000000000000",
        "12345_00000000000000000000000000",
        "pre.fix_00000000000000000000000000",
        "préfix_00000000000000000000000000",
        "  prefix_00000000000000000000000000",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_00000000000000000000000000",
        "_00000000000000000000000000",
        "_",
        "",
        "prefix_1234567890123456789012345",
        "prefix_123456789012345678901234567",
        "prefix_1234567890123456789012345 ",
        "prefix_0123456789ABCDEFGHJKMNPQRS",
        "prefix_123456789-123456789-123456",
        "prefix_ooooooiiiiiiuuuuuuulllllll",
        "prefix_i23456789ol23456789oi23456",
        "prefix_123456789-0123456789-0123456",
        "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "_prefix_00000000000000000000000000",
        "prefix__00000000000000000000000000",
        "prefix_01h455vb4pex5vsknk084sn02q\n",
    ],
)
def test_the_invalid_examples_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Example(text)
    with pytest.raises(ValidationError):
        TypeAdapter(Example).validate_python(text)


@pytest.mark.parametrize(
    "prefix", ["PREFIX", "12345", "pre.fix", "préfix", "  prefix", "a" * 64, "", "_prefix", "prefix_"]
)
def test_a_kind_of_id_has_a_prefix_that_the_specification_allows(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        type("Wrong", (TypeId,), {}, prefix=prefix)


def test_every_kind_has_a_prefix_of_its_own() -> None:
    assert len({kind.prefix for kind in KINDS}) == len(KINDS)


@given(UUIDS)
def test_what_is_written_reads_the_same(uuid: UUID) -> None:
    assert decode_suffix(encode_suffix(uuid)) == uuid
    assert Example(Example.of(uuid)).uuid == uuid


@given(UUIDS, UUIDS)
def test_ids_sort_as_their_uuids_do(one: UUID, two: UUID) -> None:
    assert (Example.of(one) < Example.of(two)) is (one < two)


@given(st.text(max_size=40))
def test_no_text_is_an_id_but_an_id(text: str) -> None:
    try:
        read = Example(text)
    except ValueError:
        return
    assert Example.of(read.uuid) == text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.prefix)
def test_an_id_of_one_kind_is_not_one_of_another(kind: type[TypeId]) -> None:
    made = new_id(kind)
    assert type(made) is kind
    for other in KINDS:
        if other is not kind:
            with pytest.raises(ValueError):
                other(made)


async def test_ids_sort_by_the_time_they_were_made() -> None:
    made = []
    for _ in range(20):
        made += [new_id(Example) for _ in range(50)]
        await asyncio.sleep(0.002)  # a millisecond is what an id tells; within it they sort as well
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {id_.uuid.version for id_ in made} == {7}


def test_an_id_goes_through_json_as_text() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Example)
    made = new_id(Example)
    assert adapter.dump_json(made) == f'"{made}"'.encode()
    assert type(adapter.validate_json(f'"{made}"')) is Example
    for wrong in (b"1", b"null", b'["x"]', b'{"x": 1}'):
        with pytest.raises(ValidationError):
            adapter.validate_json(wrong)
