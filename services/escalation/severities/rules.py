"""The severity rules: CEL expressions held as data, and how they come to a severity.

Every enabled rule is applied, in order of priority, and **the most severe match wins**: a new rule can raise the
severity of a report item and never lower it, so that nobody's new agreement takes a safety case out of P0. Of equally
severe matches the one of lowest priority number is named as the reason. A clock that a matching rule promises (a
partner's service level agreement) holds beside that of the severity, whichever rule wins: **the sooner due date
counts**.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import Counter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from libraries.clocks.spans import Span
from services.escalation.clocks.clock_settings import clock_settings_of
from services.escalation.severities import expressions
from services.escalation.severities.expressions import ExpressionFailed, ExpressionInvalid, Facts
from services.escalation.severities.severities import count_rules
from services.escalation.severities.tables import SeverityRule
from shared.contracts.codes import Severity
from shared.contracts.ids import RuleId
from shared.runtime.errors import Conflict, FieldError, NotFound, Unprocessable
from shared.runtime.etags import require_match
from shared.runtime.ids import new_id

_log = logging.getLogger(__name__)
_failures = Counter("marque_severity_rule_failures", "Severity rules that could not be applied to a report item")
_READ = "escalation.rules"


class RuleInvalid(Unprocessable):
    """The expression of the rule cannot be one."""

    code = "severity_rule_invalid"
    title = "The expression is not a severity rule"


class TooManyRules(Conflict):
    """There are as many rules as the operator allows."""

    code = "too_many_severity_rules"
    title = "There are as many severity rules as the settings allow"


@dataclass(frozen=True)
class Match:
    """The outcome of all rules for one report item."""

    severity: Severity
    rule_id: RuleId | None
    acknowledge: tuple[Span, ...] = ()
    """Promised by rules, beside the severity's own."""
    decide: tuple[Span, ...] = ()


def all_rules() -> SelectOfScalar[SeverityRule]:
    """Every rule, whether enabled or not."""
    return select(SeverityRule)


async def rules_in_force(session: AsyncSession) -> Sequence[SeverityRule]:
    """The enabled rules in order of priority, read once in a transaction."""
    known: Sequence[SeverityRule] | None = session.info.get(_READ)
    if known is None:
        statement = select(SeverityRule).where(col(SeverityRule.enabled))
        known = (await session.exec(statement.order_by(col(SeverityRule.priority), col(SeverityRule.id)))).all()
        session.info[_READ] = known
    return known


def match(facts: Facts, rules: Sequence[SeverityRule], fallback: Severity) -> Match:
    """Apply the rules. One that fails is passed over, is counted, and says so where it is read."""
    found = []
    for rule in rules:
        try:
            if expressions.holds(rule.expression, facts):
                found.append(rule)
        except ExpressionFailed as failure:
            _failures.inc()
            _log.warning("severity rule %s could not be applied: %s", rule.id, failure)
            if rule.failure != str(failure):
                rule.failure = str(failure)
    severity = min((rule.severity for rule in found), default=fallback)
    winner = next((rule for rule in found if rule.severity is severity), None)
    return Match(
        severity,
        RuleId(winner.id) if winner else None,
        tuple(Span(rule.acknowledge_seconds) for rule in found if rule.acknowledge_seconds is not None),
        tuple(Span(rule.decide_seconds) for rule in found if rule.decide_seconds is not None),
    )


def _check(expression: str) -> None:
    try:
        expressions.check(expression)
    except ExpressionInvalid as error:
        raise RuleInvalid(errors=[FieldError("/expression", "expression_invalid", str(error))]) from error


async def add_rule(session: AsyncSession, values: dict[str, Any], *, now: datetime) -> SeverityRule:
    """Write a new rule; it is applied to the reports that come from now on. Raises `RuleInvalid`, `TooManyRules`."""
    _check(values["expression"])
    if await count_rules(session) >= clock_settings_of(session).rules_limit:
        raise TooManyRules
    rule = SeverityRule(id=new_id(RuleId), created_at=now, updated_at=now, **values)
    session.add(rule)
    return rule


async def find_rule(session: AsyncSession, rule_id: RuleId, *, for_update: bool = False) -> SeverityRule:
    """One rule. Raises `NotFound`."""
    statement = select(SeverityRule).where(SeverityRule.id == rule_id)
    rule = (await session.exec(statement.with_for_update() if for_update else statement)).one_or_none()
    if rule is None:
        raise NotFound
    return rule


async def change_rule(
    session: AsyncSession, rule_id: RuleId, changes: dict[str, Any], *, if_match: str | None, now: datetime
) -> SeverityRule:
    """Change a rule for the reports that come from now on."""
    rule = await find_rule(session, rule_id, for_update=True)
    require_match(if_match, rule.version)
    if "expression" in changes:
        _check(changes["expression"])
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.failure = None
    rule.version += 1
    rule.updated_at = now
    return rule


async def delete_rule(session: AsyncSession, rule_id: RuleId, *, if_match: str | None) -> None:
    """Take a rule away; what it gave to report items stays."""
    rule = await find_rule(session, rule_id, for_update=True)
    require_match(if_match, rule.version)
    await session.delete(rule)
