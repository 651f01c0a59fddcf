"""A right's last day ends at its office, an authority's in the country of its principal."""

from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

import pytest

from libraries.clocks.days import days_after
from services.intake.jobs import ticker
from services.intake.vault import rights
from services.intake.vault.expiry import days_left, is_over
from services.intake.vault.findings import examine_right
from services.intake.vault.office_days import zone_in, zone_of
from services.intake.vault.tables import Right
from shared.contracts.events import RightExpired, RightExpiring
from shared.runtime.clock import HeldClock
from tests.services.intake.conftest import Intake

LAST = date(2049, 6, 30)


def _right(office: str | None, *territories: str) -> Right:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Right(
        id="rgt_1", account_id="acc_1", type="trademark", state="verified", version=1, title="T", owner={"name": "A"},
        territories=list(territories), office=office, nice_classes=[25], details={}, expires_on=LAST, created_at=now,
        updated_at=now,
    )  # fmt: skip


ENDS = {
    # The moment in UTC at which the 30th of June 2049, in summer in the north, is over at each office.
    "USPTO": "2049-07-01T04:00", "USCO": "2049-07-01T04:00", "CIPO": "2049-07-01T04:00", "IMPI": "2049-07-01T06:00",
    "INPI-BR": "2049-07-01T03:00", "EUIPO": "2049-06-30T22:00", "OEPM": "2049-06-30T22:00", "EPO": "2049-06-30T22:00",
    "DPMA": "2049-06-30T22:00", "INPI": "2049-06-30T22:00", "UIBM": "2049-06-30T22:00", "PRV": "2049-06-30T22:00",
    "IPI": "2049-06-30T22:00", "WIPO": "2049-06-30T22:00", "UKIPO": "2049-06-30T23:00",
    "TURKPATENT": "2049-06-30T21:00", "CNIPA": "2049-06-30T16:00", "TIPO": "2049-06-30T16:00",
    "HKIPD": "2049-06-30T16:00", "IPOS": "2049-06-30T16:00", "JPO": "2049-06-30T15:00",
    "KIPO": "2049-06-30T15:00", "ARIPO": "2049-07-01T00:00",
}  # fmt: skip


@pytest.mark.parametrize("office", ENDS)
def test_a_day_ends_in_the_zone_of_its_office(office: str) -> None:
    end = datetime.fromisoformat(ENDS[office]).replace(tzinfo=UTC)
    zone = zone_of(_right(office, "EU"))
    for moment, over in ((end - timedelta(microseconds=1), False), (end, True)):
        assert is_over(LAST, moment, zone) is over, moment
        assert days_left(LAST, moment, zone) == -over
        codes = [finding.code for finding in examine_right(_right(office, "EU"), moment)]
        assert ("R_RIGHT_EXPIRED" in codes) is over


def test_without_an_office_the_one_country_counts() -> None:
    assert zone_of(_right(None, "US")) == ZoneInfo("America/New_York")
    assert zone_of(_right(None, "US", "CA")) is UTC
    assert zone_of(_right(None, "BT")) is UTC
    assert zone_in("JP") == ZoneInfo("Asia/Tokyo")
    assert zone_in(None) is UTC


def test_time_zones_are_there_on_a_bare_system() -> None:
    assert version("tzdata")


def test_no_day_is_beyond_the_last_one() -> None:
    assert days_after(date(9999, 12, 30), 5) == date.max
    assert days_after(date(2024, 2, 28), 1) == date(2024, 2, 29)


async def test_a_right_of_washington_is_in_force_while_it_is_its_last_day_there(intake: Intake) -> None:
    right = await intake.right(
        office="USPTO", registration_number="7123456", territories=["US"], expires_on=LAST.isoformat()
    )
    database = intake.running.database
    for moment, told in (
        ("2049-05-31T03:59", []), ("2049-05-31T04:00", [30]), ("2049-06-23T04:00", [30, 7]),
        ("2049-07-01T03:59", [30, 7]),
    ):  # fmt: skip
        await ticker.tick(database, HeldClock(datetime.fromisoformat(moment).replace(tzinfo=UTC)))
        assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == told, moment
    assert await intake.running.recorded(RightExpired) == []
    await ticker.tick(database, HeldClock(datetime(2049, 7, 1, 4, tzinfo=UTC)))
    (event,) = await intake.running.recorded(RightExpired)
    assert (event.right_id, event.expires_on) == (right["id"], LAST)


async def test_timers_that_were_set_for_days_in_utc_are_set_again(intake: Intake) -> None:
    right = await intake.right(
        office="USPTO", registration_number="7123456", territories=["US"], expires_on=LAST.isoformat()
    )
    for kind, due in (("right_expires", "2049-07-01"), ("right_expires_in_30_days", "2049-05-31")):
        await intake.execute(
            "UPDATE timers SET due_at = $2 WHERE kind = $1", kind, datetime.fromisoformat(due).replace(tzinfo=UTC)
        )
    database = intake.running.database
    await ticker.tick(database, HeldClock(datetime(2049, 5, 31, 1, tzinfo=UTC)))
    assert await intake.running.recorded(RightExpiring) == []
    await ticker.tick(database, HeldClock(datetime(2049, 5, 31, 4, tzinfo=UTC)))
    assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == [30]
    await intake.execute("UPDATE timers SET due_at = '2049-07-01T00:00Z' WHERE kind = 'right_expires'")
    await ticker.tick(database, HeldClock(datetime(2049, 7, 1, 1, tzinfo=UTC)))
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == "verified"
    await ticker.tick(database, HeldClock(datetime(2049, 7, 1, 4, tzinfo=UTC)))
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == "expired"


async def test_an_authority_ends_where_its_principal_is(intake: Intake) -> None:
    for country, hour in (("US", 4), ("DE", 22)):
        given = {
            "kind": "licence", "principal": {"name": "Acme Inc", "country": country}, "valid_from": "2026-01-01",
            "valid_to": LAST.isoformat(),
        }  # fmt: skip
        made = (await intake.brand.post("/v1/authorities", json=given)).json()
        await intake.operator.post(f"/v1/authorities/{made['id']}/verify")
        end = datetime(2049, 6, 30 if hour > 12 else 1, hour, tzinfo=UTC).replace(month=6 if hour > 12 else 7)
        for moment, state in ((end - timedelta(minutes=1), "verified"), (end, "expired")):
            await ticker.tick(intake.running.database, HeldClock(moment))
            found = (await intake.brand.get(f"/v1/authorities/{made['id']}")).json()
            assert found["state"] == state, (country, moment)


async def test_a_right_whose_end_is_the_end_of_all_calendars_is_verified_and_has_no_timer(intake: Intake) -> None:
    right = await intake.right(expires_on="9999-12-31")
    assert right["state"] == "verified"
    async with intake.running.database.pool.acquire() as connection:
        kinds = await connection.fetch("SELECT kind FROM timers WHERE subject = $1", right["id"])
    assert {row["kind"] for row in kinds} == {f"right_expires_in_{days}_days" for days in (30, 7)}
    late = await intake.right(expires_on="9999-12-01", registration_number="018012346")
    renewed = await intake.brand.post(f"/v1/rights/{late['id']}/renew", json={"expires_on": "9999-12-31"})
    assert (renewed.status_code, renewed.json()["renewal"]["holds_until"]) == (200, "9999-12-31")
    assert rights.TIMERS.end == "right_expires"
