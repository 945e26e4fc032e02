"""What `client.assets.get` costs beside bare aiohttp and orjson.

    python benchmarks/session_overhead.py [--quick] [--json FILE]

CPU is that of the client's process, for one call. Every call asks for another id, and each side builds the URL from it.
Bare aiohttp is a session as it comes, with the token as a default header and no limit on silence.
"""

import asyncio

from _report import at_most, conclude, options_of
from _sides import DICT, FAIR, OURS, Plan, begin, compare_calls, plan_of, show
from _stub_server import running


def main() -> None:
    options = options_of(__doc__)
    plan = plan_of(quick=options.quick)
    with running(begin()) as port:
        alone = asyncio.run(compare_calls(port, 1, DICT, FAIR, Plan(max(2, plan.rounds // 2), plan.seconds)))
        many = asyncio.run(compare_calls(port, 50, DICT, FAIR, plan))
    show([*alone, *many])
    ours = next(row for row in many if row.side == OURS)
    conclude(options, at_most("assets.get, CPU, 50 in flight", ours.ratio, 1.20, f"× {DICT}", then=1.10))


if __name__ == "__main__":
    main()
