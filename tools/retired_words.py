"""`python -m tools.retired_words`: identifiers and phrases that were ours alone, and what is said instead.

A row has the pattern, what to say, where it is looked for, and the contexts in which it is right all the same, such as
the words of a standard.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = ("gateway/", "services/", "libraries/", "shared/", "deploy/", "cli/", "clients/")
_HERE = "tools/retired_words.py"
_NEVER = ("/migrations/", "docs/decisions/", "docs/reference/", "examples/")


@dataclass(frozen=True)
class Retired:
    """A word that is not said any more. `allowed` are patterns of lines in which it is right."""

    pattern: str
    instead: str
    scope: Sequence[str] = CODE
    allowed: Sequence[str] = ()


RETIRED: Sequence[Retired] = (
    Retired(r"\bdockets?\b|Docket", "locked report"),
    Retired(
        r"\b(?:desk|Desk)s?\b", "coalescer",
        ("gateway/", "libraries/", "services/review/work/"), ("escalation desk", "The desk for what needs"),
    ),
    Retired(r"\bFilingDesk\b|\bopen_desk\b", "FilingCoalescer, open_coalescer"),
    Retired(r"\bshelf\b|\bShelf\b", "policy cache"),
    Retired(r"\beditions?\b|\bEdition\b", "policy version", ("services/review/", "cli/check/")),
    Retired(r"\blanes?\b|\bLanes?\b", "claim cursor", ("services/review/",)),
    Retired(r"\bbell\b|\bBell\b|\brung\b", "wake signal"),
    Retired(r"\bwrong[ _]door\b", "claim type mismatch", (*CODE, "README.md", "CHANGELOG.md", "docs/")),
    Retired(r"\bdoor\b|\bDoor\b|_door\b", "gateway application", ("gateway/", "docs/adding", "CONTRIBUTING.md")),
    Retired(r"\bcheckpoint\b|\bCheckpoint\b", "authenticator", ("gateway/",)),
    Retired(r"\bvouch", "identity token, external auth", ("gateway/", "shared/", "services/")),
    Retired(r"\bflights?\b|\bFlights?\b", "in-flight request", ("gateway/",), (r"\bin flight\b",)),
    Retired(
        r"\b(?:a|the|each|of|this|one) matters?\b|\bmatter\b(?= (?:of|at|that)\b)", "escalation",
        (*CODE, "README.md", "CHANGELOG.md", "docs/"), (r"no matter\b", r"another matter", r"matter\|dispute"),
    ),
    Retired(r"\bhung\b|\bhang(?:s|ing)? on\b", "attached", ("services/", "cli/check/", "README.md"), (r"hung up",)),
    Retired(r"\b(?:def|await) weigh\b|\bdef look\b", "evaluate, scan", ("services/intake/",)),
    Retired(r"\bbur(?:y|ied|ies)\b", "dead-letter"),
    Retired(r"\bKeeping\b|\bkeeping_of\b", "what is kept: clock settings"),
    Retired(r"\bturn_size\b|\bfiling_turns\b|\bturns_at_once\b", "batch_size, filing_batches, batches_at_once"),
    Retired(r"\bletter_of\b|\bletter_(?:bytes|pages|parts|seconds|memory|readers)\b", "document"),
    Retired(r"\bimport_lanes\b", "import_workers"),
    Retired(r"There is no such", "<thing> not found"),
    Retired(
        r"\b[Hh]eard\b", "an event comes in, the last version", (*CODE, "docs/"),
        (r'Column\("heard"', r"heard_until"),
    ),
    Retired(r"\bPromises?\b(?=[:(,)])|\b_?promises\b(?=\.[a-z]|\)| =|:)", "estimates, deadlines", ("services/",)),
    Retired(r"\bdef _?(?:told|shown|said|hung|heard)\b", "to_out, task_event, listed: what it makes", CODE),
    Retired(r"\b_?doors?\b", "lock, gateway application", ("services/", "gateway/")),
    Retired(r"\b(?:storeys?|tower of)\b", "service, capability", (*CODE, "README.md", "docs/")),
)  # fmt: skip


def found() -> Iterator[str]:
    """Every line with a retired word, with what to say instead."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if name == _HERE or any(part in name for part in _NEVER) or not name.endswith((".py", ".md")):
            continue
        rows = [row for row in RETIRED if name.startswith(tuple(row.scope))]
        if not rows:
            continue
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
            for row in rows:
                word = re.search(row.pattern, line)
                if word and not any(re.search(allowed, line) for allowed in row.allowed):
                    yield f"{name}:{number}: {word[0]!r} is retired: say {row.instead}"


def main() -> int:
    lines = list(found())
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
