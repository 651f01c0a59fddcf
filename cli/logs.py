"""`marque logs`: what the parts of the platform have logged, put together by time."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import AsJson, line, print_json_line
from cli.running import home
from deploy.local.errors import CannotStartError
from deploy.registry import names

_ACCESS = "access"
_PAUSE_SECONDS = 0.2

Entry = dict[str, Any]


def logs(
    request: Annotated[
        str | None, typer.Option(help="Only what was logged for this request, at whatever service; req_...")
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help="Only this one's; postgres, nats and migrate-1 as well; several times for several"),
    ] = None,
    last: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines, the newest")] = 100,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is logged from now on")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what the services have logged, in the order of time; also of a platform that has stopped."""
    folder = home().logs
    parts = service or list(names())
    _require_known(folder, parts)

    def wanted(entry: Entry) -> bool:
        return request is None or entry.get("request_id") == request

    show = print_json_line if as_json else _print
    followed = [Followed(folder / f"{part}.log", part) for part in parts]
    before = [entry for one in followed for entry in one.earlier() if wanted(entry)]
    for entry in sorted(before, key=_time)[-last:] if request is None else sorted(before, key=_time):
        show(entry)
    if follow:
        _follow(followed, wanted, show)


class Followed:
    """One log, read to its end again and again. A log that was put aside is begun anew by whoever writes it."""

    def __init__(self, path: Path, part: str) -> None:
        self._path = path
        self._part = part
        self._read_to = 0

    def earlier(self) -> Iterator[Entry]:
        """The lines of the log that was put aside, then its own."""
        aside = self._path.with_name(f"{self._path.name}.1")
        if aside.exists():
            yield from self._entries(aside.read_bytes())
        yield from self.more()

    def more(self) -> Iterator[Entry]:
        """The whole lines that were added since."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            if log.seek(0, 2) < self._read_to:
                self._read_to = 0
            log.seek(self._read_to)
            whole = log.read()
        whole = whole[: whole.rfind(b"\n") + 1]
        self._read_to += len(whole)
        yield from self._entries(whole)

    def _entries(self, text: bytes) -> Iterator[Entry]:
        for said in text.decode(errors="replace").splitlines():
            if said.strip():
                yield {"part": self._part, **_parsed(said)}


def _follow(followed: list[Followed], wanted: Callable[[Entry], bool], show: Callable[[Entry], None]) -> None:
    """Print what comes until the operator has seen enough."""
    try:
        while True:
            new = [entry for one in followed for entry in one.more() if wanted(entry)]
            for entry in sorted(new, key=_time):
                show(entry)
            time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        return


def _require_known(folder: Path, parts: list[str]) -> None:
    known = sorted({path.name.removesuffix(".log") for path in folder.glob("*.log")})
    if not known:
        raise CannotStartError(f"there are no logs in {folder}: has a platform run there?")
    for part in parts:
        if part not in known and part not in names():
            raise CannotStartError(f"{part} has no log in {folder}; there are: {', '.join(known)}")


def _parsed(said: str) -> Entry:
    """Return a line as services write them, or one of another program as its message."""
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"message": said}


def _time(entry: Entry) -> str:
    """Return the key of the order. All times are UTC in one format; a line without one stays before all."""
    return str(entry.get("time", ""))


def _print(entry: Entry) -> None:
    at = str(entry.get("time", "")).replace("T", " ")[:23]
    words = [at, str(entry["part"]).ljust(10), str(entry.get("level", "")).ljust(7), str(entry.get("message", ""))]
    if entry.get("logger") == _ACCESS:
        words.append(f"{entry.get('duration_ms')} ms")
    if entry.get("request_id", "-") != "-":
        words.append(str(entry["request_id"]))
    line(*words)
    for more in str(entry.get("exception", "")).splitlines():
        line(f"    {more}")
