import pytest

from libraries.documents.other_readers import opens_as_zip
from tests.libraries.documents.papers import archive


@pytest.mark.parametrize("comment", [b"", b"\n%%EOF\n", b"PK\x05\x06", b"x" * 65_535])
def test_an_archive_behind_another_file_is_seen(comment: bytes) -> None:
    assert opens_as_zip(b"%PDF-1.7\n" + b" " * 100_000 + archive(comment))


@pytest.mark.parametrize(
    "octets",
    [b"", b"PK\x05\x06", b"%PDF-1.7 PK\x05\x06 and so on %%EOF", archive() + b"\x00"],
    ids=["nothing", "the bytes", "in a text", "an archive with more behind it"],
)
def test_the_four_bytes_alone_make_no_archive(octets: bytes) -> None:
    assert not opens_as_zip(octets)
