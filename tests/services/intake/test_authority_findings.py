"""The rules about authorities, on every mixture of them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.reports.filing import case_of
from services.intake.reports.findings import Case
from services.intake.reports.findings.authority import RULES, relied_on
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import ReportIn
from services.intake.vault.authorities.terms import AuthorityTerms, RightAtHand
from services.intake.vault.territories import covered
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import FindingSeverity, HeldAs, RightType
from shared.contracts.ids import AccountId, AuthorityId, RightId
from shared.contracts.things import Owner
from tests.services.intake.conftest import a_report

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
RIGHT = RightId.of(UUID(int=7))
DAYS = st.integers(-2, 2).map(lambda days: NOW.date() + timedelta(days=days))
PLACES = st.lists(st.sampled_from(["DE", "FR", "US", "EU", "WW"]), max_size=2)
STATES = st.sampled_from([AuthorityState.VERIFIED, AuthorityState.EXPIRED, AuthorityState.REVOKED])

terms = st.builds(
    AuthorityTerms,
    id=st.uuids().map(AuthorityId.of), version=st.just(2), state=STATES, covers_right=st.booleans(),
    right_types=st.lists(st.sampled_from([RightType.TRADEMARK, RightType.COPYRIGHT]), max_size=1),
    territories=PLACES, valid_from=DAYS, valid_to=st.none() | DAYS,
)  # fmt: skip


def case(held_as: HeldAs, authorities: list[AuthorityTerms], markets: list[str]) -> Case:
    right = RightAtHand(
        id=RIGHT, version=2, account_id=AccountId.of(UUID(int=1)), type=RightType.TRADEMARK, title="ACME",
        state="verified", owner=Owner(name="Acme"), territories=["EU"], expires_on=date(2050, 1, 1), held_as=held_as,
        authorities=tuple(authorities),
    )  # fmt: skip
    body = ReportIn.model_validate(a_report(RIGHT, markets=markets))
    return case_of(body, right, marketplaces=Marketplaces.of(()), now=NOW)


@given(st.sampled_from(HeldAs), st.lists(terms, max_size=4), st.lists(st.sampled_from(["DE", "FR", "US"]), max_size=2))
def test_one_thing_is_said_of_authority_exactly_where_one_is_needed_and_none_reaches(
    held_as: HeldAs, authorities: list[AuthorityTerms], markets: list[str]
) -> None:
    looked_at = case(held_as, authorities, markets)
    found = [finding for rule in RULES for finding in rule(looked_at)]
    chosen = relied_on(looked_at)
    assert len(found) == (held_as is not HeldAs.OWNER and chosen is None)
    assert all(finding.severity is FindingSeverity.BLOCKS for finding in found)
    if chosen is None:
        return
    assert held_as is not HeldAs.OWNER
    assert (chosen.covers_right, chosen.state) == (True, AuthorityState.VERIFIED)
    assert chosen.valid_from <= NOW.date() <= (chosen.valid_to or NOW.date())
    assert RightType.TRADEMARK in (chosen.right_types or [RightType.TRADEMARK])
    needed = (set(markets) or covered(["EU"])) & covered(["EU"])
    assert needed <= covered(chosen.territories or ["WW"])
