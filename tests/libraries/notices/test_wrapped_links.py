"""Addresses inside the links of mail gateways."""

import base64

import pytest

from libraries.notices.parse import parse_notice
from libraries.notices.wrapped_links import unwrapped

LISTING = "https://shop.example/item/5150?ref=a&b=c"
QUOTED = "https%3A%2F%2Fshop.example%2Fitem%2F5150%3Fref%3Da%26b%3Dc"
GAPS = base64.urlsafe_b64encode(b"??&").decode().rstrip("=")

WRAPPED = {
    "safe links, Europe": f"https://eur03.safelinks.protection.outlook.com/?url={QUOTED}&data=05%7C02&reserved=0",
    "safe links, access point": f"https://gbr01.safelinks.protection.outlook.com/ap/w-59584e83/?url={QUOTED}&data=04",
    "safe links, government": f"https://usg01.safelinks.protection.office365.us/?url={QUOTED}",
    "safe links, China": f"https://chn01.safelinks.protection.partner.outlook.cn/?url={QUOTED}",
    "URL Defense 1": f"https://urldefense.proofpoint.com/v1/url?u={QUOTED}&k=x",
    "URL Defense 2": "https://urldefense.proofpoint.com/v2/url?u=https-3A__shop.example_item_5150-3Fref-3Da-26b-3Dc&d=x&e=",
    "URL Defense 3": "https://urldefense.com/v3/__https://shop.example/item/5150?ref=a&b=c__;!!AbC!dEf-gHi$",
    "URL Defense 3, replaced": "https://urldefense.com/v3/__https://shop.example/item/5150*ref=a*b=c__;PyY!!AbC!dEf$",
    "URL Defense, government": "https://urldefense.us/v3/__https://shop.example/item/5150?ref=a&b=c__;!!AbC!x$",
    "Google": f"https://www.google.com/url?sa=t&url={QUOTED}&usg=x",
    "Google, elsewhere": f"https://www.google.co.uk/url?q={QUOTED}&sa=D",
    "Facebook": f"https://l.facebook.com/l.php?u={QUOTED}&h=AT0",
    "Instagram": f"https://l.instagram.com/?u={QUOTED}&e=AT0",
    "Slack": f"https://slack-redir.net/link?url={QUOTED}",
    "Barracuda": f"https://linkprotect.cudasvc.com/url?a={QUOTED}&c=E,1,x&typo=1",
    "Cisco": f"https://secure-web.cisco.com/1abcDEF-_/{QUOTED}",
    "YouTube": f"https://www.youtube.com/redirect?event=x&q={QUOTED}",
    "DuckDuckGo": f"https://duckduckgo.com/l/?uddg={QUOTED}&rut=x",
    "Bing": f"https://www.bing.com/ck/a?!&&p=x&u=a1{base64.urlsafe_b64encode(LISTING.encode()).decode()}&ntb=1",
    "LinkedIn": f"https://www.linkedin.com/redir/redirect?url={QUOTED}&urlhash=x",
    "VK": f"https://vk.com/away.php?to={QUOTED}&cc_key=",
    "Reddit": f"https://out.reddit.com/t3_abc?url={QUOTED}&token=x",
    "deref": f"https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl={QUOTED}",
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_a_link_is_unwrapped(name: str) -> None:
    assert unwrapped(WRAPPED[name]) == LISTING


@pytest.mark.parametrize("name", WRAPPED)
def test_a_notice_that_holds_it_complains_of_what_it_leads_to(name: str) -> None:
    text = f"This is a counterfeit of our lamp: {WRAPPED[name]} and nothing else."
    notice = parse_notice(text)
    assert [url.url for url in notice.urls] == [LISTING]
    assert text[notice.urls[0].start : notice.urls[0].end] == WRAPPED[name]


def test_runs_of_replaced_characters_count_by_their_letter() -> None:
    """`**B` stands for three characters: A for two, and one more for each letter on."""
    run = base64.urlsafe_b64encode("äöü".encode()).decode().rstrip("=")
    assert unwrapped(f"https://urldefense.com/v3/__https://shop.example/item/**B1__;{run}!!A!b$") == (
        "https://shop.example/item/äöü1"
    )


def test_wrappers_within_wrappers_are_taken_off_and_without_end_are_not() -> None:
    from urllib.parse import quote

    url = LISTING
    for _ in range(3):
        url = f"https://nam12.safelinks.protection.outlook.com/?url={quote(url, safe='')}&reserved=0"
    assert unwrapped(url) == LISTING


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/search?q=https://shop.example/item/1", "https://www.google.com/url?q=lamp",
        "https://safelinks.protection.outlook.com.shop.example/?url=https%3A%2F%2Fa.example",
        "https://shop.example/url?q=https://a.example",
        "https://urldefense.com/v3/__javascript:alert(1)__;!!a$", "https://secure-web.cisco.com/1abc/x",
        "https://l.facebook.com/l.php?u=ftp%3A%2F%2Fa.example", "https://urldefense.com/v3/__https://a.example/*__;%!!",
        "http://[",
        "https://www.google.com/url?q=https%3A%2F%2Fa.example%0Ab", "https://www.bing.com/ck/a?u=a1%%%",
    ],
)  # fmt: skip
def test_what_is_no_wrapper_or_leads_nowhere_stays(url: str) -> None:
    assert unwrapped(url) == url


@pytest.mark.parametrize("piece", ["https://google.com/url?q=", "*", "**A", "/v3/__", "%25", "__;"])
def test_unwrapping_takes_time_in_proportion(piece: str) -> None:
    assert (
        unwrapped("https://urldefense.com/v3/__https://a.example/" + piece * (8_000 // len(piece)) + "__;AAAA!!$") != ""
    )
