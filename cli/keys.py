"""`marque keys`: the accounts' clients and their keys."""

from typing import Annotated, Any

import typer

from cli.output import console
from cli.running import with_api
from deploy.local.api import Api

app = typer.Typer(help="List, create, rotate and revoke the keys of clients.", no_args_is_help=True)

Client = Annotated[str, typer.Argument(help="The client's id, cli_...")]


@app.command("list")
def list_keys() -> None:
    """Every account with its clients."""

    async def read(api: Api) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        return [(account, await api.each(_clients(account["id"]))) for account in await api.each("/v1/accounts")]

    for account, clients in with_api(read):
        _line(account["id"], account["kind"], account["name"])
        for client in clients:
            _line("   ", client["id"], client["name"], f"({' '.join(client['scopes'])})")


@app.command("create")
def create_key(
    account: Annotated[str, typer.Argument(help="The account's id, acc_...")],
    name: Annotated[str, typer.Argument(help="What the client is called")],
    scope: Annotated[list[str], typer.Option(help="What it may do; give it several times for several")],
) -> None:
    """A new client of an account; its key is shown once."""
    _show(with_api(lambda api: api.post(_clients(account), {"name": name, "scopes": scope})))


@app.command("rotate")
def rotate_key(client: Client) -> None:
    """A new key for a client; the old one works on for the overlap."""
    _show(with_api(lambda api: api.post(f"/v1/clients/{client}/rotate")))


@app.command("revoke")
def revoke_key(client: Client) -> None:
    """End a client's keys at once."""
    with_api(lambda api: api.post(f"/v1/clients/{client}/revoke"))
    console.print(f"{client} is revoked")


def _clients(account: str) -> str:
    return f"/v1/accounts/{account}/clients"


def _show(made: dict[str, Any]) -> None:
    _line(made["id"], made["key"])


def _line(*words: str) -> None:
    """A line that is never cut: ids and keys are there to be copied."""
    console.print(" ".join(words), markup=False, highlight=False, soft_wrap=True)
