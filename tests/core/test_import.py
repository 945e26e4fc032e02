"""What importing the package brings along."""

import subprocess
import sys

PROGRAM = """
import sys
import tpstreams_async
tpstreams_async.TPStreams("org001", "token")
print(*sorted({"cattrs", "tenacity", "tpstreams_async.simulator"} & set(sys.modules)))
"""


def test_what_only_failures_need_is_not_imported_before_one() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == []
