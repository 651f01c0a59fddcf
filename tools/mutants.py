"""`python -m tools.mutants`: changes the pure modules one small thing at a time, and tells what no test notices.

Which modules, and by which tests, is in `pyproject.toml` under `[tool.mutmut]`; docs/mutants.md says why those that are
left are no faults. Fails where fewer than nine in ten of a module's mutants are killed. Names of mutants, such as
`'libraries.clocks.*'`, narrow the run; what it did not try is not counted then.
What earlier runs found out is kept beside it; a run of everything begins anew.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

LEAST = 0.9
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))
# `    libraries.clocks.spans.x__walk__mutmut_3: survived`; of a method, `xǁCoalescerǁask__mutmut_3`.
_LINE = re.compile(r"\s*(?P<module>[\w.]+?)\.x(?:_|ǁ)\S*__mutmut_\d+: (?P<result>[a-z ]+)")
_KILLED = frozenset({"killed", "timeout", "caught by type check", "segfault"})
_NOT_TRIED = "not checked"
_WORK = Path("mutants")
# Which tests reach which function: mutmut adds the tests that are new and looks for no others.
_REACHED = "mutmut-stats.json"


def counted(lines: Iterable[str], *, all_of_them: bool) -> tuple[dict[str, Counter[bool]], list[str]]:
    """Return how many mutants of each module were killed and were not, and the lines of those that were not."""
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    left: list[str] = []
    for line in lines:
        row = _LINE.fullmatch(line)
        if row is None or (row["result"] == _NOT_TRIED and not all_of_them):
            continue
        killed = row["result"] in _KILLED
        found[row["module"]][killed] += 1
        if not killed:
            left.append(line.strip())
    return found, left


def forget(work: Path, *, all_of_it: bool) -> None:
    """Leave nothing of an earlier run that could answer for the code and the tests of now."""
    if all_of_it:
        shutil.rmtree(work, ignore_errors=True)
    else:
        (work / _REACHED).unlink(missing_ok=True)


def main() -> int:
    narrowed = any("." in argument for argument in sys.argv[1:])
    forget(_WORK, all_of_it=not narrowed)
    subprocess.run([_MUTMUT, "run", *sys.argv[1:]], check=True)
    results = subprocess.run([_MUTMUT, "results", "--all", "true"], capture_output=True, text=True, check=True).stdout
    found, left = counted(results.splitlines(), all_of_them=not narrowed)
    weak = False
    for module, counts in sorted(found.items()):
        share = counts[True] / counts.total()
        weak |= share < LEAST
        sys.stdout.write(f"{module:60} {counts[True]:5} of {counts.total():5} killed, {share:6.1%}\n")
    sys.stdout.write("".join(f"  {line}\n" for line in left))
    return 1 if weak or not found else 0


if __name__ == "__main__":
    sys.exit(main())
