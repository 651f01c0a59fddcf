"""Letters that come as files: mails and PDFs."""

import zlib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.libraries.documents.papers import encrypted, pdf
from tests.services.intake.conftest import Intake

LETTER = (Path(__file__).parents[4] / "examples" / "notices" / "dmca-letter.md").read_text(encoding="utf-8")


def a_mail(body: str = LETTER) -> bytes:
    message = EmailMessage()
    message["From"] = "Ingrid Solberg-Haug <ingrid@marigold-fjord.example>"
    message["Subject"] = "Copies"
    message.set_content(body)
    message.add_attachment(
        pdf("Also https://shop.example/item/77"), maintype="application", subtype="pdf", filename="a.pdf"
    )
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="b.png")
    return message.as_bytes()


async def _send(intake: Intake, content: bytes, media_type: str, status: int = 200) -> dict[str, Any]:
    answer = await intake.brand.post("/v1/reports/parse", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_mail_is_read_with_what_is_attached_and_every_span_is_in_the_text(intake: Intake) -> None:
    read = await _send(intake, a_mail(), "message/rfc822; charset=utf-8")
    assert (read["kind"], read["complete"], read["substantially_complies"]) == ("notice", True, True)
    assert [(part["name"], part["read"], part["reason"]) for part in read["parts"]] == [
        (None, True, None), ("a.pdf", True, None), ("b.png", False, "unsupported_type"),
    ]  # fmt: skip
    assert "https://shop.example/item/77" in [url["url"] for url in read["urls"] if url["role"] == "complained"]
    for found in read["elements"].values():
        assert found["text"] == (read["text"][found["start"] : found["end"]] if found["present"] else "")
    for url in read["urls"]:
        assert url["url"] in read["text"][url["start"] : url["end"]]


async def test_a_pdf_reads_as_its_text_does(intake: Intake) -> None:
    text = LETTER.replace("\u2019", "'")
    plain = (await intake.brand.post("/v1/reports/parse", json={"text": text})).json()
    read = await _send(intake, pdf(text), "application/pdf")
    assert [url["url"] for url in read["urls"]] == [url["url"] for url in plain["urls"]]
    assert (read["missing"], read["parts"]) == (
        plain["missing"], [{"name": None, "media_type": "application/pdf", "read": True, "reason": None}],
    )  # fmt: skip
    assert (plain["text"], plain["parts"]) == (None, [])


UNREAD: dict[str, tuple[bytes, str, int, str]] = {
    "text as a file": (b"a letter", "text/plain", 415, "unsupported_media_type"),
    "no PDF": (b"a letter", "application/pdf", 422, "letter_unreadable"),
    "a PDF as a mail": (pdf("a PDF"), "message/rfc822", 422, "letter_unreadable"),
    "a filings PDF": (encrypted(pdf("x"), "a password"), "application/pdf", 422, "letter_encrypted"),
    "10,000 pages": (pdf("again", count=10_000), "application/pdf", 422, "letter_too_many_pages"),
    "a scan": (pdf(""), "application/pdf", 422, "letter_without_text"),
    "a bomb": (pdf("", stream=zlib.compress(bytes(50_000_000))), "application/pdf", 422, "letter_too_complex"),
    "50,000 words": (b"From: a@b.example\n\n" + b"word " * 50_000, "message/rfc822", 422, "letter_too_long"),
    "10,000 parts": (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
        "message/rfc822", 422, "letter_too_many_parts",
    ),
    "more than 10 MiB": (b"x" * 10_485_761, "message/rfc822", 413, "body_too_large"),
    "half of a JSON": (b'{"text": "a', "application/json", 400, "malformed_body"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREAD)
async def test_a_file_that_is_not_read_is_told_why(intake: Intake, case: str) -> None:
    content, media_type, status, code = UNREAD[case]
    assert (await _send(intake, content, media_type, status))["code"] == code


async def test_a_notice_that_lacks_statements_is_told_how_to_mend_it(intake: Intake) -> None:
    text = (
        'I am the photographer of the picture "Low Tide". https://shop.example/item/41 copies my photograph '
        "without my permission. Write to me at jo@ashgrove.example."
    )  # fmt: skip
    read = (await intake.brand.post("/v1/reports/parse", json={"text": text})).json()
    assert (read["complete"], read["substantially_complies"]) == (False, True)
    assert [finding["code"] for finding in read["findings"]] == read["missing"]
    assert {finding["pointer"] for finding in read["findings"]} >= {"/statements/good_faith", "/statements/perjury"}
    assert all(finding["fix"] for finding in read["findings"])
    without = text.replace("Write to me at jo@ashgrove.example.", "")
    read = (await intake.brand.post("/v1/reports/parse", json={"text": without})).json()
    assert (read["complete"], read["substantially_complies"]) == (False, False)
