"""The main job through the gateway, as the README shows it, and what the checker finds afterwards."""

from email.message import EmailMessage

import httpx
import pytest

from tests.live import LivePlatform
from tests.services.intake.letters.papers import pdf

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


def test_the_demonstration_ends_with_every_complete_notice_decided(platform: LivePlatform) -> None:
    ended = platform.run("demo")
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    assert "Decisions told by webhook" in ended.stdout


def test_afterwards_every_promise_holds(platform: LivePlatform) -> None:
    checked = platform.run("checker", "--wait", "60")
    assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-3000:]


def test_a_mail_and_a_pdf_are_read_through_the_gateway(platform: LivePlatform) -> None:
    mail = EmailMessage()
    mail["From"] = "Jo Ash <jo@ashgrove.example>"
    mail.set_content("I am the owner of the photographs. This offer copies my photographs: https://shop.example/item/5")
    headers = {"Authorization": f"Bearer {platform.keys['brand']}"}
    with httpx.Client(base_url=platform.base_url, headers=headers) as client:
        for content, media_type in (
            (mail.as_bytes(), "message/rfc822"),
            (pdf(f"Jo Ash, jo@ashgrove.example:\n{mail.get_content()}"), "application/pdf"),
        ):
            answer = client.post("/v1/reports/parse", content=content, headers={"Content-Type": media_type})
            assert answer.status_code == 200, answer.text
            read = answer.json()
            assert [item["url"] for item in read["draft"]["items"]] == ["https://shop.example/item/5"]
            assert read["substantially_complies"]
        answer = client.post("/v1/reports/parse", content=b"x" * 10_485_761, headers={"Content-Type": "message/rfc822"})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
