"""The right that a demonstration's brand keeps for the work that a notice speaks of."""

import re
import zlib
from typing import Any

from cli.demo.notices import Notice

OWNER = {"name": "Demonstration Brand GmbH", "country": "DE"}
_TITLE_LENGTH = 120


def right_for(notice: Notice) -> dict[str, Any]:
    """A right of the type that the notice's claim needs, in the form of `POST /v1/rights`.

    What a letter does not say (dates, classes) the brand's own records would: here it is made up, the same each time.
    """
    draft = notice.parsed["draft"]
    claim = str(draft["claim"])
    title = _title(notice.parsed.get("title") or notice.name)
    number = f"{zlib.crc32(notice.name.encode()) % 900000 + 100000:06d}"
    common = {"title": title, "owner": OWNER}
    dates = {"registered_on": "2019-03-01", "expires_on": "2039-03-01"}
    match claim:
        case "counterfeit" | "trademark":
            return {
                **common, **dates, "type": "trademark", "mark_text": title, "mark_type": "word", "office": "EUIPO",
                "registration_number": f"018{number}", "nice_classes": [9, 25], "territories": ["EU"],
            }  # fmt: skip
        case "design":
            return {
                **common, **dates, "type": "design", "office": "EUIPO", "registration_number": f"008{number}-0001",
                "product_indication": "Household articles", "locarno_classes": ["07-01"],
                "views": [_original(notice)], "territories": ["EU"],
            }  # fmt: skip
        case "patent":
            return {
                **common, **dates, "type": "patent", "office": "EPO", "registration_number": f"EP3{number}B1",
                "territories": ["DE", "FR"], "asserted_claim": "1",
                "claim_chart": [{"element": "as claimed", "evidence": "as the notice describes"}],
            }  # fmt: skip
        case _:
            return {
                **common, "type": "copyright", "kind_of_work": "software", "author": OWNER["name"],
                "created_on": "2018-01-01", "original_url": _original(notice), "territories": ["WW"],
            }  # fmt: skip


def _title(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(re.sub(r"[\u202a-\u202e\u2066-\u2069]", "", printable).split())[:_TITLE_LENGTH] or "Untitled work"


def _original(notice: Notice) -> str:
    """The address of the original, where the notice gives one that will do."""
    for url in notice.parsed["urls"]:
        if url["role"] == "original" and url["url"].startswith("https://"):
            return str(url["url"])
    return "https://brand.example/originals"
