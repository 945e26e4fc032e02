"""What importing the package takes beside importing what it needs.

    python benchmarks/imports.py [--quick] [--json FILE]

Each import runs in a process of its own, in turns; the time is the CPU that the statements take. The first turn of
each, in which files are compiled and read from disk, does not count. With the first client, too, the package is
compared, because what it puts off is no gain if every program has to wait for it.
"""

import os
import subprocess
import sys
from statistics import median

from _report import at_most, conclude, options_of
from _stub_server import pin, two_cores

PACKAGE = "import tpstreams_async"
CLIENT = f"{PACKAGE}; tpstreams_async.TPStreams('bench1', 'token')"
DECLARED = "import aiohttp, anyio, attrs, cattrs, msgspec, orjson, tenacity"
AT_ONCE = "import aiohttp, anyio.to_thread, attrs, msgspec, orjson"
PROGRAM = "import time; began = time.process_time(); {}; print(time.process_time() - began)"


def seconds(statements: str) -> float:
    """Run in a process of its own, which remembers what it compiled whatever the environment says."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # The program is our own text.
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statements)], check=True, capture_output=True, text=True, env=environment
    )
    return float(done.stdout)


def main() -> None:
    options = options_of(__doc__)
    pin(two_cores()[0])
    sides = (PACKAGE, CLIENT, DECLARED, AT_ONCE)
    rounds = [{side: seconds(side) for side in sides} for _ in range(4 if options.quick else 25)][1:]
    print(f"{'':<72} {'ms':>6} {'ratio':>6}   ({len(rounds)} turns)")
    for side in sides:
        ratio = median(each[side] / each[DECLARED] for each in rounds)
        print(f"{side:<72} {1e3 * median(each[side] for each in rounds):6.0f} {ratio:6.2f}")
    conclude(
        options,
        at_most("import", median(each[PACKAGE] / each[DECLARED] for each in rounds), 1.15, "× its dependencies"),
    )


if __name__ == "__main__":
    main()
