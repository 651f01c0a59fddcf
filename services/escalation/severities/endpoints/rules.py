"""The severity rules, as the operator writes them."""

from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.escalation.severities import rules
from services.escalation.severities.rules import RuleInvalid, TooManyRules
from services.escalation.severities.tables import SeverityRule
from shared.contracts.codes import Scope, Severity
from shared.contracts.ids import RuleId
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag
from shared.runtime.identity import operator
from shared.runtime.inputs import Flag, Input, Instant, Name, Output, Prose, Whole
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session
from shared.runtime.routes import router as make_router
from shared.runtime.service import Now

router = make_router(tags=["severities"])

MOST_SECONDS = 366 * 86_400
_Seconds = Annotated[Whole, Field(ge=1, le=MOST_SECONDS)]
_Expression = Annotated[Prose, Field(min_length=1, max_length=4000)]
_Priority = Annotated[Whole, Field(ge=0, le=10_000)]
_EXAMPLE: dict[str, JsonValue] = {
    "name": "Agreement with Acme",
    "expression": 'reporter.account_id == "acc_01jd3v0000e0080000000000g0" && "DE" in report.markets',
    "severity": "p2",
    "priority": 60,
    "clock": {"acknowledge_seconds": 1800, "decide_seconds": 14400},
}


class RuleClockIn(Input):
    """The time that a rule promises. It counts where it is over sooner than that of the severity."""

    acknowledge_seconds: _Seconds | None = None
    decide_seconds: _Seconds | None = None


class RuleClockOut(Output):
    """The time that a rule promises."""

    acknowledge_seconds: int | None = Field(None, ge=1, le=MOST_SECONDS)
    decide_seconds: int | None = Field(None, ge=1, le=MOST_SECONDS)


class RuleIn(Input):
    """A new severity rule."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    expression: _Expression = Field(
        description="CEL over one report item: `report.claim`, `report.legal_basis`, `report.reference`, "
        "`report.language`, `report.markets`, `report.items`, `reporter.account_id`, `reporter.kind`, "
        "`reporter.trusted_flagger`, `reporter.tier`, `right.id`, `right.type`, `right.office`, `right.nice_classes`, "
        "`right.territories`, `listing.marketplace`, `listing.media_type`, `listing.seller_id`, `item.part`"
    )
    severity: Severity
    priority: _Priority = Field(100, description="Of equally severe matches the lowest is named as the reason")
    clock: RuleClockIn | None = None
    enabled: Flag = True


class RuleChangeIn(Input):
    """Changes of a severity rule. Fields left out or null stay; `clock: null` removes its clock."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"severity": "p1", "enabled": True}]})

    name: Name | None = None
    expression: _Expression | None = None
    severity: Severity | None = None
    priority: _Priority | None = None
    clock: RuleClockIn | None = None
    enabled: Flag | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.fields:
            raise PydanticCustomError("nothing_to_change", "Name at least one field")
        return self

    @property
    def fields(self) -> set[str]:
        """The fields that change."""
        return {n for n in self.model_fields_set if n == "clock" or getattr(self, n) is not None}


class RuleOut(Output):
    """A severity rule."""

    id: RuleId
    name: str = Field(max_length=200)
    expression: str = Field(max_length=4000)
    severity: Severity
    priority: int = Field(ge=0, le=10_000)
    clock: RuleClockOut | None
    enabled: bool
    failure: str | None = Field(
        max_length=1000, description="Why the rule could not be applied to a report item, when it last could not"
    )
    version: int = Field(ge=1, le=2**31)
    created_at: Instant
    updated_at: Instant


def _out(rule: SeverityRule) -> RuleOut:
    clock = None
    if rule.acknowledge_seconds is not None or rule.decide_seconds is not None:
        clock = RuleClockOut.model_validate(rule)
    return RuleOut.model_validate({**rule.model_dump(), "clock": clock})


def _columns(body: RuleIn | RuleChangeIn, fields: set[str]) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in fields if name != "clock"}
    if "clock" in fields:
        clock = body.clock or RuleClockIn()
        values |= {"acknowledge_seconds": clock.acknowledge_seconds, "decide_seconds": clock.decide_seconds}
    return values


@router.get(
    "/v1/severity-rules",
    dependencies=[operator(Scope.ESCALATIONS_READ)],
    operation_id="list_severity_rules",
    response_model=Page[RuleOut],
    responses=responses(CursorInvalid),
)
async def list_severity_rules(paging: Paged, session: Session) -> Page[RuleOut]:
    """The rules that give report items their severity, newest first.

    All enabled rules are applied and the most severe match wins. Of the clocks that matching rules promise and that of
    the severity, the one that is over first counts.
    """
    rows, following = await paginate(session, rules.all_rules(), SeverityRule.id, paging)
    return Page(data=[_out(row) for row in rows], next_cursor=following)


@router.post(
    "/v1/severity-rules",
    dependencies=[operator(Scope.ESCALATIONS_MANAGE)],
    operation_id="add_severity_rule",
    status_code=201,
    response_model=RuleOut,
    responses=responses(RuleInvalid, TooManyRules),
)
async def add_severity_rule(
    rule: RuleIn,
    session: Session,
    now: Now,
    response: Response,
) -> RuleOut:
    """Write a rule. It is type-checked now, and applied to every report that comes from now on."""
    added = await rules.add_rule(session, _columns(rule, set(RuleIn.model_fields)), now=now)
    response.headers["ETag"] = etag(added.version)
    response.headers["Location"] = f"/v1/severity-rules/{added.id}"
    return _out(added)


@router.get(
    "/v1/severity-rules/{rule_id}",
    dependencies=[operator(Scope.ESCALATIONS_READ)],
    operation_id="get_severity_rule",
    response_model=RuleOut,
    responses=responses(NotFound),
)
async def get_severity_rule(rule_id: RuleId, session: Session, response: Response) -> RuleOut:
    """One severity rule."""
    rule = await rules.find_rule(session, rule_id)
    response.headers["ETag"] = etag(rule.version)
    return _out(rule)


@router.patch(
    "/v1/severity-rules/{rule_id}",
    dependencies=[operator(Scope.ESCALATIONS_MANAGE)],
    operation_id="change_severity_rule",
    response_model=RuleOut,
    responses=responses(NotFound, PreconditionFailed, RuleInvalid),
)
async def change_severity_rule(
    rule_id: RuleId,
    change: RuleChangeIn,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RuleOut:
    """Change a rule for the reports that come from now on."""
    changes = _columns(change, change.fields)
    rule = await rules.change_rule(session, rule_id, changes, if_match=if_match, now=now)
    response.headers["ETag"] = etag(rule.version)
    return _out(rule)


@router.delete(
    "/v1/severity-rules/{rule_id}",
    dependencies=[operator(Scope.ESCALATIONS_MANAGE)],
    operation_id="delete_severity_rule",
    status_code=204,
    responses=responses(NotFound, PreconditionFailed),
)
async def delete_severity_rule(
    rule_id: RuleId,
    session: Session,
    if_match: IfMatch = None,
) -> None:
    """Take a rule away. What it gave to report items stays."""
    await rules.delete_rule(session, rule_id, if_match=if_match)
