"""The pictures of marks and designs and the originals of works: as evidence, which lasts, or at an address."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.evidence.references import use
from services.intake.vault.tables import Right
from shared.contracts.ids import AccountId, EvidenceId

PICTURES: Final = ("mark_image", "views")
ORIGINALS: Final = (*PICTURES, "original_url")


def evidence_of(details: Mapping[str, Any]) -> dict[str, EvidenceId]:
    """Return the evidence that shows a right, by its place in the right, a JSON Pointer."""
    return {
        pointer: EvidenceId(value)
        for name in ORIGINALS
        for pointer, value in _places(details, name)
        if _is_evidence(value)
    }


def pictures_of(details: Mapping[str, Any]) -> frozenset[str]:
    """Return the places of a right where only an image shows it."""
    return frozenset(pointer for name in PICTURES for pointer, _ in _places(details, name))


def at_addresses(details: Mapping[str, Any]) -> list[str]:
    """Return the places of a right that show it at an address alone."""
    return [pointer for name in ORIGINALS for pointer, value in _places(details, name) if not _is_evidence(value)]


async def keep_originals(session: AsyncSession, right: Right, now: datetime) -> None:
    """Have the evidence that shows a right stay for good. Raises `Invalid` where it is not there, or no image."""
    await use(
        session, evidence_of(right.details), account_id=AccountId(right.account_id), used_by=right.id,
        images=pictures_of(right.details), now=now,
    )  # fmt: skip


def _places(details: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    value = details.get(name)
    if isinstance(value, list):
        yield from ((f"/{name}/{place}", one) for place, one in enumerate(value))
    elif value is not None:
        yield f"/{name}", value


def _is_evidence(value: str) -> bool:
    return value.startswith(f"{EvidenceId.prefix}_")
