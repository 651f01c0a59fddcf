"""A task's packet: all that a reviewer needs to answer, and later all that the answer rested on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.policies.clauses import PublishedVersion
from services.review.tasks.queues import queue_name
from services.review.tasks.statements import PacketRow
from shared.contracts.codes import Claim, Outcome, ReasonCode
from shared.contracts.ids import CaptureId, EvidenceId, TaskId
from shared.contracts.listing_codes import ListingState
from shared.runtime.evidence_links import EvidenceCopy, EvidenceLinks


@dataclass(frozen=True)
class ClaimedTask:
    """A task as its reviewer gets it, with the rule book in force for it.

    `packet` is ready to be written as JSON, but for the lease's token.
    """

    task_id: TaskId
    fence: int
    expires_at: datetime
    packet: dict[str, Any]
    published: PublishedVersion | None


def packet_of(row: PacketRow, published: PublishedVersion | None) -> dict[str, Any]:
    """A task's packet out of its row with its items, and the clauses in force for its right type by their codes."""
    return {
        "id": row.id,
        "queue": queue_name(row.right_type, row.language, row.severity),
        "right_type": row.right_type,
        "severity": row.severity,
        "due_at": row.due_at,
        "round": row.round,
        "listing": orjson.Fragment(row.listing),
        **_captured(row),
        "right": orjson.Fragment(row.right_snapshot),
        "items": orjson.Fragment(row.things or "[]"),
        "citations": [] if published is None else published.citations,
        "findings": orjson.Fragment(row.findings),
        "notes": orjson.Fragment(row.notes),
        "language": row.language,
        "earlier": [],
        "reroute": None,
        "history": {
            "listing": _found(row.of_listing), "right_and_seller": _found(row.of_right),
            "seller": _found(row.of_seller),
        },
        **({} if row.earlier is None else _of_rounds(row, orjson.loads(row.earlier))),
    }  # fmt: skip


def _captured(row: PacketRow) -> dict[str, Any]:
    """Return the listing as it was captured: first as it was reported first, then as it was later."""
    captures = [orjson.loads(captured) for captured in row.captures or ()]
    gone = row.listing_state not in (None, ListingState.LIVE)
    return {
        "shown_by": "marketplace" if captures else "reporter",
        "capture": captures[0] if captures else None,
        "later_captures": captures[1:],
        "suggested_codes": [ReasonCode.R_LISTING_GONE] if gone else [],
    }


def with_links(packet: Mapping[str, Any], links: EvidenceLinks, *, now: datetime) -> dict[str, Any]:
    """Return a packet in which each picture of the listing has an address that opens it for a few minutes."""
    captures = [capture for capture in (packet["capture"], *packet["later_captures"]) if capture is not None]
    linked = [{**one, "images": [_linked(image, one["id"], links, now) for image in one["images"]]} for one in captures]
    return {**packet, "capture": linked[0] if linked else None, "later_captures": linked[1:]}


def without_others(packet: Mapping[str, Any]) -> dict[str, Any]:
    """Return a packet without what others judged and decided, as whoever has given the task back may see it."""
    return {**packet, "earlier": [], "history": dict.fromkeys(packet["history"])}


def _linked(image: Mapping[str, Any], capture_id: str, links: EvidenceLinks, now: datetime) -> dict[str, Any]:
    if image["sha256"] is None:
        return {**image, "link": None}
    if image["evidence_id"] is not None:
        link = links.make(EvidenceId(image["evidence_id"]), EvidenceCopy.SHARED, now=now)
    else:
        link = links.make_picture(CaptureId(capture_id), image["sha256"], now=now)
    return {**image, "link": link.url}


def _found(history: str | None) -> orjson.Fragment | None:
    return None if history is None else orjson.Fragment(history)


def _of_rounds(row: PacketRow, judgements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rounds that have ended, each with its answers, and where the last of them sent the task that re-routed it."""
    notes = orjson.loads(row.notes)
    earlier = [
        {
            **judged,
            "note": None if judged["outcome"] in _ASKS else judged["note"],
            "question": judged["note"] if judged["outcome"] in _ASKS else None,
            "answers": [note for note in notes if note.get("round") == judged["round"]],
        }
        for judged in judgements
    ]
    rerouted = [judged for judged in judgements if judged["outcome"] == Outcome.WRONG_RIGHT_TYPE]
    return {"earlier": earlier, "reroute": _reroute(row, rerouted[-1]) if rerouted else None}


_ASKS = frozenset({Outcome.NEEDS_INFORMATION.value, Outcome.ESCALATE.value})


def _reroute(row: PacketRow, judged: Mapping[str, Any]) -> dict[str, Any]:
    rights = (item.get("fitting_right") for item in orjson.loads(row.things or "[]"))
    return {
        "from_right_type": judged["right_type"],
        "right_type": row.right_type,
        "claims": [claim for claim in Claim if claim.right_type == row.right_type],
        "note": judged["note"],
        "right": next((right for right in rights if right is not None and right["type"] == row.right_type), None),
        "searched": row.searched_right_type == row.right_type,
    }
