"""Make one table of what several benchmarks found.

    python benchmarks/summary.py FILE

FILE is what the benchmarks were given with ``--json``.
"""

import sys
from pathlib import Path

from _report import read, show


def main() -> None:
    findings = read(Path(sys.argv[1]))
    show(findings)
    reached = sum(each.reached for each in findings)
    print(f"\n{reached} of {len(findings)} targets reached")


if __name__ == "__main__":
    main()
