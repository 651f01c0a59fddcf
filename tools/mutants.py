"""`python -m tools.mutants`: changes the pure modules one small thing at a time, and tells what no test notices.

Which modules, and by which tests, is in `pyproject.toml` under `[tool.mutmut]`; docs/mutants.md says why those that are
left are no faults. Fails where fewer than nine in ten of a module's mutants are killed.
"""

import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

LEAST = 0.9
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))
_LINE = re.compile(r"^\s*(?P<module>[\w.]+)\.x\S*?__mutmut_\d+: (?P<result>[\w ]+)$")
_KILLED = frozenset({"killed", "timeout", "caught by type check", "segfault"})


def main() -> int:
    subprocess.run([_MUTMUT, "run", *sys.argv[1:]], check=True)
    told = subprocess.run([_MUTMUT, "results", "--all", "true"], capture_output=True, text=True, check=True).stdout
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    left = []
    for line in told.splitlines():
        if row := _LINE.match(line):
            killed = row["result"] in _KILLED
            found[row["module"]][killed] += 1
            if not killed:
                left.append(line.strip())
    weak = False
    for module, counts in sorted(found.items()):
        share = counts[True] / counts.total()
        weak |= share < LEAST
        sys.stdout.write(f"{module:60} {counts[True]:5} of {counts.total():5} killed, {share:6.1%}\n")
    sys.stdout.write("".join(f"  {line}\n" for line in left))
    return 1 if weak or not found else 0


if __name__ == "__main__":
    sys.exit(main())
