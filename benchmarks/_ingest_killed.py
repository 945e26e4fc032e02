"""A run of bulk ingestion that is killed again and again, over a connection that fails all the time.

Proxy and simulator are in this process and go on; the run is in another one, which gets SIGKILL.
"""

import asyncio
import contextlib
import json
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from _fault_proxy import FaultProxy, Harm
from _ingest_side import ENDED_BY_ERROR, RUN, Order
from _report import Finding, at_most, holds
from chaos import CHANCES

from tpstreams_async.simulator import Simulator

SIDE: Final = Path(__file__).with_name("_ingest_side.py")
BULK: Final = "assets/videos/bulk-create/"
#: What is held back is done by then. Who is refused is no matter of chance here: a server does that which has enough.
HELD_BACK: Final = CHANCES._replace(silence=(0.6, 1.0), weights={**CHANCES.weights, Harm.BUSY: 0})
#: Requests per second that it bears.
THROTTLE: Final = 50
SETTLE: Final = 1.7
ATTEMPT: Final = 0.5
#: Simulated seconds for one: a video is done after 4 seconds.
SPEED: Final = 1.5
#: A run is killed when so much of the videos is there, and at most so many seconds went by. The last one has them all.
_MOST_SHARE: Final = 0.9
_MOST_SECONDS: Final = 1.2
_LOOK: Final = 0.005
#: Runs that an error may end, beside those that are killed.
_MOST_ERRORS: Final = 10


class Plan(NamedTuple):
    """What is done.

    Attributes:
        rows: of the manifest.
        kills: times that the run is killed.
        seed: of all chance.
    """

    rows: int
    kills: int
    seed: int

    @property
    def limit(self) -> float:
        """Seconds after which all is given up."""
        return 60 + self.kills * 20 + self.rows * 0.1

    def moments(self) -> list[tuple[int, float]]:
        """Return when the run is killed: so many videos are there, and so many seconds went by after that."""
        chance = random.Random(self.seed)
        shares = sorted(chance.uniform(0, _MOST_SHARE) for _ in range(self.kills - 1))
        return [(int(share * self.rows), chance.uniform(0, _MOST_SECONDS)) for share in [*shares, 1][: self.kills]]


class Known(NamedTuple):
    """What a ledger says: titles of rows with an asset, and ids of assets that are done."""

    titles: frozenset[str]
    done: frozenset[str]


class Kills:
    """Starts runs, kills them, and counts what they do.

    Attributes:
        starts: runs.
        kills: how many of them were killed.
        errors: what ended others.
    """

    def __init__(self, sim: Simulator, proxy: FaultProxy, order: Order) -> None:
        self.starts = self.kills = 0
        self.errors: list[str] = []
        self._sim = sim
        self._proxy = proxy
        self._order = order
        self._known: dict[int, Known] = {}

    async def run(self, moment: tuple[int, float] | None = None) -> dict[str, Any] | None:
        """Start a run, and kill it at a moment. Return its figures if it comes to its end."""
        self.starts += 1
        self._known[self.starts] = self._told()
        order = self._order._replace(run=self.starts)
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SIDE), json.dumps(order._asdict()), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            await process.stdout.readline()
            if moment is not None and await self._comes(moment, process):
                process.kill()
                self.kills += 1
            told = await process.stdout.read()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        status = await process.wait()
        if status == ENDED_BY_ERROR:
            self.errors.append(json.loads(told)["error"])
            if len(self.errors) > _MOST_ERRORS:
                raise RuntimeError(f"too many runs end with an error: {self.errors}")
        elif status == 0:
            figures: dict[str, Any] = json.loads(told)
            return figures
        elif status > 0:
            raise RuntimeError("a run has broken down")
        return None

    async def _comes(self, moment: tuple[int, float], process: asyncio.subprocess.Process) -> bool:
        """Wait for a moment; return False if the run ends before."""
        videos, seconds = moment
        ends = asyncio.ensure_future(process.wait())
        try:
            while len(self._sim.assets) - 1 < videos and not ends.done():
                await asyncio.wait([ends], timeout=_LOOK)
            await asyncio.wait([ends], timeout=seconds)
            return not ends.done()
        finally:
            ends.cancel()

    def _told(self) -> Known:
        """Read the ledger from a copy, so that the next run finds it as the last one left it."""
        rows = rows_of(Path(self._order.ledger))
        return Known(
            frozenset(title for title, _, asset_id in rows if asset_id),
            frozenset(f"{asset_id}" for _, state, asset_id in rows if state == "completed"),
        )

    def needless(self) -> int:
        """Count the requests about rows whose outcome the ledger had told when the run that sent them began."""
        needless = 0
        for each in self._sim.journal:
            # What a run sent may come in after its end, when the next one has begun.
            known = self._known[int(each.headers[RUN])]
            if each.method == "POST":
                needless += not known.titles.isdisjoint(item["title"] for item in json.loads(each.body))
            else:
                needless += each.path.rstrip("/").rpartition("/")[2] in known.done
        return needless


def rows_of(ledger: Path) -> list[tuple[str, str, str | None]]:
    """Return title, state and asset of each row of a ledger."""
    if not ledger.exists():
        return []
    copy = ledger.with_name("copy")
    for ending in ("", "-wal"):
        beside = ledger.with_name(ledger.name + ending)
        copy.with_name(copy.name + ending).unlink(missing_ok=True)
        if beside.exists():
            shutil.copy(beside, copy.with_name(copy.name + ending))
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        return connection.execute("SELECT title, state, asset_id FROM videos").fetchall()


def write_manifest(file: Path, rows: int, folder: str = "") -> None:
    """Write a CSV file with so many rows, each with a title of its own."""
    with file.open("w", encoding="utf-8") as opened:
        opened.write("url,title,resolutions,folder\n")
        opened.writelines(
            f'https://media.example.com/{number}.mp4,Clip {number:06},"240p,480p",{folder}\n' for number in range(rows)
        )


def wrong_rows(ledger: Path, titles: Mapping[str, str]) -> int:
    """Count the rows of a ledger that are not completed with an asset of their title."""
    return sum(state != "completed" or titles.get(f"{asset}") != title for title, state, asset in rows_of(ledger))


async def killed(plan: Plan, folder: Path) -> list[Finding]:
    """Bring the rows of a manifest in, in spite of everything."""
    async with (
        asyncio.timeout(plan.limit),
        Simulator(fetch=False, speed=SPEED, throttle=THROTTLE) as sim,
        FaultProxy(int(sim.url.rpartition(":")[2]), HELD_BACK, plan.seed) as proxy,
    ):
        place = sim.add_folder("Lessons")
        manifest, ledger = folder / "killed.csv", folder / "killed.ledger"
        write_manifest(manifest, plan.rows, place)
        order = Order("ours", proxy.url, sim.organization_id, sim.token, f"{manifest}", f"{ledger}")
        runs = Kills(sim, proxy, order._replace(wait=True, settle=SETTLE, attempt=ATTEMPT))
        began = time.perf_counter()
        for moment in plan.moments():
            if await runs.run(moment) is not None:
                break
        while (figures := await runs.run()) is None:
            pass
        seconds = time.perf_counter() - began
        await proxy.quiet()
        requests = sum(proxy.passed.values())
        again = await runs.run()
        await proxy.quiet()
        if sim.errors:
            raise RuntimeError(f"the simulator itself failed: {sim.errors}")
        titles = {asset_id: asset["title"] for asset_id, asset in sim.assets.items() if asset_id != place}
        harmed = sum(proxy.harmed.values())
        print(
            f"\n{plan.rows:,} rows, seed {plan.seed}: {runs.kills} kills, {runs.starts - 1} starts, "
            f"{seconds:.1f} s; {requests:,} requests, {harmed:,} of them harmed; "
            f"{sim.journal.count('POST', BULK):,} POSTs and {sim.journal.count('GET'):,} GETs reached the server; "
            f"{len(runs.errors)} runs ended by an error"
        )
        for error in runs.errors:
            print(f"  {error}")
        return _findings(plan, runs, titles, [figures, again], ledger, sum(proxy.passed.values()) - requests)


def _findings(
    plan: Plan, runs: Kills, titles: Mapping[str, str], ends: list[Any], ledger: Path, more: int
) -> list[Finding]:
    made = Counter(titles.values())
    rows, of_all = plan.rows, f"of {plan.rows:,}"
    told = [each["states"].get("completed", 0) if each else 0 for each in ends]
    return [
        holds("ingest killed, times", runs.kills == plan.kills, f"{runs.kills}", f"{plan.kills}"),
        at_most("ingest killed, rows without an asset", rows - len(made), 0, of_all),
        at_most("ingest killed, rows with two or more", sum(count > 1 for count in made.values()), 0, of_all),
        at_most("ingest killed, ledger rows without their own", wrong_rows(ledger, titles), 0, of_all),
        at_most("ingest killed, rows that are not told of", rows - min(told), 0, of_all),
        at_most("ingest killed, requests about rows at their end", runs.needless(), 0, f"in {runs.starts} runs"),
        at_most("ingest killed, requests when all is done", more, 0, "in one more run"),
    ]
