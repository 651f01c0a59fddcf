"""The package index that this machine is set up for, read with the standard library alone.

What uv, pip and their configuration files name counts, in this order; so do the certificates they name. Only where none
of them says anything is it the public index.
"""

import base64
import configparser
import hashlib
import html.parser
import json
import netrc
import os
import ssl
import tomllib
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

PUBLIC = "https://pypi.org/simple"
SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.8, text/html;q=0.5"


@dataclass(frozen=True)
class Wheel:
    name: str
    url: str
    sha256: str

    @property
    def version(self) -> tuple[int, ...]:
        """Nothing for a version that is not final."""
        try:
            return tuple(int(part) for part in self.name.split("-")[1].split("."))
        except ValueError:
            return ()


def configured() -> str | None:
    """The index that the environment or a configuration file names."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    return _uv_file_index() or os.environ.get("PIP_INDEX_URL") or _pip_setting("index-url")


def certificates() -> str | None:
    """The bundle of certificates that the environment or pip's configuration names, else the system's.

    uv brings a bundle of its own, which knows nothing of a company's certificates; the system's does.
    """
    names = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    named = [os.environ[name] for name in names if os.environ.get(name)]
    named += [_pip_setting("cert") or "", ssl.get_default_verify_paths().cafile or "", *SYSTEM_BUNDLES]
    return next((path for path in named if path and Path(path).exists()), None)


def wheels(package: str) -> list[Wheel]:
    """The wheels of a package that carry a hash, newest first; those withdrawn or not final are left out."""
    page = f"{(configured() or PUBLIC).rstrip('/')}/{package}/"
    content, kind = _get(page)
    found = _from_json(content, page) if "json" in kind else _from_html(content, page)
    final = [wheel for wheel in found if wheel.version and wheel.sha256]
    return sorted(final, key=lambda wheel: wheel.version, reverse=True)


def download(wheel: Wheel, file: Path) -> None:
    content, _ = _get(wheel.url)
    if hashlib.sha256(content).hexdigest() != wheel.sha256:
        raise ValueError(f"{wheel.name} is not what the index says it is (its sha256 differs)")
    file.write_bytes(content)


def _get(url: str) -> tuple[bytes, str]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http", "file"}:
        raise ValueError(f"{url} is not an address of an index")
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(parts._replace(netloc=host).geturl(), headers={"Accept": ACCEPT})  # noqa: S310
    if secret := _log_in(parts):
        request.add_header("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    context = ssl.create_default_context(cafile=certificates())
    with urllib.request.urlopen(request, timeout=120, context=context) as answer:  # noqa: S310 - the scheme is checked
        return answer.read(), answer.headers.get("Content-Type", "")


def _log_in(parts: urllib.parse.SplitResult) -> str | None:
    """`user:password` from the address itself, or from ~/.netrc."""
    if parts.username:
        return f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    try:
        known = netrc.netrc().authenticators(parts.hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return f"{known[0]}:{known[2]}" if known else None


def _from_json(content: bytes, page: str) -> list[Wheel]:
    return [
        Wheel(file["filename"], urllib.parse.urljoin(page, file["url"]), file["hashes"].get("sha256", ""))
        for file in json.loads(content)["files"]
        if file["filename"].endswith(".whl") and not file.get("yanked")
    ]


def _from_html(content: bytes, page: str) -> list[Wheel]:
    reader = _Links()
    reader.feed(content.decode())
    found = []
    for link in reader.links:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(page, link))
        name = urllib.parse.unquote(parts.path.rpartition("/")[2])
        if name.endswith(".whl"):
            sha256 = urllib.parse.parse_qs(parts.fragment).get("sha256", [""])[0]
            found.append(Wheel(name, parts._replace(fragment="").geturl(), sha256))
    return found


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href") and "data-yanked" not in given:
            self.links.append(given["href"] or "")


def _pip_setting(name: str) -> str | None:
    """From pip's files, the most particular one first."""
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [config / "pip/pip.conf", home / ".pip/pip.conf", home / "Library/Application Support/pip/pip.conf"]
    files += [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]
    if given := os.environ.get("PIP_CONFIG_FILE"):
        files = [Path(given), *files] if given != os.devnull else []
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file)
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            if parser.has_option(section, name):
                return parser.get(section, name)
    return None


def _uv_file_index() -> str | None:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (Path(os.environ.get("UV_CONFIG_FILE") or config / "uv/uv.toml"), Path("/etc/uv/uv.toml")):
        try:
            settings = tomllib.loads(file.read_text())
        except (OSError, ValueError):
            continue
        for index in settings.get("index", []):
            if index.get("default"):
                return str(index["url"])
        if "index-url" in settings:
            return str(settings["index-url"])
    return None
