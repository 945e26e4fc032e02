"""Ten thousand waits over a connection that fails all the time: each ends as it should, and nothing is left of it.

    python benchmarks/waits.py [--quick] [--json FILE]

The client looks at jobs through a proxy that harms three requests in ten. Waits of all sorts begin at random, a tenth of
them are cancelled, some jobs fail, and some limits are too short. Exits with 1 if any wait ends otherwise than it should,
or if anything is left of one.
"""

import asyncio
import gc
import json
import platform
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import _harmed_world
from _bodies import asset
from _report import conclude, holds, options_of
from _soak import Fate, Wait, verdict
from _stub_server import pin, two_cores
from _world_server import COMPLETED, ERROR, QUEUED, TRANSCODING, States, World, id_of, world

import tpstreams_async
from tpstreams_async import Asset, Job, Polling, Retry, Timeouts, TPStreams

ORGANIZATION: Final = "bench1"
TOKEN: Final = "0123456789abcdef" * 4
