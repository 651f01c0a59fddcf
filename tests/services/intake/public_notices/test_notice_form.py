"""The form on which someone without an account writes a notice, and the pages that its mails lead to."""

import re

import pytest

from services.intake.public_notices.endpoints.form_texts import WORDS
from shared.contracts.codes import Claim
from tests.services.intake.conftest import Intake
from tests.services.intake.mailboxes import MailServer
from tests.services.intake.visitors import PATH, StartService, Visitors

FORM = f"{PATH}/form"
TYPED = {
    "language": "en", "claim": "copyright", "title": "The Lighthouse", "owner": "Ada Example", "office": "",
    "registration_number": "", "addresses": "https://shop.example/item/9001\n\nhttps://shop.example/item/9002",
    "explanation": "The poster is my photograph, which I never licensed.\nIt hangs in my shop.", "name": "Ada Example",
    "email": "ada@people.example", "good_faith": "on", "accuracy": "on",
}  # fmt: skip


async def test_a_notice_is_written_read_again_confirmed_and_followed(visitors: Visitors) -> None:
    shown = await visitors.at().get(FORM, params={"language": "en"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    names = set(re.findall(r'name="(\w+)"', shown.text)) - {"viewport", "robots"}
    assert names == set(TYPED)
    assert "<script" not in shown.text
    sent = await visitors.at().post(FORM, data=TYPED)
    assert (sent.status_code, "We have sent a mail to ada@people.example" in sent.text) == (200, True), sent.text
    token = await visitors.token("confirm")
    page = await visitors.at().get(f"{PATH}/confirm", params={"token": token})
    for said in ("The Lighthouse", "A work: pictures", "https://shop.example/item/9002", "It hangs in my shop."):
        assert said in page.text
    assert (await visitors.intake.operator.get("/v1/public-notices")).json()["data"] == []
    assert (await visitors.at().post(f"{PATH}/confirm", data={"token": token})).status_code == 200
    (listed,) = (await visitors.intake.operator.get("/v1/public-notices")).json()["data"]
    assert [item["url"] for item in listed["items"]] == [
        "https://shop.example/item/9001",
        "https://shop.example/item/9002",
    ]
    used = await visitors.at().get(f"{PATH}/confirm", params={"token": token})
    assert (used.status_code, "was confirmed already" in used.text) == (409, True)
    status = await visitors.token("status")
    followed = await visitors.at().get(f"{PATH}/status", params={"token": status})
    assert re.search(r"Sent on .+, confirmed on ", followed.text)
    assert "a person checks it first" in followed.text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"claim": ""}, "claim", "Say what is copied."),
        ({"claim": "theft"}, "claim", "Say what is copied."),
        ({"title": "  "}, "title", "Name the work or the mark."),
        ({"owner": ""}, "owner", "Name the owner of the right."),
        ({"addresses": ""}, "addresses", "Give the address of each listing"),
        (
            {"addresses": "\nhttps://shop.example/item/9001\nnone"},
            "addresses",
            "Line 3 is not the address of a listing.",
        ),
        ({"addresses": "https://shop.example/"}, "addresses", "Line 1 is not the address of a listing."),
        ({"addresses": "https://shop.example/item/1\n" * 51}, "addresses", "at most 50"),
        ({"explanation": "short"}, "explanation", "Say why, in 20 characters or more."),
        ({"explanation": "x\u202ey" * 20}, "explanation", "Say why, in 20 characters or more."),
        ({"name": ""}, "name", "Give your name."),
        ({"email": "ada"}, "email", "Give one e-mail address."),
        ({"good_faith": None}, "good_faith", "Confirm that you report in good faith."),
        ({"accuracy": None}, "accuracy", "Confirm that what you say is accurate and complete."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    visitors: Visitors, changes: dict[str, str | None], field: str, said: str
) -> None:
    typed = {
        name: value for name, value in {**TYPED, "title": "A <b>title</b>", **changes}.items() if value is not None
    }
    answer = await visitors.at().post(FORM, data=typed)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    beside = re.search(rf'<div class="mend" id="{field}-wrong">(.*?)</div>', answer.text, re.DOTALL)
    assert beside is not None
    assert said in beside[1]
    assert 'role="alert"' in answer.text
    assert "<b>title" not in answer.text
    if "explanation" not in changes:
        assert "It hangs in my shop." in answer.text
    if "good_faith" not in changes:
        assert re.search(r'name="good_faith"[^>]* checked', answer.text)
    assert await visitors.asked_for() == 0


async def test_everything_wrong_is_said_at_once_in_the_order_of_the_form(visitors: Visitors) -> None:
    answer = await visitors.at().post(FORM, data={"language": "de", "addresses": "x"})
    named = re.findall(r'<li><a href="#(\w+)">', answer.text)
    assert named == [
        "claim", "title", "owner", "addresses", "explanation", "name", "email", "good_faith", "accuracy",
    ]  # fmt: skip
    assert 'lang="de"' in answer.text
    assert "Sagen Sie, was kopiert wird." in answer.text


@pytest.mark.parametrize(
    "content", ["", "a=1", "title=x&title=y", "title=%FF", "ä=1", "&".join(f"a{n}=1" for n in range(99))]
)
async def test_what_no_browser_sends_is_refused(visitors: Visitors, content: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await visitors.at().post(FORM, content=content.encode(), headers=form)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text


async def test_a_flood_is_told_on_the_page_and_keeps_what_was_typed(
    start_service: StartService, mails: MailServer
) -> None:
    settings = {"mail_server": f"127.0.0.1:{mails.port}", "mail_security": "none", "notices_per_address": "1"}
    visitors = Visitors(Intake(await start_service("intake", **settings)), mails)
    assert (await visitors.at().post(FORM, data=TYPED)).status_code == 200
    held = await visitors.at().post(FORM, data=TYPED)
    assert (held.status_code, "retry-after" in held.headers) == (429, True)
    assert "Too many notices came from here." in held.text
    assert "It hangs in my shop." in held.text


async def test_without_a_mail_server_the_page_says_so(intake: Intake) -> None:
    answer = await Visitors(intake, MailServer(0)).at().post(FORM, data=TYPED)
    assert (answer.status_code, "cannot be taken at the moment" in answer.text) == (503, True)


def test_every_language_has_every_word() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    for words in WORDS.values():
        assert {f"claim_{claim.value}" for claim in Claim} <= words.keys()
