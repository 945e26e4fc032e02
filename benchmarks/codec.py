"""What a page of models costs beside dicts, and what a sweep reads of it.

python benchmarks/codec.py [--quick] [--json FILE]
"""

import gc
import json
import time
from collections.abc import Callable

import orjson
from _bodies import page_body
from _report import at_most, conclude, options_of
from _sides import Plan, Window, begin, plan_of, show, summed_up

from tpstreams_async import Asset
from tpstreams_async._sketches import Sketches
from tpstreams_async.codec import loads, structure_page

ROWS = 50

ORJSON = "orjson to dicts"
STDLIB = "stdlib json to dicts"
MODELS = "codec to models"
SKETCHES = "id and status only"


def decode_window(decode: Callable[[], object], seconds: float) -> Window:
    """Decode again and again for a while."""
    decode()
    gc.collect()
    times = 0
    cpu, began = time.process_time(), time.perf_counter()
    while time.perf_counter() < began + seconds:
        decode()
        times += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    return Window(cpu / times * 1e6, times / wall)


def main() -> None:
    options = options_of(__doc__)
    plan = plan_of(quick=options.quick)
    few = Plan(max(2, plan.rounds // 2), plan.seconds)
    begin()
    body = page_body(ROWS)
    sides: dict[str, Callable[[], object]] = {
        ORJSON: lambda: orjson.loads(body),
        STDLIB: lambda: json.loads(body),
        MODELS: lambda: structure_page(Asset, loads(body)),
        SKETCHES: lambda: Sketches(body),
    }
    rounds = [{side: decode_window(decode, few.seconds) for side, decode in sides.items()} for _ in range(few.rounds)]
    rows = summed_up(f"page of {ROWS}", rounds, ORJSON)
    show(rows)
    models = next(row for row in rows if row.side == MODELS)
    conclude(options, at_most(f"page of {ROWS} into models, CPU", models.ratio, 5.0, f"× {ORJSON}", then=3.2))


if __name__ == "__main__":
    main()
