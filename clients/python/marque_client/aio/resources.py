"""The operations that partners use most, by name: rights, reports, evidence, imports, events, webhooks."""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from marque_client.calls import given
from marque_client.core.api.events import list_events
from marque_client.core.api.evidence import upload_evidence
from marque_client.core.api.imports import create_import, read_import, read_import_errors
from marque_client.core.api.reports import (
    file_report,
    list_reports,
    preflight_report,
    provide_information,
    read_report,
    read_report_timeline,
    reopen_report,
    withdraw_report,
)
from marque_client.core.api.rights import create_right, list_rights, read_right
from marque_client.core.api.webhooks import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    list_webhook_endpoints,
    test_webhook_endpoint,
)
from marque_client.core.models.delivery_out import DeliveryOut
from marque_client.core.models.endpoint_out import EndpointOut
from marque_client.core.models.endpoint_with_secret_out import EndpointWithSecretOut
from marque_client.core.models.event_out import EventOut
from marque_client.core.models.evidence_out import EvidenceOut
from marque_client.core.models.import_out import ImportOut
from marque_client.core.models.preflight_out import PreflightOut
from marque_client.core.models.report_in import ReportIn
from marque_client.core.models.report_in_full_out import ReportInFullOut
from marque_client.core.models.report_out import ReportOut
from marque_client.core.models.report_summary_out import ReportSummaryOut
from marque_client.core.models.timeline_out import TimelineOut
from marque_client.core.models.upload_evidence_body import UploadEvidenceBody
from marque_client.core.types import File
from marque_client.errors import NotDecidedYet
from marque_client.periodic import async_read_file, async_sleep
from marque_client.streams import Lines

if TYPE_CHECKING:
    from marque_client.aio.client import AsyncMarque

_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 1.0, 30.0
_RECONNECT_SECONDS = 2.0
_SILENCE_SECONDS = 90.0
"""A stream that has said nothing for so long is dead: the platform sends a sign of life more often."""


class _Resource:
    def __init__(self, marque: "AsyncMarque") -> None:
        self._marque = marque


class AsyncRights(_Resource):
    """The vault: the rights that reports stand on."""

    async def create(self, right: Mapping[str, Any] | Any, *, idempotency_key: str | None = None) -> Any:
        """Put a right into the vault; it counts once the operator has verified it."""
        return await self._marque.call(create_right, body=right, idempotency_key=idempotency_key)

    async def get(self, right_id: str) -> Any:
        return await self._marque.call(read_right, right_id=right_id)

    def each(self, **filters: Any) -> AsyncIterator[Any]:
        """Yield the rights of the account; filters are those of `GET /v1/rights`."""
        return self._marque.each(list_rights, **filters)


class AsyncReports(_Resource):
    """Notices about listings: check, file, follow, answer, take back."""

    async def preflight(self, report: Mapping[str, Any] | ReportIn) -> PreflightOut:
        """Return what speaks against a report, and how to mend it; nothing is stored."""
        found: PreflightOut = await self._marque.call(preflight_report, body=report)
        return found

    async def file(self, report: Mapping[str, Any] | ReportIn, *, idempotency_key: str | None = None) -> ReportOut:
        """File a report. Raises `ReportBlocked` where something speaks against it.

        Give a key of your own, such as your case's number, where your program may file the same again after a crash.
        """
        filed: ReportOut = await self._marque.call(file_report, body=report, idempotency_key=idempotency_key)
        return filed

    async def get(self, report_id: str) -> ReportInFullOut:
        report: ReportInFullOut = await self._marque.call(read_report, report_id=report_id)
        return report

    def each(self, **filters: Any) -> AsyncIterator[ReportSummaryOut]:
        """Yield the reports of the account; filters are those of `GET /v1/reports`."""
        return self._marque.each(list_reports, **filters)

    def timeline(self, report_id: str) -> AsyncIterator[TimelineOut]:
        return self._marque.each(read_report_timeline, report_id=report_id)

    async def answer(
        self,
        report_id: str,
        explanation: str,
        *,
        evidence_ids: Sequence[str] = (),
        item_ids: Sequence[str] | None = None,
        reopen: bool = False,
    ) -> ReportInFullOut:
        """Answer what a reviewer asks; with `reopen`, also once the time for an answer is over."""
        body = given(explanation=explanation, evidence_ids=list(evidence_ids), item_ids=item_ids and list(item_ids))
        operation = reopen_report if reopen else provide_information
        report: ReportInFullOut = await self._marque.call(operation, report_id=report_id, body=body)
        return report

    async def withdraw(self, report_id: str, *, item_ids: Sequence[str] | None = None) -> ReportInFullOut:
        """Ask to take a report back, or some of its items; each item says what became of that."""
        body = given(item_ids=item_ids and list(item_ids))
        report: ReportInFullOut = await self._marque.call(withdraw_report, report_id=report_id, body=body)
        return report

    async def wait_for_decision(self, report_id: str, *, seconds: float | None = None) -> ReportInFullOut:
        """Return a report once each of its items has its outcome. Raises `NotDecidedYet` after so many seconds."""
        until = None if seconds is None else time.monotonic() + seconds
        pause = _FIRST_LOOK_SECONDS
        while True:
            report = await self.get(report_id)
            if report.completed_at:
                return report
            left = pause if until is None else until - time.monotonic()
            if left <= 0:
                raise NotDecidedYet(f"{report_id} is {report.state} after {seconds} seconds")
            await async_sleep(min(pause, left))
            pause = min(pause * 1.5, _LAST_LOOK_SECONDS)


class AsyncEvidence(_Resource):
    """Files shown in support of a claim."""

    async def upload(self, file: str | Path | bytes, *, name: str | None = None) -> EvidenceOut:
        """Send a file: an image, a PDF or text, by its path or as it is. The same file is kept once."""
        content = file if isinstance(file, bytes) else await async_read_file(Path(file))
        name = name or ("evidence" if isinstance(file, bytes) else Path(file).name)
        body = UploadEvidenceBody(file=File(BytesIO(content), name, "application/octet-stream"))
        sent: EvidenceOut = await self._marque.call(upload_evidence, body=body)
        return sent


class AsyncImports(_Resource):
    """Many reports from one file, in the background."""

    async def create(
        self,
        file: str | Path,
        *,
        defaults: Mapping[str, Any] | None = None,
        mapping: Mapping[str, str | None] | Sequence[str | None] | None = None,
    ) -> ImportOut:
        """Send a file of CSV, or of JSON Lines where its name ends in `.jsonl` or `.ndjson`.

        `defaults` are fields of every report; `mapping` says which field each column is.
        """
        lines = Path(file).suffix in {".jsonl", ".ndjson"}
        begun: ImportOut = await self._marque.call(
            create_import,
            content_type="application/x-ndjson" if lines else "text/csv",
            body=File(BytesIO(await async_read_file(Path(file)))),
            defaults=None if defaults is None else json.dumps(defaults),
            mapping=None if mapping is None else json.dumps(mapping),
        )
        return begun

    async def get(self, import_id: str) -> ImportOut:
        found: ImportOut = await self._marque.call(read_import, import_id=import_id)
        return found

    async def wait(self, import_id: str) -> ImportOut:
        """Return an import once all of its rows are filed or refused, or it was cancelled."""
        while (found := await self.get(import_id)).state == "filing":
            await async_sleep(_FIRST_LOOK_SECONDS)
        return found

    async def errors(self, import_id: str) -> str:
        """Return the rows that were refused, as CSV, with what to mend beside them."""
        refused: bytes = await self._marque.call(read_import_errors, import_id=import_id)
        return refused.decode()


class AsyncEvents(_Resource):
    """Everything that happened to the account's things."""

    def each(self, types: Sequence[str] | None = None, *, after: str | None = None) -> AsyncIterator[EventOut]:
        """Yield the events there are, oldest first: of these types, after the event with this id."""
        return self._marque.each(list_events, types=types and list(types), after=after, limit=200)

    async def follow(self, types: Sequence[str] | None = None, *, after: str | None = None) -> AsyncIterator[EventOut]:
        """Yield the events there are, and those to come as they happen; `after="latest"` only these.

        Goes on where it was when the connection breaks. Remember the last `id` to go on after a restart.
        """
        last = after
        while True:
            try:
                async with self._marque.http.stream("GET", "/v1/events", **self._request(types, last)) as response:
                    lines = Lines()
                    async for line in response.aiter_lines():
                        event = lines.take(line)
                        if event is not None:
                            last = event.id
                            yield event
            except httpx.TransportError:  # in the middle of the stream
                pass
            await async_sleep(_RECONNECT_SECONDS)

    def _request(self, types: Sequence[str] | None, after: str | None) -> dict[str, Any]:
        params = given(types=types and list(types), after=after)
        return {"params": params, "headers": {"Accept": "text/event-stream"}, "timeout": _SILENCE_SECONDS}


class AsyncWebhooks(_Resource):
    """The same events, sent to an address."""

    async def create(
        self, url: str, event_types: Sequence[str], *, description: str | None = None
    ) -> EndpointWithSecretOut:
        """Have events sent to an address. Its `secret` is shown this once; `verify_webhook` takes it."""
        body = given(url=url, event_types=list(event_types), description=description)
        made: EndpointWithSecretOut = await self._marque.call(create_webhook_endpoint, body=body)
        return made

    def each(self) -> AsyncIterator[EndpointOut]:
        return self._marque.each(list_webhook_endpoints)

    async def test(self, endpoint_id: str) -> DeliveryOut:
        """Have a `marque.webhook.tested.v1` sent."""
        delivery: DeliveryOut = await self._marque.call(test_webhook_endpoint, endpoint_id=endpoint_id)
        return delivery

    async def delete(self, endpoint_id: str) -> None:
        await self._marque.call(delete_webhook_endpoint, endpoint_id=endpoint_id)
