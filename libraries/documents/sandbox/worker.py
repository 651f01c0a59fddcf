"""The inside of a process that opens files which strangers sent.

It knows no database, no key and no environment, and has its memory and the processor time of each file bounded by the
kernel; it ends itself by the clock, too, should nobody be left to kill it. Its setup and then files come on the
standard input, answers leave on the standard output: each a length in four bytes and so much content, a file preceded
by its label in the same way.
"""

import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from pypdf import overwrite_configuration

from libraries.documents.sandbox.bounds import Bounds

Answer = Callable[[bytes, str], bytes]
_NICENESS = 3  # requests of everybody else come first, and a busy machine still reads


def work(prepare: Callable[[bytes], Answer], limits: Bounds) -> None:
    """Answer one file after the other, until there are no more.

    Args:
        prepare: from the setup that this process was given to the function of a file's content and its label.
        limits: of each file.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends us
    logging.disable()
    _bound(limits)
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    source = sys.stdin.buffer
    setup = _piece(source)
    if setup is not None:
        _serve(source, target, prepare(setup), limits)


def _bound(limits: Bounds) -> None:
    """Keep this process, and what it reads, within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    overwrite_configuration(
        maximum_declared_stream_length=limits.decoded,
        array_based_stream_maximum_output_length=limits.decoded,
        lzw_maximum_output_length=limits.decoded,
        run_length_maximum_output_length=limits.decoded,
        zlib_maximum_output_length=limits.decoded,
        stream_decoding_work_maximum_length=2 * limits.decoded,
        jbig2dec_binary=None,  # no program is started for a stranger's picture
    )


def _serve(source: BinaryIO, target: BinaryIO, answer: Answer, limits: Bounds) -> None:
    while (label := _piece(source)) is not None and (content := _piece(source)) is not None:
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)  # the signals of both end the process
        signal.setitimer(signal.ITIMER_REAL, 2 * limits.wall_seconds)
        found = answer(content, label.decode())
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(len(found).to_bytes(4, "big") + found)
        target.flush()


def _piece(source: BinaryIO) -> bytes | None:
    length = source.read(4)
    return source.read(int.from_bytes(length, "big")) if len(length) == 4 else None
