"""Who reaches what: the address of the database and of the broker for each service, each with a password of its own.

The passwords of the database's roles are made at the first start and kept in the home; the migration gives them to the
roles. Another one is had by deleting its file and starting again. Those of the embedded broker are its own.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.local import private
from deploy.local.nats import NatsServer
from deploy.local.postgres import Postgres
from deploy.local.settings import RunnerSettings
from shared.runtime.addresses import CHECKER, PASSWORD_VARIABLE, role_of, service_url

TOOLS = "catalogue"
"""The broker's user for the marketplace's own systems."""


@dataclass(frozen=True)
class Access:
    """Addresses with user and password. The servers are those of the settings, or our own."""

    settings: RunnerSettings
    passwords: Path
    postgres: Postgres | None
    nats: NatsServer | None

    def database_of(self, service: str) -> str:
        """The address of one service's database, with its own role."""
        if self._is_template:
            return service_url(self._server, service)
        return service_url(self._server, service, self._password_of(service))

    @property
    def database_of_checker(self) -> str:
        """The address of every database, with `{service}` in it, and a role that may only read."""
        if self._is_template:
            return self._server
        parts = urlsplit(self._server)
        who = f"{role_of(CHECKER)}:{quote(self._password_of(CHECKER), safe='')}"
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, f"{who}@{host}", "/" + role_of("{service}"), parts.query, ""))

    def broker_of(self, user: str) -> str:
        """The address of the broker for one service. One that was given is for all, but for `{service}` in it."""
        if self.settings.nats_url is not None:
            return self.settings.nats_url.get_secret_value().replace("{service}", user)
        if self.nats is None:
            raise RuntimeError("no address of a broker was given and none was started")
        return self.nats.url_of(user)

    def for_migrating(self, services: list[str]) -> dict[str, str]:
        """The environment of the migration: the server with its superuser, and the passwords that roles are to have."""
        passwords = {f"{PASSWORD_VARIABLE}{name.upper()}": self._password_of(name) for name in (*services, CHECKER)}
        return {"MARQUE_DATABASE_URL": self._server, **({} if self._is_template else passwords)}

    @property
    def _server(self) -> str:
        if self.settings.database_url is not None:
            return self.settings.database_url.get_secret_value()
        if self.postgres is None:
            raise RuntimeError("no address of a database was given and none was started")
        return self.postgres.url

    @property
    def _is_template(self) -> bool:
        return "{service}" in self._server

    def _password_of(self, service: str) -> str:
        private.make_folder(self.passwords)
        return private.keep_secret(self.passwords / f"database_{service}")
