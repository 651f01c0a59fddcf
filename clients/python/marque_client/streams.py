"""Server-sent events (WHATWG HTML, section 9.2), as far as the feed uses them."""

import json

from .core.models.event_out import EventOut


class Lines:
    """Puts the lines of a stream together to events."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def take(self, line: str) -> EventOut | None:
        """Return the event that this line ends, if it ends one."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        if line or not self._data:
            return None
        data, self._data = "\n".join(self._data), []
        return EventOut.from_dict(json.loads(data))
