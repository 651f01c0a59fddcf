import pytest

from libraries.documents.plain_text import is_plain_text


@pytest.mark.parametrize("words", ["We never made this.\r\n", "Ceci est à nous.\t", "\ufeffIt is ours.", "é" * 70_001])
def test_words_are_text(words: str) -> None:
    assert is_plain_text(words.encode())
    assert is_plain_text(b"." + words.encode())


@pytest.mark.parametrize("octets", [b"", b"a\x00b", b"\x1b[2J", "é".encode("latin-1"), b"ours \xc3", b"MZ\x90\x00"])
def test_what_is_not_words_is_no_text(octets: bytes) -> None:
    assert not is_plain_text(octets)
