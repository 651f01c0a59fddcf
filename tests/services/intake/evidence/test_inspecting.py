"""What a file is, its content says; what cannot be looked at by a reviewer is refused, and why."""

import io
from collections.abc import AsyncIterator

import pytest

from libraries.documents.inspected import CannotKeep, Limits, Unfit
from libraries.documents.inspectors import Inspectors
from tests.libraries.documents.papers import archive, encrypted, pdf
from tests.libraries.documents.pictures import gif, jpeg, png, webp

A_PDF = pdf("A receipt")


KINDS = {
    "image/png": png(),
    "image/jpeg": jpeg(),
    "image/gif": gif(),
    "image/webp": webp(),
    "application/pdf": A_PDF,
    "text/plain": b"Der Karton hatte kein Hologramm.\n",
}
UNFIT: dict[str, tuple[bytes, Unfit]] = {
    "nothing": (b"", Unfit.EMPTY),
    "a program": (b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 100, Unfit.UNSUPPORTED_TYPE),
    "a picture of a kind that browsers do not show": (
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
        Unfit.UNSUPPORTED_TYPE,
    ),
    "a picture cut short": (png()[:-6], Unfit.BROKEN),
    "a PDF cut short": (A_PDF[:60], Unfit.BROKEN),
    "a PDF of nonsense": (b"%PDF-1.7\n" + b"\xff\xfe nonsense " * 500, Unfit.BROKEN),
    "a PDF with a password": (encrypted(A_PDF, "secret"), Unfit.ENCRYPTED),
    "a PDF of 10,000 pages": (pdf("A page", count=10_000), Unfit.TOO_MANY_PAGES),
    "a picture that is an archive too": (jpeg() + archive(), Unfit.TWO_THINGS),
    "a PDF that is an archive too": (A_PDF + archive(), Unfit.TWO_THINGS),
    "an archive, such as a document of an office program": (archive(), Unfit.UNSUPPORTED_TYPE),
    "a page of the web that is a PDF too": (b"<html>\x00" + A_PDF, Unfit.TWO_THINGS),
    "a picture without a pixel": (b"\xff\xd8\xff\xd9", Unfit.BROKEN),
    "a picture of 3.6 billion pixels": (png(width=60_000, height=60_000), Unfit.TOO_MANY_PIXELS),
}


@pytest.fixture(scope="module")
async def inspectors() -> AsyncIterator[Inspectors]:
    found = Inspectors(Limits(), at_once=1)
    yield found
    await found.end()


@pytest.mark.parametrize("media_type", KINDS)
async def test_the_content_says_what_a_file_is(inspectors: Inspectors, media_type: str) -> None:
    content = KINDS[media_type]
    assert (await inspectors.inspect(io.BytesIO(content), len(content), account="acc_a")).media_type == media_type


@pytest.mark.parametrize("what", UNFIT)
async def test_what_cannot_be_evidence_is_refused(inspectors: Inspectors, what: str) -> None:
    content, reason = UNFIT[what]
    with pytest.raises(CannotKeep) as raised:
        await inspectors.inspect(io.BytesIO(content), len(content), account="acc_a")
    assert raised.value.reason is reason


async def test_pages_are_counted(inspectors: Inspectors) -> None:
    content = pdf("One", "Two", "Three")
    assert (await inspectors.inspect(io.BytesIO(content), len(content), account="acc_a")).pages == 3


async def test_a_file_that_takes_too_long_costs_its_process_and_the_next_is_looked_into() -> None:
    hurried = Inspectors(Limits(seconds=0.000_001), at_once=1)
    with pytest.raises(CannotKeep) as raised:
        await hurried.inspect(io.BytesIO(A_PDF), len(A_PDF), account="acc_a")
    assert raised.value.reason is Unfit.TOO_COMPLEX
    await hurried.end()
