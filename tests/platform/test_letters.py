"""Free text through the gateway: letters, mails with what is attached, PDFs, in four languages."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from deploy.local.api import Api
from tests.libraries.documents.papers import pdf
from tests.platform.people import People

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

LETTERS = Path(__file__).parents[1] / "libraries" / "notices" / "letters"
LISTING = "https://shop.example/item/{}"
WORDS = f"I am the owner of the photographs. This offer copies my photographs: {LISTING.format(5)}"
STATEMENTS = ["N_GOOD_FAITH_MISSING", "N_ACCURACY_MISSING", "N_PERJURY_MISSING"]


async def _read(api: Api, content: bytes, media_type: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": media_type}
    async with api.session.post(api.base_url + "/v1/reports/parse", data=content, headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        assert answer.status == 200, found
        return found


def _complained_of(read: dict[str, Any]) -> list[str]:
    return [item["url"] for item in read["draft"]["items"]]


async def test_a_mail_is_read_with_what_is_attached_to_it(people: People) -> None:
    mail = EmailMessage()
    mail["From"] = "Jo Ash <jo@ashgrove.example>"
    mail.set_content(WORDS)
    forwarded = EmailMessage()
    forwarded["From"] = "counsel@ashgrove.example"
    forwarded.set_content(f"The next offer: {LISTING.format(7)}")
    mail.add_attachment(
        pdf(f"And this one: {LISTING.format(6)}"), maintype="application", subtype="pdf", filename="more.pdf"
    )
    mail.add_attachment(forwarded)
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="lamp.png")
    read = await _read(people.brand, mail.as_bytes(), "message/rfc822")
    assert sorted(_complained_of(read)) == [LISTING.format(number) for number in (5, 6, 7)]
    unread = [(part["name"], part["reason"]) for part in read["parts"] if not part["read"]]
    assert unread == [("lamp.png", "unsupported_type")]


async def test_a_pdf_is_read(people: People) -> None:
    text = f"Jo Ash, jo@ashgrove.example:\n{WORDS}"
    read = await _read(people.brand, pdf("A cover sheet.", text), "application/pdf")
    assert _complained_of(read) == [LISTING.format(5)]
    assert read["substantially_complies"]


@pytest.mark.parametrize(
    ("letter", "language", "listings", "claim"),
    [
        ("de-abmahnung", "de", (3101, 3102), "trademark"),
        ("fr-lcen", "fr", (1201, 1202), "copyright"),
        ("es-burofax", "es", (2201, 2202), "trademark"),
    ],
)
async def test_letters_in_german_french_and_spanish_are_read(
    people: People, letter: str, language: str, listings: tuple[int, ...], claim: str
) -> None:
    text = (LETTERS / f"{letter}.txt").read_text(encoding="utf-8")
    read = await people.brand.post("/v1/reports/parse", {"text": text})
    assert (read["kind"], read["language"], read["complete"], read["missing"]) == ("notice", language, True, [])
    assert _complained_of(read) == [LISTING.format(listing) for listing in listings]
    assert (read["draft"]["claim"], read["draft"]["legal_basis"]) == (claim, "dsa")


@pytest.mark.parametrize(
    ("letter", "missing", "substantial"),
    [
        ("de-unvollstaendig", STATEMENTS, True),
        ("fr-incomplet", ["N_SIGNATURE_MISSING", *STATEMENTS], True),
        ("es-incompleto", ["N_SIGNATURE_MISSING", "N_IDENTITY_MISSING", *STATEMENTS], False),
    ],
)
async def test_a_notice_with_work_place_and_contact_is_answered_with_what_it_lacks(
    people: People, letter: str, missing: list[str], *, substantial: bool
) -> None:
    """17 USC 512(c)(3)(B)(ii): the writer of one that names the three is asked for the rest."""
    text = (LETTERS / f"{letter}.txt").read_text(encoding="utf-8")
    read = await people.brand.post("/v1/reports/parse", {"text": text})
    assert (read["complete"], read["substantially_complies"], read["missing"]) == (False, substantial, missing)
    three = [read["elements"][name]["present"] for name in ("work_identified", "material_located", "contact")]
    assert all(three) is substantial
    assert [finding["code"] for finding in read["findings"]] == missing
    assert all(finding["fix"] and finding["pointer"] for finding in read["findings"])
