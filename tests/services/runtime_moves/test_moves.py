"""Tables that change their service are copied once, whole, whatever happens meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from deploy.local.platform import ROOT
from shared.runtime.migrate import migrate, migrate_all
from shared.runtime.moves import Move, Rows, lots
from shared.runtime.moving import CannotMove, move_tables
from tests.conftest import Servers
from tests.services.runtime_moves.moves import MOVE

PARCELS = """
CREATE TABLE parcels (
    id text COLLATE "C" PRIMARY KEY, label text, weight double precision, sent_at timestamptz, what jsonb, seal bytea
)
"""
WEIGHTS = "CREATE TABLE weights (parcel_id text PRIMARY KEY, label_length integer)"
FILL = """
INSERT INTO parcels
SELECT 'p' || n, CASE WHEN n % 7 > 0 THEN repeat('Grüße, "q"', n % 50) END, n / 3.0,
       timestamptz '2026-03-29 01:30:00+00' + n * interval '1 hour', jsonb_build_object('n', n), decode('00ff', 'hex')
FROM generate_series(1, 400) AS n
"""
WAITING = """
INSERT INTO timers (kind, subject, due_at) VALUES
    ('parcel_due', 'p1', '2026-05-01T00:00:00Z'), ('letter_due', 'l1', '2026-05-01T00:00:00Z')
"""
SEEN = """
INSERT INTO inbox (event_id, consumer, received_at) VALUES
    ('evt_1', 'giver', '2026-04-01T00:00:00Z'), ('evt_2', 'giver', '2026-04-02T00:00:00Z')
"""
WHOLE = {"parcels": 400, "weights": 400, "timers": 1, "inbox": 2, "moves": 1}
NOTHING = dict.fromkeys(WHOLE, 0)


@dataclass
class Yard:
    """Two services' databases on one server: `giver` has had parcels until now, `taker` has them from now on."""

    server_url: str
    giver: asyncpg.Connection
    taker: asyncpg.Connection

    async def move(self, *moves: Move) -> None:
        await move_tables(self.server_url, "taker", moves or [MOVE])

    async def counts(self) -> dict[str, int]:
        return {table: await self.taker.fetchval(f"SELECT count(*) FROM {table}") for table in WHOLE}

    async def rows(self, of: str) -> list[tuple[Any, ...]]:
        connection = {"giver": self.giver, "taker": self.taker}[of]
        return [tuple(row) for row in await connection.fetch("SELECT * FROM parcels ORDER BY id")]


@pytest.fixture
async def yard(servers: Servers) -> AsyncIterator[Yard]:
    admin = await asyncpg.connect(servers.database_url, database="postgres")
    for name in ("giver", "taker"):
        await admin.execute(f"DROP DATABASE IF EXISTS marque_{name} WITH (FORCE)")
        await migrate(name, servers.database_url)
    giver = await asyncpg.connect(servers.database_url, database="marque_giver")
    taker = await asyncpg.connect(servers.database_url, database="marque_taker")
    for statement in (PARCELS, FILL, WAITING, SEEN):
        await giver.execute(statement)
    for statement in (PARCELS, WEIGHTS):
        await taker.execute(statement)
    yield Yard(servers.database_url, giver, taker)
    for connection in (giver, taker, admin):
        await connection.close()


async def test_rows_their_timers_and_the_events_that_were_counted_come_over(yard: Yard) -> None:
    await yard.move()
    assert await yard.counts() == WHOLE
    assert await yard.rows("taker") == await yard.rows("giver")
    assert await yard.taker.fetchval("SELECT label_length FROM weights WHERE parcel_id = 'p8'") == 80
    assert await yard.taker.fetchval("SELECT array_agg(kind || ' ' || subject) FROM timers") == ["parcel_due p1"]
    seen = await yard.taker.fetch("SELECT event_id, consumer FROM inbox ORDER BY event_id")
    assert [tuple(row) for row in seen] == [("evt_1", "taker"), ("evt_2", "taker")]
    note = await yard.taker.fetchrow("SELECT name, source, rows::text AS rows FROM moves")
    assert note is not None
    assert tuple(note) == ("parcels", "giver", '{"inbox": 2, "timers": 1, "parcels": 400, "weights": 400}')
    assert len(await yard.rows("giver")) == 400, "the source keeps its own"


async def test_what_was_moved_is_not_moved_again_whatever_becomes_of_it(yard: Yard) -> None:
    await yard.move()
    await yard.giver.execute("INSERT INTO parcels (id) VALUES ('late')")
    await yard.taker.execute("DELETE FROM parcels WHERE id <> 'p1'")
    await yard.move()
    assert [row[0] for row in await yard.rows("taker")] == ["p1"]


async def test_a_copy_that_is_killed_before_any_line_leaves_nothing_or_all_and_the_next_start_ends_it(
    yard: Yard,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.runtime_moves.kill_at_line", yard.server_url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    left: list[dict[str, int]] = []
    code = 9
    while code:  # each starts where the one before was killed, one line earlier
        process.stdin.write(f"{len(left)}\n".encode())
        code = int(await process.stdout.readline())
        left.append(await yard.counts())
        assert left[-1] in (NOTHING, WHOLE), f"killed before line {len(left)}"
    process.stdin.close()
    await process.wait()
    assert len(left) > 60
    assert left[:40] == [NOTHING] * 40
    assert left[-1] == WHOLE
    assert await yard.rows("taker") == await yard.rows("giver")


async def test_two_that_move_at_once_move_once(yard: Yard) -> None:
    await asyncio.gather(yard.move(), yard.move(), yard.move())
    assert await yard.counts() == WHOLE


async def test_an_empty_source_is_moved_as_well(yard: Yard) -> None:
    for table in ("parcels", "timers", "inbox"):
        await yard.giver.execute(f"DELETE FROM {table}")
    await yard.move()
    assert await yard.counts() == {**NOTHING, "moves": 1}
    assert await yard.taker.fetchval("SELECT rows ->> 'parcels' FROM moves") == "0"


async def test_a_platform_without_the_source_has_nothing_to_move(yard: Yard) -> None:
    await yard.move(Move("nobody's", source="nobody", rows=[Rows("parcels")]))
    assert await yard.taker.fetchval("SELECT rows::text FROM moves") == '{"parcels": null}'


async def test_a_source_without_the_table_is_an_error(yard: Yard) -> None:
    await yard.giver.execute("DROP TABLE parcels")
    with pytest.raises(CannotMove, match="giver does not have the tables of parcels; migrate it first"):
        await yard.move()
    assert await yard.counts() == NOTHING


@pytest.mark.parametrize("table", ["parcels", "weights", "timers", "inbox"])
async def test_a_target_that_is_not_empty_is_left_as_it_is(yard: Yard, table: str) -> None:
    there = {
        "parcels": "INSERT INTO parcels (id) VALUES ('own')",
        "weights": "INSERT INTO weights VALUES ('own', 1)",
        "timers": "INSERT INTO timers (kind, subject, due_at) VALUES ('own', 'own', now())",
        "inbox": "INSERT INTO inbox VALUES ('evt_9', 'taker', now())",
    }
    await yard.taker.execute(there[table])
    with pytest.raises(CannotMove, match=f"parcels cannot move from giver to taker: {table} is not empty there"):
        await yard.move()
    assert await yard.counts() == {**NOTHING, table: 1}
    await yard.taker.execute(f"DELETE FROM {table}")
    await yard.move()
    assert await yard.counts() == WHOLE


@pytest.mark.parametrize(
    "trigger",
    [
        "RETURN CASE WHEN NEW.id <> 'p77' THEN NEW END",
        "NEW.weight = CASE NEW.id WHEN 'p77' THEN 0 ELSE NEW.weight END; RETURN NEW",
    ],
    ids=["a row is lost", "a value is changed"],
)
async def test_a_copy_that_differs_is_an_error_and_leaves_nothing(yard: Yard, trigger: str) -> None:
    await yard.taker.execute(f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {trigger}; END $$")
    await yard.taker.execute("CREATE TRIGGER spoil BEFORE INSERT ON parcels FOR EACH ROW EXECUTE FUNCTION spoil()")
    with pytest.raises(CannotMove, match="parcels differs: 400 rows there"):
        await yard.move()
    assert await yard.counts() == NOTHING


async def test_a_move_to_other_columns_is_an_error_and_leaves_nothing(yard: Yard) -> None:
    await yard.taker.execute("ALTER TABLE parcels DROP COLUMN seal")
    with pytest.raises(BaseExceptionGroup) as failed:
        await yard.move()
    assert failed.group_contains(asyncpg.UndefinedColumnError)
    assert await yard.counts() == NOTHING


async def test_an_address_of_one_database_moves_nothing_and_one_of_each_service_does(yard: Yard) -> None:
    await move_tables(yard.server_url + "/marque_taker", "taker", [MOVE])
    assert await yard.counts() == NOTHING
    await move_tables(yard.server_url + "/marque_{service}", "taker", [MOVE])
    assert await yard.counts() == WHOLE


async def test_the_migration_moves_once_every_service_is_migrated(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    moves: Callable[[str], list[Move]] = lambda service: [MOVE] if service == "taker" else []  # noqa: E731
    monkeypatch.setattr("shared.runtime.migrate.moves_of", moves)
    await yard.giver.execute("DROP TABLE moves")
    await yard.giver.execute("UPDATE alembic_version SET version_num = 'runtime_0003'")
    await migrate_all(["taker", "giver"], yard.server_url, {})
    assert await yard.counts() == WHOLE
    assert await yard.giver.fetchval("SELECT version_num FROM alembic_version") == "runtime_0005"


def test_services_that_move_tables_are_migrated_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"conduct": [Move("a", "intake", [])], "notify": [Move("b", "intake", [])]}
    monkeypatch.setattr("shared.runtime.moves.moves_of", lambda service: given.get(service, []))
    names = ["gateway", "intake", "conduct", "review", "escalation", "notify"]
    assert lots(names, 2) == [["intake", "conduct", "notify"], ["gateway", "review", "escalation"]]
    assert lots(["gateway", "review"], 2) == [["gateway"], ["review"]]
    assert lots(["gateway"], 2) == [["gateway"]]
