"""The hot queries of captures read what they are about and nothing else, whatever the planner knows of the tables."""

from datetime import UTC, datetime

import pytest

from services.screening.captures import statements
from services.screening.captures.pictures import statements as pictures
from tests.services.screening.conftest import Screening
from tests.statistics import forget_statistics, rows_touched

PLANNED = (
    statements.ADD_ITEMS, statements.MOVE_ITEMS, statements.VERSIONS_THEN, statements.OPEN_ITEMS,
    statements.BEHIND, statements.VERSIONS,
    statements.HOLD_CAPTURES, statements.ADD_CAPTURES, statements.LINK_ITEMS, statements.LINKED_ITEMS,
    statements.COMPLETE_CAPTURES, pictures.ADD_PICTURES, pictures.WAITING_PICTURES, pictures.PICTURES,
    pictures.SETTLE_PICTURES, pictures.SETTLE_EVIDENCE, pictures.COUNT_EVIDENCE,
    pictures.ANNOUNCE_FILE, pictures.HOLD_FILES, statements.LOCK_UNFINISHED, statements.FINISH_CAPTURE,
    pictures.KEEP_EVIDENCE, pictures.DELETE_EVIDENCE, statements.UNKNOWN_LATELY, statements.KEEP_UNKNOWN,
)  # fmt: skip
MANY = 5000
NOW = datetime(2026, 11, 27, tzinfo=UTC)
TABLES = (
    "listings",
    "listing_versions",
    "captures",
    "reported_items",
    "item_captures",
    "capture_pictures",
    "capture_files",
    "evidence_pictures",
    "unknown_listings",
)
_FILLED = (
    f"""INSERT INTO listings SELECT 'shop.example', 'l-' || n, 2 * n, 2, now(), sha256('')
        FROM generate_series(1, {MANY}) n""",
    f"""INSERT INTO listing_versions
        SELECT n, 'shop.example', 'l-' || (n + 1) / 2, 1, now(), now(), sha256(''), '{{}}',
            CASE WHEN n % 2 = 0 THEN n - 1 END, false
        FROM generate_series(1, {2 * MANY}) n""",
    f"""INSERT INTO captures SELECT 'cap_' || n, 2 * n, 'shop.example', 'l-' || n, 'listings', now(), '{{}}', sha256('')
        FROM generate_series(1, {MANY}) n""",
    f"""INSERT INTO reported_items
        SELECT 'itm_' || n, 'rep_' || n, 'shop.example', 'l-' || n, now() - interval '1 day', false, now()
        FROM generate_series(1, {MANY}) n""",
    f"""INSERT INTO capture_pictures
        SELECT 'cap_' || n, place, CASE WHEN place < 2 THEN 'https://cdn.example/' || place END,
            CASE WHEN place = 2 THEN 'evd_' || n END
        FROM generate_series(1, {MANY}) n, generate_series(0, 2) place""",
    f"INSERT INTO capture_files SELECT 'f-' || n FROM generate_series(1, {MANY}) n",
    f"INSERT INTO evidence_pictures SELECT 'evd_' || n, 'f-' || n, 'image/png', 1 FROM generate_series(1, {MANY}) n",
    f"INSERT INTO unknown_listings SELECT 'shop.example', 'l-' || n, now() FROM generate_series(1, {MANY}) n",
    f"UPDATE captures SET hash = NULL WHERE number > {MANY}",
    f"""INSERT INTO item_captures SELECT 'itm_' || n, 'cap_' || n, 'rep_' || n, 2 * n, true, false, NULL, '{{}}'
        FROM generate_series(1, {MANY}) n""",
)


@pytest.fixture(params=["fresh", "analyzed"])
async def full(screening: Screening, request: pytest.FixtureRequest) -> Screening:
    async with screening.running.database.pool.acquire() as connection:
        await forget_statistics(connection, *TABLES)
        for statement in _FILLED:
            await connection.execute(statement)
        if request.param == "analyzed":
            await connection.execute(f"ANALYZE {', '.join(TABLES)}")
    return screening


async def test_a_report_reads_the_versions_of_its_listings_alone(full: Screening) -> None:
    pool = full.running.database.pool
    item = {
        "item_ids": ["itm_77"], "report_ids": ["rep_77"], "marketplaces": ["shop.example"], "listing_ids": ["l-77"],
        "reported_at": [NOW],
    }  # fmt: skip
    assert await rows_touched(pool, TABLES, statements.ADD_ITEMS, **item) == 0
    moved = {"item_ids": ["itm_77"], "ended": [True], "moved_at": [NOW]}
    assert await rows_touched(pool, TABLES, statements.MOVE_ITEMS, **moved) == 0
    assert await rows_touched(pool, TABLES, statements.VERSIONS_THEN, item_ids=["itm_77", "none"]) <= 5
    assert await rows_touched(pool, TABLES, statements.VERSIONS, numbers=[7, 8]) == 2


async def test_a_change_reads_the_open_items_of_its_listing_alone(full: Screening) -> None:
    changed = {"marketplaces": ["shop.example"] * 2, "listing_ids": ["l-77", "unreported"], "numbers": [9**9] * 2}
    assert await rows_touched(full.running.database.pool, TABLES, statements.OPEN_ITEMS, **changed) == 2


async def test_a_capture_reads_its_own_rows_alone(full: Screening) -> None:
    pool = full.running.database.pool
    assert await rows_touched(pool, TABLES, statements.HOLD_CAPTURES, numbers=[8]) == 1
    new = {
        "ids": ["cap_new"], "numbers": [9], "marketplaces": ["shop.example"], "listing_ids": ["l-5"],
        "sources": ["listings"], "documents": ["{}"], "hashes": [b"0" * 32], "seller_names": [None],
        "seller_salts": [None], "now": NOW,
    }  # fmt: skip
    assert await rows_touched(pool, TABLES, statements.ADD_CAPTURES, **new) == 0
    link = {
        "item_ids": ["itm_77"], "capture_ids": ["cap_78"], "is_late": [False], "changed_from": [None], "changed": [""],
    }  # fmt: skip
    assert await rows_touched(pool, TABLES, statements.LINK_ITEMS, **link) <= 2
    for only in (None, ["itm_77"]):
        asked = {"capture_ids": ["cap_77"], "item_ids": only}
        assert await rows_touched(pool, TABLES, statements.LINKED_ITEMS, **asked) == 1
    assert await rows_touched(pool, TABLES, statements.COMPLETE_CAPTURES, ids=["cap_77"]) == 1
    assert await rows_touched(pool, TABLES, statements.BEHIND, item_ids=["itm_77"]) <= 3


async def test_a_picture_reads_the_rows_of_its_capture_alone(full: Screening) -> None:
    pool = full.running.database.pool
    of = {"capture_id": "cap_4000"}
    more = {"capture_ids": ["cap_new"], "places": [0], "urls": ["u"], "evidence_ids": [None], "pdqs": [None]}
    assert await rows_touched(pool, TABLES, pictures.ADD_PICTURES, **more) == 0
    assert await rows_touched(pool, TABLES, pictures.WAITING_PICTURES, **of) == 3
    assert await rows_touched(pool, TABLES, pictures.PICTURES, **of) == 3
    found = {
        "sha256": ["f-1"], "media_type": ["image/png"], "size": [1], "width": [1], "height": [1], "problem": [None],
    }  # fmt: skip
    address = {**of, "urls": ["https://cdn.example/0"]}
    assert await rows_touched(pool, TABLES, pictures.SETTLE_PICTURES, **address, **found) <= 3
    assert await rows_touched(pool, TABLES, pictures.SETTLE_EVIDENCE, **of) <= 7
    assert await rows_touched(pool, TABLES, pictures.COUNT_EVIDENCE, evidence_ids=["evd_1", "none"]) == 1
    kept = {
        "evidence_ids": ["evd_1", "evd_new"],
        "hashes": ["f"] * 2,
        "media_types": ["image/png"] * 2,
        "sizes": [1] * 2,
    }
    assert await rows_touched(pool, TABLES, pictures.KEEP_EVIDENCE, **kept) == 0
    assert await rows_touched(pool, TABLES, pictures.DELETE_EVIDENCE, evidence_ids=["evd_1", "evd_new"]) == 0
    assert await rows_touched(pool, TABLES, pictures.ANNOUNCE_FILE, sha256="f-1", now=NOW) == 0
    assert await rows_touched(pool, TABLES, pictures.HOLD_FILES, hashes=["f-1"]) == 0
    assert await rows_touched(pool, TABLES, statements.LOCK_UNFINISHED, id="cap_4000") == 1
    finished = {"id": "cap_4000", "document": "{}", "hash": b"0" * 32, "holds_pictures": True, "now": NOW}
    assert await rows_touched(pool, TABLES, statements.FINISH_CAPTURE, **finished) == 1


async def test_a_look_up_reads_the_rows_of_its_listing_alone(full: Screening) -> None:
    pool = full.running.database.pool
    of = {"marketplaces": ["shop.example"] * 2, "listing_ids": ["l-77", "none"]}
    assert await rows_touched(pool, TABLES, statements.UNKNOWN_LATELY, **of, now=NOW) == 1
    again = {"marketplace": "shop.example", "listing_id": "l-77", "again_at": NOW}
    assert await rows_touched(pool, TABLES, statements.KEEP_UNKNOWN, **again) == 0
