"""The process that reads files which strangers sent: `python -m services.intake.domain.letters.worker <limits>`.

It knows no database, no key and no environment, has its memory bounded, and is killed when it takes too long; it ends
itself then, too, should nobody be left to kill it. Files come on the standard input, answers leave on the standard
output: each a length in four bytes and so much content, a file preceded by its media type in the same way.
"""

import json
import logging
import os
import resource
import signal
import sys
from dataclasses import asdict
from typing import BinaryIO

from pypdf import overwrite_configuration

from services.intake.domain.letters import mail, pdf
from services.intake.domain.letters.model import PDF, CannotRead, Letter, Limits, Part, Unread


def letter_of(content: bytes, media_type: str, limits: Limits) -> Letter:
    """The text of a file. Raises `CannotRead`."""
    if media_type == PDF:
        return Letter(pdf.text_of(content, limits), [Part(None, PDF, read=True)])
    return mail.letter_of(content, limits)


def answer(content: bytes, media_type: str, limits: Limits) -> bytes:
    """What goes back: a letter, or why there is none, as JSON."""
    try:
        found = asdict(letter_of(content, media_type, limits))
    except CannotRead as problem:
        found = {"reason": problem.reason}
    except (MemoryError, RecursionError):
        found = {"reason": Unread.TOO_COMPLEX}
    return json.dumps(found).encode()


def bound(limits: Limits) -> None:
    """Keep this process, and what it reads, within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    overwrite_configuration(
        maximum_declared_stream_length=limits.decoded,
        array_based_stream_maximum_output_length=limits.decoded,
        lzw_maximum_output_length=limits.decoded,
        run_length_maximum_output_length=limits.decoded,
        zlib_maximum_output_length=limits.decoded,
        stream_decoding_work_maximum_length=2 * limits.decoded,
        jbig2dec_binary=None,  # no program is started for a stranger's picture
    )


def serve(source: BinaryIO, target: BinaryIO, limits: Limits) -> None:
    """Answer one file after the other, until there are no more."""
    while media_type := _piece(source):
        content = _piece(source)
        signal.setitimer(signal.ITIMER_REAL, 2 * limits.seconds)  # its signal ends the process
        found = answer(content, media_type.decode(), limits)
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(len(found).to_bytes(4, "big") + found)
        target.flush()


def _piece(source: BinaryIO) -> bytes:
    length = source.read(4)
    return source.read(int.from_bytes(length, "big")) if len(length) == 4 else b""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends us
    logging.disable()
    limits = Limits(**json.loads(sys.argv[1]))
    bound(limits)
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    serve(sys.stdin.buffer, target, limits)


if __name__ == "__main__":
    main()
