"""Where a service's database is, and the names of the roles. Standard library only: the runner needs it at once."""

from urllib.parse import quote, unquote, urlsplit, urlunsplit

CHECKER = "checker"
"""The role that may read every database and change nothing."""

PASSWORD_VARIABLE = "MARQUE_DATABASE_PASSWORD_"  # noqa: S105 - the name of a variable


def role_of(service: str) -> str:
    """The name of a service's role, and of its database."""
    return f"marque_{service}"


def service_url(server_url: str, service: str, password: str | None = None) -> str:
    """Return where a service finds its database, given the server: a role and a database of its own.

    An address that names a database is used as it stands. Without a password for the role, it is the server's.
    """
    if "{service}" in server_url:
        return server_url.replace("{service}", service)
    parts = urlsplit(server_url)
    if parts.path.strip("/"):
        return server_url
    name = role_of(service)
    given = password or unquote(parts.password or "")
    password = f":{quote(given, safe='')}" if given else ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{name}{password}@{host}", f"/{name}", parts.query, ""))
