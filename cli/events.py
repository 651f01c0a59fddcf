"""`marque events`: look at the events of the running platform as they come, and publish one."""

import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import nats
import nats.errors
import nats.js.errors
import orjson
import typer
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from cli.output import line
from cli.running import broker, environment, home
from deploy.local.errors import CannotStartError
from deploy.local.nats import NatsServer
from deploy.tools.permissions import SERVICES, readable, subjects_read
from shared.contracts.addresses import OUTSIDE
from shared.contracts.event import party_events
from shared.runtime.reading_events import UnreadableEvent, read

app = typer.Typer(help="Look at the events of the running platform, and publish one.", no_args_is_help=True)

_FETCH_SECONDS = 1.0
_UNUSED_SECONDS = 30.0  # after which the broker forgets the consumer of one who looked


@app.command("tail")
def tail_events(
    *,
    read_nouns: Annotated[str, typer.Option("--read", help="Only events of these nouns: decisions,reports")] = "",
    from_start: Annotated[bool, typer.Option(help="Begin with the oldest event on the stream")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events")] = None,
) -> None:
    """Print each event as one line of JSON, as it comes, until Ctrl-C. Internal events are left out."""
    nouns = [noun.strip() for noun in read_nouns.split(",") if noun.strip()]
    if unknown := sorted(set(nouns) - set(readable())):
        raise CannotStartError(f"{', '.join(unknown)}: there are {', '.join(readable())}")
    subjects = subjects_read(nouns)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_tail(subjects, from_start=from_start, count=count))


@app.command("publish")
def publish_event(
    kind: Annotated[str, typer.Argument(help="The event's type: marque.listing.upserted.v1")],
    data: Annotated[Path, typer.Argument(help="File with the event's data as JSON; - reads standard input")],
    *,
    source: Annotated[str, typer.Option(help="Who says so, as a URI of your own")] = "urn:marque:operator",
    event_id: Annotated[str | None, typer.Option("--id", help="The event's id; one is made unless given")] = None,
    seed_file: Annotated[
        Path | None, typer.Option(help="Publish as the tool of this seed; as the marketplace's catalogue unless given")
    ] = None,
) -> None:
    """Publish one event that comes from outside, after it was checked as its reader will check it."""
    payload = _event(kind, _given(data), source=source, event_id=event_id or str(uuid4()))
    try:
        seed = None if seed_file is None else seed_file.read_text().strip()
        sequence = asyncio.run(_publish(kind, payload, seed))
    except (nats.errors.TimeoutError, nats.js.errors.NoStreamResponseError):
        raise CannotStartError(f"the broker does not take {kind} from this publisher") from None
    except (nats.errors.Error, OSError) as error:
        raise CannotStartError(f"the broker does not let this publisher in: {error}") from None
    line(f"{json.loads(payload)['id']} is number {sequence} on the stream {SERVICES}")


async def _tail(subjects: list[str], *, from_start: bool, count: int | None) -> None:
    client = await nats.connect(NatsServer(home().nats, port=int(broker().rpartition(":")[2])).kept_url)
    try:
        jetstream = client.jetstream()
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL if from_start else DeliverPolicy.NEW,
            ack_policy=AckPolicy.NONE,
            filter_subjects=subjects,
            inactive_threshold=_UNUSED_SECONDS,
        )
        made = await jetstream.add_consumer(SERVICES, config)
        subscription = await jetstream.pull_subscribe_bind(made.name, stream=SERVICES)
        left = count
        while left is None or left > 0:
            with contextlib.suppress(nats.errors.TimeoutError):
                for message in await subscription.fetch(min(left or 100, 100), timeout=_FETCH_SECONDS):
                    line(message.data.decode(errors="replace"))
                    left = None if left is None else left - 1
    finally:
        await client.close()


async def _publish(kind: str, payload: bytes, seed: str | None) -> int:
    client = await _publisher(seed)
    try:
        headers = {"Nats-Msg-Id": str(json.loads(payload)["id"])}
        return (await client.jetstream(timeout=3).publish(kind, payload, headers=headers)).seq
    finally:
        await client.close()


async def _publisher(seed: str | None) -> Client:
    async def quiet(_: Exception) -> None:
        """Say nothing: the command tells what went wrong, once."""

    if seed is None:
        return await nats.connect(environment()["MARQUE_NATS_URL"], allow_reconnect=False, error_cb=quiet)
    return await nats.connect(broker(), nkeys_seed_str=seed, allow_reconnect=False, error_cb=quiet)


def _given(path: Path) -> Any:
    try:
        return orjson.loads(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except OSError as error:
        raise CannotStartError(f"{path} cannot be read: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise CannotStartError(f"{path} is not JSON: {error}") from None


def _event(kind: str, data: Any, *, source: str, event_id: str) -> bytes:
    """The envelope, checked. Raises `CannotStartError`, with what is wrong."""
    outside = sorted(name for name, event in party_events().items() if OUTSIDE in event.producers)
    if kind not in outside:
        raise CannotStartError(f"{kind} does not come from outside: there are {', '.join(outside)}")
    document = {
        "specversion": "1.0", "id": event_id, "source": source, "type": kind, "subject": event_id,
        "time": datetime.now(UTC).isoformat(), "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    try:
        envelope, _ = read(orjson.dumps(document), f"marque.tool.operator.{kind.removeprefix('marque.')}")
    except UnreadableEvent as error:
        raise CannotStartError(f"this is no {kind}: {error}") from None
    return orjson.dumps({**document, "subject": envelope.data.subject_id})
