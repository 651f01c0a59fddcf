"""The operator lists dead letters, reads them, has them tried again, and discards them with a reason."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY

from tests.conftest import StartService
from tests.running import Running

SUBJECT = "marque.listing.upserted.v1"
PATH = "/v1/dead-letters/screening"
STRANGE = ("0193a6c2-6b1c-7d1e-9f0a-1b2c3d4e5f60", "a/b?c=d#e", "../../retry", "Ünïcode 🙂", "x" * 1024)


def listing(event_id: Any, *, listing_id: str = "9\0", source: str = "https://catalogue.example", **more: Any) -> bytes:
    """A listing that PostgreSQL cannot keep, unless its own id is named."""
    return orjson.dumps({
        "specversion": "1.0", "id": event_id, "source": source, "type": SUBJECT, "time": "2026-11-26T10:00:00Z",
        "datacontenttype": "application/json", "subject": "shop.example/9", **more,
        "data": {
            "version": 1, "marketplace": "shop.example", "listing_id": listing_id,
            "listed_at": "2026-11-20T10:00:00Z", "category": "shoes",
        },
    })  # fmt: skip


@pytest.fixture
async def screening(start_service: StartService) -> Running:
    return await start_service("screening", consumer_tries="2", consumer_pause="0.01")


async def dead(screening: Running, *payloads: bytes) -> list[dict[str, Any]]:
    """The dead letters, once these have become some."""
    for number, payload in enumerate(payloads):
        await screening.publish_raw(SUBJECT, payload, f"message-{number}")

    async def all_of_them() -> list[dict[str, Any]] | None:
        answer = await screening.as_("marketplace").get(PATH)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found if len(found) == len(payloads) else None

    found: list[dict[str, Any]] = await screening.eventually(all_of_them)
    return found


def act(screening: Running, event_id: str, act: str = "", **body: Any) -> Any:
    client: httpx.AsyncClient = screening.as_("marketplace")
    path = f"{PATH}/{quote(event_id, safe='')}"
    return client.post(f"{path}/{act}", json=body) if act else client.get(path)


async def test_whatever_an_event_is_called_it_is_listed_shown_tried_again_and_discarded(screening: Running) -> None:
    found = await dead(screening, *(listing(event_id) for event_id in STRANGE), b"no event at all \xff")
    assert {letter["event_id"] for letter in found} >= set(STRANGE)
    for letter in found:
        for name in (letter["id"], letter["event_id"]):
            shown = await act(screening, name)
            assert (shown.status_code, shown.json()["id"]) == (200, letter["id"]), name
        again = await act(screening, letter["event_id"], "retry")
        assert (again.status_code, again.json()["code"]) == (409, "still_failing")
        gone = await act(screening, letter["event_id"], "discard", reason="The catalogue sends it anew.")
        assert (gone.status_code, gone.json()["discard_reason"]) == (200, "The catalogue sends it anew.")
        assert gone.json()["settled_at"] is not None
    assert (await screening.as_("marketplace").get(PATH)).json()["data"] == []


async def test_while_the_database_is_away_nothing_is_said_of_the_letter_and_it_can_be_tried_again(
    screening: Running,
) -> None:
    async with screening.database.pool.acquire() as connection:
        await connection.execute("ALTER TABLE listings RENAME TO hidden")
        [letter] = await dead(screening, listing("1", listing_id="sound"))
        await connection.execute("ALTER TABLE hidden RENAME TO listings")
        async with connection.transaction():
            await connection.execute("LOCK TABLE listings")
            trying = asyncio.create_task(act(screening, letter["id"], "retry"))
            ended = (
                "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"
            )

            async def is_ended() -> bool:
                return bool(await connection.fetchval(ended))

            await screening.eventually(is_ended)
            answer = await trying
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    again = await act(screening, letter["id"], "retry")
    assert (again.status_code, again.json()["settled_at"] is not None) == (200, True)


async def test_one_that_was_discarded_stays_so_and_is_passed_over_should_it_come_again(screening: Running) -> None:
    [letter] = await dead(screening, listing("1"))
    assert (await act(screening, letter["id"], "discard", reason="A test.")).status_code == 200
    assert (await act(screening, letter["id"], "discard", reason="A test.")).status_code == 200
    for second in (act(screening, letter["id"], "retry"), act(screening, letter["id"], "discard", reason="Another.")):
        answer = await second
        assert (answer.status_code, answer.json()["code"]) == (409, "dead_letter_settled")
    await screening.publish_raw(SUBJECT, listing("1", listing_id="mended"), "message-again")
    await screening.publish_raw(SUBJECT, listing("2", listing_id="after"), "message-after")

    async def known() -> list[str]:
        async with screening.database.pool.acquire() as connection:
            return [row["listing_id"] for row in await connection.fetch("SELECT listing_id FROM listings")]

    assert await screening.eventually(known) == ["after"]


async def test_one_id_of_two_sources_is_asked_for_by_the_platforms_own(screening: Running) -> None:
    found = await dead(screening, listing("7"), listing("7", source="https://finance.example"))
    answer = await act(screening, "7", "discard", reason="Which of them?")
    assert (answer.status_code, answer.json()["code"]) == (409, "dead_letter_ambiguous")
    assert sorted(answer.json()["ids"]) == sorted(letter["id"] for letter in found)
    for letter in found:
        assert (await act(screening, letter["id"], "discard", reason="This one.")).status_code == 200


async def test_a_list_shows_the_beginning_of_a_payload_and_one_of_them_all_of_it(screening: Running) -> None:
    payload = listing("1", padding="x" * 900_000)
    found = await dead(screening, payload, listing("2"))
    assert [(letter["event_id"], letter["payload_cut"]) for letter in found] == [("2", False), ("1", True)]
    assert found[1]["payload"] == payload.decode()[:4096]
    whole = (await act(screening, "1")).json()
    assert (whole["payload"], whole["payload_encoding"], whole["payload_cut"]) == (payload.decode(), "utf-8", False)
    page = (await screening.as_("marketplace").get(PATH, params={"limit": 1})).json()
    rest = (await screening.as_("marketplace").get(PATH, params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [letter["event_id"] for letter in page["data"] + rest["data"]] == ["2", "1"]
    assert rest["next_cursor"] is None


async def test_a_reason_is_needed_and_only_the_operator_gives_one(screening: Running) -> None:
    [letter] = await dead(screening, listing("1"))
    for body in ({}, {"reason": ""}, {"reason": 7}, {"reason": "a\0b"}, {"reason": "x" * 1001}, {"why": "because"}):
        assert (await act(screening, letter["id"], "discard", **body)).status_code == 422
    for kind in ("brand", "vendor", "regulator"):
        path = f"{PATH}/{letter['id']}"
        client = screening.as_(kind)
        statuses = [(await client.get(PATH)).status_code, (await client.get(path)).status_code]
        statuses.append((await client.post(f"{path}/discard", json={"reason": "Not mine."})).status_code)
        assert statuses == [404, 404, 404], kind
    missing = await act(screening, "nobody's", "discard", reason="It is not there.")
    assert missing.status_code == 404


async def test_dead_letters_are_counted_as_they_come_and_go(screening: Running) -> None:
    def total(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before, gone = total("marque_events_dead_total", type=SUBJECT), total("marque_dead_letters_discarded_total")
    [letter] = await dead(screening, listing("1"))
    assert total("marque_events_dead_total", type=SUBJECT) == before + 1
    await act(screening, letter["id"], "discard", reason="A test.")
    assert total("marque_dead_letters_discarded_total") == gone + 1
    assert total("marque_dead_letters") == 0


def act_on_all(screening: Running, act: str, which: dict[str, Any], **more: Any) -> Any:
    return screening.as_("marketplace").post(f"{PATH}/{act}", json={"filter": which, **more})


async def waiting(screening: Running, **which: Any) -> list[str]:
    answer = await screening.as_("marketplace").get(PATH, params=which)
    assert answer.status_code == 200, answer.text
    return sorted(letter["event_id"] for letter in answer.json()["data"])


async def test_those_that_a_filter_names_are_listed_and_discarded_and_no_other(screening: Running) -> None:
    other = {"source": "https://finance.example"}
    await dead(screening, listing("1"), listing("2"), listing("3", **other), b"no event at all")
    assert await waiting(screening, source="https://finance.example") == ["3"]
    assert await waiting(screening, type=SUBJECT, source="https://catalogue.example") == ["1", "2"]
    assert await waiting(screening, died_before="2026-01-01T00:00:00Z") == []
    assert len(await waiting(screening, error="NOT JSON")) == 1
    which = {"source": "https://catalogue.example", "types": [SUBJECT]}
    one = (await act_on_all(screening, "discard", which, most=1, reason="A test.")).json()
    assert (one["settled"], one["left"], one["failed"], one["last"]) == (1, 1, [], None)
    assert "1" not in await waiting(screening)
    rest = (await act_on_all(screening, "discard", which, reason="A test.")).json()
    assert (rest["settled"], rest["left"]) == (1, 0)
    assert (await act_on_all(screening, "discard", which, reason="A test.")).json()["settled"] == 0
    assert (await act(screening, "2")).json()["discard_reason"] == "A test."
    assert "3" in await waiting(screening)
    assert len(await waiting(screening)) == 2


async def test_those_that_work_now_have_their_effect_and_one_that_fails_stops_no_other(screening: Running) -> None:
    async with screening.database.pool.acquire() as connection:
        await connection.execute("ALTER TABLE listings RENAME TO hidden")
        found = await dead(screening, listing("bad"), *(listing(str(n), listing_id=f"sound-{n}") for n in range(3)))
        await connection.execute("ALTER TABLE hidden RENAME TO listings")
    bad = next(letter["id"] for letter in found if letter["event_id"] == "bad")
    first = (await act_on_all(screening, "retry", {"types": [SUBJECT]}, most=2)).json()
    assert len(first["failed"]) + first["settled"] == 2
    assert first["left"] == 4 - first["settled"]
    rest = (await act_on_all(screening, "retry", {"types": [SUBJECT]}, after=first["last"])).json()
    assert first["failed"] + rest["failed"] == [bad]
    assert (first["settled"] + rest["settled"], rest["left"]) == (3, 1)
    assert await waiting(screening) == ["bad"]
    async with screening.database.pool.acquire() as connection:
        known = await connection.fetch("SELECT listing_id FROM listings ORDER BY listing_id")
    assert [row["listing_id"] for row in known] == ["sound-0", "sound-1", "sound-2"]


async def test_two_who_act_on_the_same_at_once_settle_each_once(screening: Running) -> None:
    async with screening.database.pool.acquire() as connection:
        await connection.execute("ALTER TABLE listings RENAME TO hidden")
        await dead(screening, *(listing(str(n), listing_id=f"sound-{n}") for n in range(8)))
        await connection.execute("ALTER TABLE hidden RENAME TO listings")
    which = {"types": [SUBJECT]}
    answers = await asyncio.gather(
        *(act_on_all(screening, "retry", which) for _ in range(2)),
        *(act_on_all(screening, "discard", which, reason="A test.") for _ in range(2)),
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(answer.json()["settled"] for answer in answers) == 8
    assert await waiting(screening) == []


async def test_the_answer_to_many_is_given_again_under_the_same_key(screening: Running) -> None:
    await dead(screening, listing("1"), listing("2"))
    body = {"filter": {"types": [SUBJECT]}, "most": 1, "reason": "A test."}
    path, key = f"{PATH}/discard", {"Idempotency-Key": "once"}
    operator = screening.as_("marketplace")
    first = await operator.post(path, json=body, headers=key)
    again = await operator.post(path, json=body, headers=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert await waiting(screening) == ["2"]


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("retry", {"filter": {}}, "dead_letters_not_named"),
        ("discard", {"filter": {"types": None}, "reason": "All of it."}, "dead_letters_not_named"),
        ("discard", {"filter": {"types": [SUBJECT]}}, "validation_failed"),
        ("retry", {}, "validation_failed"),
        ("retry", {"filter": {"types": []}}, "validation_failed"),
        ("retry", {"filter": {"type": SUBJECT}}, "validation_failed"),
        ("retry", {"filter": {"types": [SUBJECT]}, "most": 1001}, "validation_failed"),
        ("retry", {"filter": {"types": [SUBJECT]}, "after": "evt_1"}, "validation_failed"),
    ],
)
async def test_a_filter_that_means_everything_or_nothing_is_refused(
    screening: Running, act: str, body: dict[str, Any], code: str
) -> None:
    answer = await screening.as_("marketplace").post(f"{PATH}/{act}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await screening.as_("brand").post(f"{PATH}/{act}", json=body)).status_code == 404


@pytest.mark.parametrize(
    "query", ["died_before=2026-11-28T10:00:00", "died_before=soon", "error=", "source=a%00b", "type=", "kind=x"]
)
async def test_a_list_is_not_filtered_by_what_has_no_meaning(screening: Running, query: str) -> None:
    assert (await screening.as_("marketplace").get(f"{PATH}?{query}")).status_code == 422
