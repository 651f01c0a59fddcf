"""Statements of reasons: in the form that the EU's database takes, for those concerned, without personal data."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.statements_of_reasons import reasons
from shared.contracts.codes import Claim, LegalBasis, MediaType, ReasonCode, RightType, Verdict
from shared.contracts.events import DecisionMade, EnforcementApplied, EnforcementRequested
from shared.contracts.events.decisions import EnforcementAction
from shared.contracts.ids import DecisionId, EnforcementId, ReportId
from shared.runtime.ids import new_id
from tests.services.notify.things import AT, SECRET_WORDS, decision, item, right, submitted

_SCHEMA = Path(__file__).resolve().parents[3].parent / "shared/data/dsa-statement-of-reasons.schema.json"
_PLACES = st.lists(st.sampled_from(["EU", "WW", "DE", "FR", "GR", "NO", "US", "GB", "CN"]), max_size=4)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    if not _SCHEMA.exists():
        pytest.skip(f"the schema of the database is not at {_SCHEMA}")
    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text()))


def case(made: DecisionMade, **changes: Any) -> reasons.Case:
    values: dict[str, Any] = {
        "decision": made,
        "items": made.items,
        "trusted": False,
        "action": None,
        "markets": [],
        "applied_at": None,
    }
    return reasons.Case(**{**values, **changes})


@given(data=st.data())
def test_every_statement_is_one_that_the_database_takes(
    validator: jsonschema.Draft202012Validator, data: st.DataObject
) -> None:
    draw = data.draw
    account = "acc_01h455vb4pex5vsknk084sn02q"
    kind = draw(st.sampled_from(list(RightType)))
    items = [
        item(
            account,
            claim=draw(st.sampled_from(list(Claim))),
            legal_basis=draw(st.sampled_from(list(LegalBasis))),
            markets=draw(_PLACES),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    numbered = draw(st.booleans())
    made = decision(
        account,
        right_type=kind,
        media_type=draw(st.sampled_from(list(MediaType))),
        code=draw(st.sampled_from([code for code in ReasonCode if code.accepts])),
        items=items,
        right=right(
            account,
            kind,
            territories=draw(_PLACES),
            office=draw(st.sampled_from([None, "EUIPO", "USPTO"])),
            registration_number="018012345" if numbered else None,
        ),
    )
    statement = reasons.statement(
        case(
            made,
            trusted=draw(st.booleans()),
            action=draw(st.sampled_from([None, *EnforcementAction])),
            markets=draw(_PLACES),
            applied_at=draw(st.sampled_from([None, AT])),
        )
    )
    validator.validate(statement)
    words = json.dumps(statement, ensure_ascii=False)
    assert not any(secret in words for secret in (*SECRET_WORDS, account, "shop.example"))
    assert set(statement.get("territorial_scope", [])) <= reasons.EEA


def test_the_statement_says_what_was_decided_by_which_rule_and_law_on_which_facts() -> None:
    made = decision("acc_01h455vb4pex5vsknk084sn02q")
    statement = reasons.statement(case(made))
    assert statement["illegal_content_legal_ground"].startswith("Regulation (EU) 2017/1001")
    explanation, facts = statement["illegal_content_explanation"], statement["decision_facts"]
    assert "decided to remove the listing, because" in explanation
    assert "TM-2.1" in explanation
    assert "out-of-court dispute settlement body (DSA Art. 21), and go to court" in explanation
    assert "complain" not in explanation, "there is no complaint to the platform yet"
    assert "one notice, received on 2026-11-02" in facts
    assert "018012345 (EUIPO)" in facts
    assert "listing 9001" in facts
    assert statement["territorial_scope"] == sorted(reasons.EU)


def test_a_notice_under_the_terms_alone_rests_on_the_terms() -> None:
    account = "acc_01h455vb4pex5vsknk084sn02q"
    made = decision(account, items=[item(account, legal_basis=LegalBasis.TERMS)])
    statement = reasons.statement(case(made))
    assert statement["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert "TM-2.1" in statement["incompatible_content_ground"]
    assert statement["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"


def test_long_words_are_cut_at_a_word() -> None:
    made = decision("acc_01h455vb4pex5vsknk084sn02q")
    clause = made.clauses[0].model_copy(update={"text": "word " * 1000})
    statement = reasons.statement(case(made.model_copy(update={"clauses": [clause] * 20})))
    assert len(statement["illegal_content_explanation"]) <= 2000
    assert statement["illegal_content_explanation"].endswith("word…")


async def statement_for(running: Any, decision_id: str, *who: str) -> Any:
    return await running.as_(*who).get(f"/v1/decisions/{decision_id}/statement-of-reasons")


async def test_those_concerned_can_read_the_statement_and_nobody_else(
    start_notify: Any, validator: jsonschema.Draft202012Validator
) -> None:
    running = await start_notify()
    decision_id, trusted = new_id(DecisionId), new_id(ReportId)
    one, two = running.caller("brand").account_id, running.caller("brand", "two").account_id
    first = decision(one, decision_id=decision_id)
    second = decision(
        two, decision_id=decision_id, items=[item(two, report_id=trusted, submitted_at=AT - timedelta(days=2))]
    )
    await running.publish(submitted(two, trusted, trusted=True))
    await running.publish(first)
    await running.publish(second)

    async def both_told() -> Any:
        answer = await statement_for(running, decision_id, "brand", "two")
        return answer.status_code == 200 and "2 notices" in answer.json()["decision_facts"] and answer

    statement = (await running.eventually(both_told)).json()
    validator.validate(statement)
    assert statement["source_type"] == "SOURCE_TRUSTED_FLAGGER"
    assert statement["content_date"] == "2026-10-31"
    assert statement["puid"] == decision_id
    for who in (("brand",), ("marketplace",), ("regulator",)):
        assert (await statement_for(running, decision_id, *who)).json() == statement
    for stranger in (("brand", "three"), ("vendor",)):
        answer = await statement_for(running, decision_id, *stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_statement_says_when_the_restriction_took_effect(start_notify: Any) -> None:
    running = await start_notify()
    made = decision(running.caller("brand").account_id)
    enforcement_id = new_id(EnforcementId)
    await running.publish(made)
    await running.publish(
        EnforcementRequested(
            version=1,
            enforcement_id=enforcement_id,
            decision_id=made.decision_id,
            action=EnforcementAction.REMOVE_PART,
            listing=made.listing,
            code=made.code,
            markets=["DE", "US"],
            requested_at=AT,
        )
    )
    await running.publish(
        EnforcementApplied(
            version=2,
            enforcement_id=enforcement_id,
            decision_id=made.decision_id,
            applied_at=AT + timedelta(days=1),
        ),
        source="/marque/review",
    )

    async def applied() -> Any:
        answer = await statement_for(running, made.decision_id, "brand")
        return answer.status_code == 200 and answer.json()["application_date"] == "2026-11-03" and answer

    statement = (await running.eventually(applied)).json()
    assert statement["territorial_scope"] == ["DE"]
    assert "part of the listing" in statement["decision_facts"]


async def test_a_decision_that_restricts_nothing_has_no_statement(start_notify: Any) -> None:
    running = await start_notify()
    made = decision(
        running.caller("brand").account_id, verdict=Verdict.REJECTED, code=ReasonCode.R_INSUFFICIENT_SIMILARITY
    )
    await running.publish(made)

    async def told() -> Any:
        answer = await statement_for(running, made.decision_id, "brand")
        return answer.status_code == 404 and answer.json()["code"] == "no_restriction"

    await running.eventually(told)
    assert (await statement_for(running, made.decision_id, "brand", "two")).json()["code"] == "not_found"


async def test_an_unknown_decision_and_a_wrong_id_are_told_apart(start_notify: Any) -> None:
    running = await start_notify()
    assert (await statement_for(running, new_id(DecisionId), "marketplace")).status_code == 404
    assert (await statement_for(running, "dec_nonsense", "marketplace")).status_code == 422
    answer = await running.as_("brand", scopes=frozenset({"reports:read"})).get(
        f"/v1/decisions/{new_id(DecisionId)}/statement-of-reasons"
    )
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "decisions:read")
