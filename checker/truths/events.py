"""Truth 5: every event in an outbox has its effect in every subscriber, exactly once."""

from checker.events import heard, on_its_way
from checker.evidence import Evidence
from checker.findings import Findings
from checker.reading import together

_TOLD = "SELECT event_id COLLATE \"C\" AS event_id FROM inbox WHERE consumer = 'notify' ORDER BY 1"
_SHOWN = 'SELECT event_id COLLATE "C" AS event_id FROM feed ORDER BY 1'
_FIRST = "SELECT min(received_at) FROM inbox WHERE consumer = 'notify'"


async def every_event_has_its_effect_once(evidence: Evidence) -> Findings:
    """The inbox row is committed with the effect, so there is one for each event and each of its subscribers."""
    findings = Findings(5, "every event in an outbox has its effect in every subscriber exactly once")
    async for one in heard(evidence):
        findings.checked += 1
        name = f"{one.event['event_id']} ({one.event['type']})"
        if one.times > 1:
            findings.offend(name, f"had its effect in {one.reader} {one.times} times")
        elif one.dead is not None:
            findings.offend(name, f"is a dead letter of {one.reader}: {one.dead.splitlines()[0][:200]}")
        elif one.missing and on_its_way(one, evidence) and not evidence.asked.quiet:
            findings.in_flight += 1
        elif one.missing:
            how = "" if one.event["published"] else ", and was not published"
            findings.offend(name, f"recorded by {one.source}, had no effect in {one.reader}{how}")
    await _the_feed_shows_what_was_heard(evidence, findings)
    return findings


async def _the_feed_shows_what_was_heard(evidence: Evidence, findings: Findings) -> None:
    """Notify's effect is a row itself, so that here the effect can be looked at and not only its mark."""
    if await evidence.connections["notify"].fetchval(_FIRST) is None:
        return
    sides = {"told": evidence.read("notify", _TOLD), "shown": evidence.read("notify", _SHOWN)}
    async for event_id, met in together("event_id", **sides):
        if "shown" not in met:
            findings.offend(event_id, "was heard by notify, and is not in the feed")
