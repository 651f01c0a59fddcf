"""The brand's own system: read notices, keep rights in the vault, file reports, answer questions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from cli.demo.notices import Notice, is_own, to_own
from cli.demo.vault import right_for
from deploy.local.api import Api, Refused
from deploy.local.credentials import DEMONSTRATION_MARKETPLACES

ITEMS_IN_A_REPORT = 500
AT_ONCE = 8
Progress = Callable[[], None]


class NotOurs(Exception):
    """A notice complains of listings that the demonstration's vendors may not judge."""

    def __init__(self, urls: list[str]) -> None:
        super().__init__(
            f"{urls[0]} is on none of the marketplaces {', '.join(DEMONSTRATION_MARKETPLACES)}, which are all that the "
            "demonstration's vendors work on; report it yourself, as the README shows"
        )


@dataclass
class Brand:
    """One brand partner, and the operator who checks its rights in the registers."""

    api: Api
    operator: Api
    name: str
    run: str
    refused: list[tuple[str, str]] = field(default_factory=list)
    rights: dict[str, dict[str, Any]] = field(default_factory=dict)
    vault: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def parse(self, notices: list[Notice], done: Progress) -> None:
        """Have every text read by the platform."""

        async def one(notice: Notice) -> None:
            notice.parsed = await self.api.post("/v1/reports/parse", {"text": notice.text})
            done()

        await _each(notices, one)

    async def file(self, notices: list[Notice], done: Progress) -> None:
        """Put a right for each notice into the vault, have it verified, and file what the notice complains of."""
        known = await self.api.each("/v1/rights?state=verified")
        self.rights = {f"{right['type']} {right['title']}": right for right in known}

        async def one(notice: Notice) -> None:
            try:
                require_own(notice)
                notice.right = await self._right(notice)
                for number, urls in enumerate(_parts(complained_of(notice))):
                    body = self._report(notice, notice.right, urls, number)
                    key = f"{self.run}/{notice.name}/{number}"
                    notice.reports.append(await self.api.post("/v1/reports", body, idempotency_key=_ascii(key)))
            except (Refused, NotOurs) as refusal:
                self.refused.append((notice.name, str(refusal)))
            done()

        await _each(notices, one)

    async def answer(self, report_id: str, item_ids: list[str]) -> None:
        """Answer a reviewer's question about some items."""
        body = {"item_ids": item_ids, "explanation": "The original is our own product photo, taken on the date given."}
        await self.api.post(
            f"/v1/reports/{report_id}/information", body, idempotency_key=_ascii(f"{self.run}/{item_ids[0]}")
        )

    async def _right(self, notice: Notice) -> dict[str, Any]:
        wanted = right_for(notice)
        name = f"{wanted['type']} {wanted['title']}"
        async with self.vault:  # several letters may speak of the same work
            if name not in self.rights:
                key = _ascii(f"{self.run}/{name}")
                right = await self.api.post("/v1/rights", wanted, idempotency_key=key)
                self.rights[name] = await self.operator.post(
                    f"/v1/rights/{right['id']}/verify", {}, idempotency_key=f"{self.run}/verify/{right['id']}"
                )
        return self.rights[name]

    def _report(self, notice: Notice, right: dict[str, Any], urls: list[str], number: int) -> dict[str, Any]:
        draft = notice.parsed["draft"]
        elements = notice.parsed["elements"]
        given = {name: elements.get(name, {}).get("present", False) for name in elements}
        contact = draft.get("contact") or {}
        email = str(contact.get("email") or "")
        return {
            "right_id": right["id"],
            "claim": draft["claim"],
            "reference": _ascii(notice.name)[-80:] + (f" part {number + 1}" if number else ""),
            "language": notice.parsed["language"] if len(notice.parsed["language"]) == 2 else "en",
            "markets": [],
            "items": [{"url": url, "media_type": "listing", "part": "whole"} for url in urls],
            "explanation": explanation_of(notice),
            "legal_basis": draft["legal_basis"],
            "statements": {
                "good_faith": given.get("good_faith", False),
                "accuracy": given.get("accuracy", False),
                "perjury": given.get("authority_under_perjury", False),
            },
            "signature": one_line(draft.get("signature") or self.name),
            "contact": {"name": self.name, "email": email if "@" in email else "notices@brand.example"},
        }


def require_own(notice: Notice) -> None:
    """Raises `NotOurs` where a notice complains of what the demonstration's vendors would not be given."""
    if strange := [url for url in complained_of(notice) if not is_own(url)]:
        raise NotOurs(strange)


def complained_of(notice: Notice) -> list[str]:
    """The addresses of the listings complained of, each listing once."""
    listings: dict[str, str] = {}
    for item in notice.parsed["draft"]["items"]:
        listings.setdefault(item["listing_id"] or item["url"], to_own(item["url"]))
    return list(listings.values())


def explanation_of(notice: Notice) -> str:
    """Return why this infringes, in the notice's own words."""
    text = notice.parsed["draft"].get("explanation") or notice.parsed["elements"]["work_identified"]["text"]
    text = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return text if len(text.strip()) >= 20 else f"The notice {notice.name} says: {text}"


def _parts(urls: list[str]) -> list[list[str]]:
    return [urls[start : start + ITEMS_IN_A_REPORT] for start in range(0, len(urls), ITEMS_IN_A_REPORT)]


def one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _ascii(text: str) -> str:
    """Text that an idempotency key may hold."""
    return "".join(c if "!" <= c <= "~" else "_" for c in text)[-255:]


async def _each(notices: list[Notice], work: Any) -> None:
    """Do this for every notice, a few at a time."""
    waiting = iter(notices)

    async def hand() -> None:
        for notice in waiting:
            await work(notice)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(hand())
    except* (Refused, aiohttp.ClientError) as errors:
        failed = errors.exceptions[0]
    else:
        return
    raise failed
