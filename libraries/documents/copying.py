"""The copy of a file that others than its owner see."""

from collections import deque
from collections.abc import AsyncIterator, Sequence

from libraries.documents.images.structure import Edit


def length_without(size: int, edits: Sequence[Edit]) -> int:
    """Bytes of the copy of a file of this size."""
    return size - sum(edit.removed for edit in edits)


async def without(pieces: AsyncIterator[bytes], edits: Sequence[Edit]) -> AsyncIterator[bytes]:
    """The copy, in pieces: every pixel as it was, and nothing of when, where and by whom it was taken."""
    left = deque(sorted(edits, key=lambda edit: edit.start))
    start = 0
    async for piece in pieces:
        at, end = start, start + len(piece)
        while left and left[0].start < end:
            edit = left[0]
            if at < edit.start:
                yield piece[at - start : edit.start - start]
            if edit.start >= start and edit.instead:
                yield edit.written
            at = max(at, min(edit.end, end))
            if edit.end > end:
                break
            left.popleft()
        if at < end:
            yield piece[at - start :]
        start = end
