"""`marque keys`: the accounts' clients and their keys."""

from typing import Annotated, Any

import typer

from cli.output import AsJson, line, print_json, print_or_json, table
from cli.running import with_api
from deploy.local.api import Api

app = typer.Typer(help="List, create, rotate, suspend, resume and revoke the keys of clients.", no_args_is_help=True)

COLUMNS = ("client", "account", "kind", "name", "state", "expires", "last used", "scopes")

Client = Annotated[str, typer.Argument(help="The client's id, cli_...")]


@app.command("list")
def list_keys(
    account: Annotated[str | None, typer.Argument(help="An account's id, acc_...; all accounts unless given")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Clients with what their keys are good for, when they end, and when one of them was used last."""

    async def read(api: Api) -> list[dict[str, Any]]:
        found = [await api.get(f"/v1/accounts/{account}")] if account else await api.each("/v1/accounts")
        return [{**client, "account": one} for one in found for client in await api.each(_clients(one["id"]))]

    clients = with_api(read)
    if as_json:
        print_json(clients)
        return
    table(COLUMNS, (_row(client) for client in clients))


@app.command("create")
def create_key(
    account: Annotated[str, typer.Argument(help="The account's id, acc_...")],
    name: Annotated[str, typer.Argument(help="What the client is called")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do; several times for several; the usual ones for the account unless given"),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """A new client of an account; its key is shown once."""
    body = {"name": name, **({"scopes": scope} if scope else {})}
    _show_key(with_api(lambda api: api.post(_clients(account), body)), as_json=as_json)


@app.command("rotate")
def rotate_key(client: Client, *, as_json: AsJson = False) -> None:
    """A new key for a client; the old one works on for the overlap."""
    _show_key(with_api(lambda api: api.post(f"/v1/clients/{client}/rotate")), as_json=as_json)


@app.command("suspend")
def suspend_key(client: Client, *, as_json: AsJson = False) -> None:
    """Let nobody in with a client's keys until it is resumed."""
    _change(client, "suspend", "is suspended", as_json=as_json)


@app.command("resume")
def resume_key(client: Client, *, as_json: AsJson = False) -> None:
    """Let a suspended client in again, with the keys that it had."""
    _change(client, "resume", "is let in again", as_json=as_json)


@app.command("revoke")
def revoke_key(client: Client, *, as_json: AsJson = False) -> None:
    """End a client's keys for good, at once."""
    _change(client, "revoke", "is revoked", as_json=as_json)


def _change(client: str, verb: str, words: str, *, as_json: bool) -> None:
    answer = with_api(lambda api: api.post(f"/v1/clients/{client}/{verb}"))
    print_or_json(answer, f"{client} {words}", as_json=as_json)


def _clients(account: str) -> str:
    return f"/v1/accounts/{account}/clients"


def _row(client: dict[str, Any]) -> list[Any]:
    account = client["account"]
    state = client["state"] if account["state"] == "open" else f"{client['state']}, account {account['state']}"
    return [
        client["id"], account["id"], account["kind"], client["name"], state,
        client["expires_at"], client["last_used_at"], " ".join(client["scopes"]),
    ]  # fmt: skip


def _show_key(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        line(made["id"], made["key"])
