"""Whether 500 callers of one client are served alike.

    python benchmarks/fairness.py [--quick] [--json FILE]

aiohttp's own pool lets newcomers go first, so that it starves callers; behind a semaphore it has the same fair queue as
the client. Starved: callers of whom not one call was answered in a window.
"""

import asyncio

from _report import at_most, conclude, holds, options_of
from _sides import FAIR, OURS, Plan, begin, compare_calls, plan_of, show
from _stub_server import running

CALLERS = 500


def main() -> None:
    options = options_of(__doc__)
    plan = plan_of(quick=options.quick)
    with running(begin()) as port:
        rows = asyncio.run(compare_calls(port, CALLERS, FAIR, None, Plan(max(2, plan.rounds // 2), plan.seconds)))
    show(rows)
    ours = next(row for row in rows if row.side == OURS)
    assert ours.p50_ms
    assert ours.p99_ms
    conclude(
        options,
        holds(f"{CALLERS} callers, nobody starves", not ours.never_served, f"{ours.never_served} starved"),
        at_most(f"{CALLERS} callers, p99 of the time for a call", ours.p99_ms / ours.p50_ms, 2.0, "× p50"),
    )


if __name__ == "__main__":
    main()
