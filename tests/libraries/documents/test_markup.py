"""HTML as a reader sees it."""

import pytest

from libraries.documents.mail.markup import links_of, text_of

LISTING = "https://shop.example/item/77"
SAFE = "https://eur05.safelinks.protection.outlook.com/"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<table><tr><td>item/7</td><td>12</td></tr><tr><th>a<th>b</table>", "item/7  12\n\na b"),
        ("one<br>two<div>three</div>four<ul><li>five<li>six</ul>", "one\ntwo\nthree\nfour\n\nfive\nsix"),
        ("a<wbr>b c<span>d</span>e &amp;amp; &lt;i&gt; &copy;", "ab cde &amp; <i> ©"),
        ("<p>seen</p><p style='DISPLAY : none'>hidden <b>deep</b></p><p>again", "seen\n\nagain"),
        ('<div style="max-height:0;overflow:hidden">preheader<div>more</div></div>body', "body"),
        ('<span style="font-size:0px">x</span><span style="font-size:0.9em">y</span>', "y"),
        ("<div hidden>no<div>no</div></div>yes", "yes"),
        ("<td style='visibility:hidden'>no<td>yes", "yes"),
        ("<svg><title>t</title><text>drawn</text></svg>after<style>p{}</style><script>s</script>", "after"),
        ("<head><title>t</title><body>after a head that nobody closed", "after a head that nobody closed"),
        ("<!--[if mso]><p>outlook</p><![endif]--><p>all", "all"),
    ],
)
def test_what_is_shown_is_read_and_what_is_not_is_not(page: str, text: str) -> None:
    assert text_of(page).split("\n") == text.split("\n")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (f'<a href="{LISTING}">{LISTING}</a>', LISTING),
        (f'<a href="{LISTING}">https://shop.example/item/7</a>', f"https://shop.example/item/7 <{LISTING}>"),
        (f'<a href="{LISTING}">https://shop.example/item/770</a>', f"https://shop.example/item/770 <{LISTING}>"),
        ('<a href="https://shop.example/item/1&amp;a=2">x</a>', "x <https://shop.example/item/1&a=2>"),
        ('<base href="https://shop.example/en/"><a href="../item/77">x</a>', f"x <{LISTING}>"),
        ('<base href="https://shop.example/"><a href="mailto:a@b.example">x</a><a href="#top">y</a>', "xy"),
        (f'<a href="{SAFE}?url=https%3A%2F%2Fshop.example%2Fitem%2F77">{LISTING}</a>', LISTING),
        (f'<a href=" {LISTING[:20]}\n{LISTING[20:]} "><img src=x></a>', f"<{LISTING}>"),
        (f'<p style="display:none"><a href="{LISTING}">x</a></p>y', "y"),
    ],
)  # fmt: skip
def test_the_address_of_a_link_counts_and_its_text_does_not_replace_it(page: str, text: str) -> None:
    assert " ".join(text_of(page).split()) == text


def test_links_are_listed_once() -> None:
    assert links_of(f'<a href="{LISTING}">a</a><a href="{LISTING}">b</a><a href="/x">c</a>') == [LISTING]
