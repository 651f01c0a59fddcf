"""Reasons why the platform cannot start, each one line that says what to do."""

from pathlib import Path


class CannotStartError(RuntimeError):
    """The platform, or a part of it, cannot start; the text is one line for the operator."""


class PortInUseError(CannotStartError):
    def __init__(self, name: str, port: int) -> None:
        super().__init__(f"{name} cannot listen on 127.0.0.1:{port}: another program uses this port")
        self.port = port


class DiskFullError(CannotStartError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"the disk that holds {path} is full: free some space and start again")
        self.path = path


class HomeUnusableError(CannotStartError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be used: {why}")


class DataInUseError(CannotStartError):
    def __init__(self, path: Path, pid: int) -> None:
        super().__init__(f"{path} is in use by another running server (process {pid}): stop it first")


class ChildDiedError(CannotStartError):
    def __init__(self, name: str, reason: str, log: Path) -> None:
        super().__init__(f"{name} ended while starting: {reason} (see {log})")
