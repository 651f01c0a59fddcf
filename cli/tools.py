"""`marque tools`: the internal tools that read and publish events at the broker: add, list, revoke."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import nats
import nats.js.errors
import typer
from nats.js import JetStreamContext

from cli.output import AsJson, line, print_json
from cli.running import broker, home
from deploy.local import private
from deploy.local.errors import CannotStartError
from deploy.local.nats import NatsServer
from deploy.tools import permissions, table
from deploy.tools.keys import new_key

app = typer.Typer(help="Let internal tools in at the broker, list them, shut them out.", no_args_is_help=True)

PATIENCE_SECONDS = 20.0

Name = Annotated[str, typer.Argument(help="The tool's name: a-z, 0-9 and -")]
Deployment = Annotated[
    bool, typer.Option("--deployment", help="Change deploy/tools.json, of a deployment, and not the running platform")
]


@app.command("add")
def add_tool(
    name: Name,
    *,
    read: Annotated[str, typer.Option(help="Nouns of the events that it reads: decisions,reports")] = "",
    write: Annotated[str, typer.Option(help="Nouns of the events that it publishes: listings")] = "",
    seed_file: Annotated[Path | None, typer.Option(help="Write the seed of its key here, and do not show it")] = None,
    deployment: Deployment = False,
) -> None:
    """Make a key for a tool and let it in. The seed is shown once, and kept nowhere."""
    seed, public_key = new_key()
    tool = table.make_tool(name, public_key, _nouns(read), _nouns(write))
    path = _table(deployment=deployment)
    if seed_file is not None and seed_file.exists():
        raise CannotStartError(f"{seed_file} is there already: name another file, or move it away")
    table.add(path, tool)
    if seed_file is not None:
        private.write(seed_file, seed.encode())
    if not deployment:
        _wait(lambda jetstream: _has(jetstream, tool.durable))
    line(f"name      {name}")
    line(f"seed      {seed if seed_file is None else seed_file}")
    if not deployment:
        line(f"address   {broker()}")
    line(f"durable   {tool.durable} of the stream {permissions.SERVICES}")
    for what, subjects in (("reads", permissions.reads(tool)), ("publishes", permissions.writes(tool))):
        for subject in subjects:
            line(f"{what:10}{subject}")
    if deployment:
        _how_to_deploy()


@app.command("list")
def list_tools(*, deployment: Deployment = False, as_json: AsJson = False) -> None:
    """The tools that are let in, with what each may read and publish, and its public key."""
    found = table.read_tools(_table(deployment=deployment))
    if as_json:
        print_json([tool.model_dump() for tool in found])
        return
    if not found:
        line("no tools")
    for tool in found:
        line(f"{tool.name}  reads {_listed(tool.read)}  publishes {_listed(tool.write)}  {tool.public_key}")


@app.command("address")
def show_address() -> None:
    """The address of the running platform's broker, for the tools."""
    line(broker())


@app.command("revoke")
def revoke_tool(name: Name, *, deployment: Deployment = False) -> None:
    """Shut a tool out, also where it is connected, and delete its durable consumer."""
    path = _table(deployment=deployment)
    durable = next((tool.durable for tool in table.read_tools(path) if tool.name == name), "")
    table.remove(path, name)
    if deployment:
        _how_to_deploy()
        return

    async def gone(jetstream: JetStreamContext) -> bool:
        return not await _has(jetstream, durable)

    _wait(gone)
    line(f"{name} is revoked")


def _nouns(given: str) -> list[str]:
    return [noun.strip() for noun in given.split(",") if noun.strip()]


def _listed(nouns: tuple[str, ...]) -> str:
    return ",".join(nouns) or "nothing"


def _table(*, deployment: bool) -> Path:
    if deployment:
        return table.DEPLOYED
    broker()
    return home().tools


def _wait(condition: Callable[[JetStreamContext], Awaitable[bool]]) -> None:
    """Wait until the running platform has done what the table says."""

    async def work() -> None:
        port = int(broker().rpartition(":")[2])
        client = await nats.connect(NatsServer(home().nats, port=port).kept_url)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await condition(client.jetstream()):  # noqa: ASYNC110 - nothing tells of a consumer
                    await asyncio.sleep(0.1)
        except TimeoutError:
            late = f"the platform has not taken it up within {PATIENCE_SECONDS:g} s: see its output"
            raise CannotStartError(late) from None
        finally:
            await client.close()

    asyncio.run(work())


async def _has(jetstream: JetStreamContext, durable: str) -> bool:
    try:
        await jetstream.consumer_info(permissions.SERVICES, durable)
    except nats.js.errors.NotFoundError:
        return False
    return True


def _how_to_deploy() -> None:
    line("Next: make schemas, then let the broker read its configuration, twice where a tool is new:")
    line("docker compose -f deploy/compose.yaml kill -s HUP nats")
