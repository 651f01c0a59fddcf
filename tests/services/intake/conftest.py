"""What the tests of intake file and keep."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.running import Running

TRADEMARK: dict[str, Any] = {
    "type": "trademark", "title": "ACME", "mark_text": "ACME", "mark_type": "word", "office": "EUIPO",
    "registration_number": "018012345", "owner": {"name": "Acme GmbH", "country": "DE"}, "nice_classes": [25],
    "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
}  # fmt: skip
OTHER_RIGHTS: dict[str, dict[str, Any]] = {
    "copyright": {
        "type": "copyright", "title": "The Lighthouse", "owner": {"name": "Acme GmbH"}, "kind_of_work": "photograph",
        "author": "Ada Example", "created_on": "2019-05-04", "original_url": "https://brand.example/lighthouse",
    },
    "design": {
        "type": "design", "title": "A lamp", "owner": {"name": "Acme GmbH"}, "office": "EUIPO",
        "registration_number": "008123456-0001", "views": ["https://brand.example/lamp.png"],
        "product_indication": "Lamps", "locarno_classes": ["26-05"], "registered_on": "2020-01-02",
        "expires_on": "2045-01-02",
    },
    "patent": {
        "type": "patent", "title": "A hinge", "owner": {"name": "Acme GmbH"}, "office": "EPO",
        "registration_number": "EP3123456B1", "asserted_claim": "1", "expires_on": "2038-01-02",
        "territories": ["DE", "FR"], "claim_chart": [{"element": "A hinge", "evidence": "It has one."}],
    },
    "trade_dress": {
        "type": "trade_dress", "title": "A bottle", "owner": {"name": "Acme Inc"}, "territories": ["US"],
        "features": "A bottle with a waist.", "distinctiveness": "Known since 1915.",
        "non_functionality": "Any other shape holds as much.",
    },
    "geographical_indication": {
        "type": "geographical_indication", "title": "A cheese", "owner": {"name": "Consortium"}, "office": "EUIPO",
        "registration_number": "PDO-IT-02", "name": "Formaggio", "kind": "designation_of_origin", "product": "Cheese",
    },
}  # fmt: skip


def a_report(right_id: str, *listings: object, **changes: Any) -> dict[str, Any]:
    """A report that nothing speaks against, about these listings."""
    body: dict[str, Any] = {
        "right_id": right_id, "claim": "counterfeit", "reference": "CASE-1", "language": "en", "markets": ["DE", "FR"],
        "items": [{"url": f"https://shop.example/item/{listing}"} for listing in listings or (9001,)],
        "explanation": "None of our factories makes this shoe.", "legal_basis": "dsa",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Ada Example",
        "contact": {"name": "Ada Example", "email": "ada@brand.example"},
    }  # fmt: skip
    return {**body, **changes}


class Intake:
    """A running intake service with a brand and the operator at hand."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.brand = running.as_("brand")
        self.other = running.as_("brand", "two")
        self.operator = running.as_("marketplace")

    async def right(
        self, *, verified: bool = True, by: httpx.AsyncClient | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A right in the vault."""
        answer = await (by or self.brand).post("/v1/rights", json={**TRADEMARK, **changes})
        assert answer.status_code == 201, answer.text
        right: dict[str, Any] = answer.json()
        if verified:
            answer = await self.operator.post(f"/v1/rights/{right['id']}/verify")
            assert answer.status_code == 200, answer.text
            right = answer.json()
        return right

    async def evidence(
        self,
        content: bytes = b"The box has no hologram.",
        *,
        name: str = "note.txt",
        by: httpx.AsyncClient | None = None,
    ) -> dict[str, Any]:
        """A file that was uploaded."""
        answer = await (by or self.brand).post("/v1/evidence", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        evidence: dict[str, Any] = answer.json()
        return evidence

    async def file(self, right_id: str, *listings: object, **changes: Any) -> dict[str, Any]:
        """A filed report."""
        answer = await self.brand.post("/v1/reports", json=a_report(right_id, *listings, **changes))
        assert answer.status_code == 201, answer.text
        filed: dict[str, Any] = answer.json()
        return filed

    async def read(self, report: dict[str, Any]) -> dict[str, Any]:
        answer = await self.brand.get(f"/v1/reports/{report['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def count(self, table: str) -> int:
        async with self.running.database.pool.acquire() as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))

    async def value(self, statement: str) -> Any:
        async with self.running.database.pool.acquire() as connection:
            return await connection.fetchval(statement)

    async def execute(self, statement: str, *values: Any) -> None:
        async with self.running.database.pool.acquire() as connection:
            await connection.execute(statement, *values)


@pytest.fixture
async def intake(start_service: Callable[..., Awaitable[Running]]) -> Intake:
    return Intake(await start_service("intake"))
