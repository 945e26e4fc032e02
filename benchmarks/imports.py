"""What importing the package takes beside importing what it needs.

    python benchmarks/imports.py [--quick] [--json FILE]

Each import runs in a process of its own, in turns; the time is that of the import statement alone. The first turn of
each, in which files are compiled and read from disk, does not count.
"""

import subprocess
import sys
from statistics import median

from _report import at_most, conclude, options_of

PACKAGE = "tpstreams_async"
NEEDED = "aiohttp, anyio, attrs, cattrs, msgspec, orjson, tenacity"
PROGRAM = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def seconds(modules: str) -> float:
    """Import in a process of its own."""
    # The program is our own text.
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(modules)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    options = options_of(__doc__)
    rounds = [(seconds(PACKAGE), seconds(NEEDED)) for _ in range(4 if options.quick else 25)][1:]
    ours, needed = (median(each) for each in zip(*rounds, strict=True))
    print(f"import {PACKAGE}: {1e3 * ours:.0f} ms; import {NEEDED}: {1e3 * needed:.0f} ms; {len(rounds)} turns")
    ratio = median(one / other for one, other in rounds)
    conclude(options, at_most("import", ratio, 1.15, "× its dependencies"))


if __name__ == "__main__":
    main()
