"""The folder of a platform: where things are in it, and who may use it now."""

import fcntl
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import children, launch, private
from deploy.local.errors import CannotStartError

WAIT_SECONDS = 40.0  # more than the guard gives the children of a killed runner
PAUSE = 0.1


@dataclass
class Home:
    folder: Path
    _lock: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def nats(self) -> Path:
        return self.folder / "nats"

    @property
    def broker_port(self) -> Path:
        """The port that the embedded broker had last, so that it has it again."""
        return self.nats / "port"

    @property
    def tools(self) -> Path:
        """The table of the internal tools that the embedded broker lets in."""
        return self.folder / "tools.json"

    @property
    def passwords(self) -> Path:
        return self.folder / "passwords"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def captures(self) -> Path:
        return self.folder / "captures"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials.json"

    @property
    def platform(self) -> Path:
        return self.folder / "platform.json"

    @property
    def demonstrated(self) -> Path:
        """Exists once the demonstration ran to its end in this home."""
        return self.folder / "demonstrated"

    @property
    def empty(self) -> Path:
        """Exists where the operator has asked for a home without a demonstration and its accounts."""
        return self.folder / "empty"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def take(self) -> None:
        """Make the folder when new and take it for this process; a home has one runner at a time.

        The guard holds the lock as well, so that after a killed runner nobody comes in before its children have ended.
        """
        private.make_folder(self.folder)
        path = self.folder / "lock"
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise private.named(error, path) from error
        until = time.monotonic() + WAIT_SECONDS
        while not _locked(lock):
            holder = int(os.pread(lock, 20, 0) or 0)
            if is_alive(holder) or time.monotonic() > until:
                os.close(lock)
                raise CannotStartError(f"{self.folder} is in use by another running platform (process {holder})")
            time.sleep(PAUSE)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock
        children.guard_holds(lock)
        private.tighten(self.folder, apart_from=self.postgres / "cluster")
        # As root PostgreSQL may have to run as another user without root's powers, who must be able to pass through.
        self.folder.chmod(0o711 if launch.needs_way_through() else 0o700)

    def give_back(self) -> None:
        if self._lock is not None:
            self.platform.unlink(missing_ok=True)
            os.ftruncate(self._lock, 0)
            fcntl.flock(self._lock, fcntl.LOCK_UN)  # also for the guard's copy
            os.close(self._lock)
            self._lock = None
            children.guard_holds()

    def record(self, platform: dict[str, Any]) -> None:
        """Write down where the running platform is, for the other commands."""
        private.write(self.platform, json.dumps(platform, indent=2).encode())

    def recorded(self) -> dict[str, Any]:
        """Return where the running platform is."""
        found: dict[str, Any] = {}
        try:
            found = json.loads(self.platform.read_text())
        except FileNotFoundError:
            pass
        except OSError as error:
            raise private.named(error, self.platform) from error
        if not is_alive(found.get("pid", 0)):
            raise CannotStartError(f"no platform runs in {self.folder}: start it with `make run`")
        return found


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Return whether a process of this number lives, whoever's it is."""
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
