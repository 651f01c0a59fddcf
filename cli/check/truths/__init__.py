"""The eleven truths, each in a file of its own."""

from collections.abc import Awaitable, Callable

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.truths import captures, counts, decisions, events, items, leases, log, reports, standing, tasks, webhooks

Check = Callable[[Evidence], Awaitable[Findings]]

TRUTHS: tuple[Check, ...] = (
    reports.every_report_ends_once,
    tasks.one_open_task_for_each_question,
    leases.never_two_leases,
    decisions.one_decision_a_round_by_clauses_in_force,
    events.every_event_has_its_effect_once,
    webhooks.every_webhook_arrives_or_is_dead,
    log.the_log_is_consistent,
    counts.counts_are_what_was_filed,
    items.the_services_say_the_same_of_one_item,
    standing.standing_is_what_was_decided,
    captures.captures_are_as_they_were,
)
