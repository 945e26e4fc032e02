"""Bring in all videos of a CSV, with live progress and a CSV of what became of them, whatever interrupts it.

Without an account it goes to a simulator, and makes up a manifest if there is none:

    python examples/migrate.py
    python examples/migrate.py lessons.csv --rows 2000

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set it goes to your account:

    python examples/migrate.py videos.csv

Stop it with Ctrl-C, or kill it: the same command goes on. It ends with 0 if all rows have their video, with 1 if some
need attention or something is wrong, and with 130 if it was stopped. The progress is a bar where `rich` is installed.

The simulator is a process of its own, because it has to outlive what is interrupted. The run that comes to the end
of its manifest ends it.
"""

import argparse
import asyncio
import csv
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from tpstreams_async import (
    ConnectError,
    Ingest,
    IngestProgress,
    IngestResult,
    Polling,
    Reconcile,
    Retry,
    Timeouts,
    TPStreams,
    TPStreamsError,
)

STOPPED = 130  # what a shell has for a command that Ctrl-C ended
SHOWN = 10  # reasons
GOOD = ("completed", "skipped")
COLUMNS = ("line", "title", "state", "asset_id", "error", "candidates")
# What the simulator is called with. Whoever can reach this machine's loopback may use it, so the token is no secret.
ORGANIZATION, TOKEN, SPEED = "migrate", "made-up-token-of-the-migration", 4
PROCESS = "Process of the simulator: "


async def main(*arguments: str) -> int:
    options = command_line().parse_args(arguments)
    try:
        async with service(options) as (client, process):
            where = (
                "the simulator" if client.organization_id == ORGANIZATION else f"organization {client.organization_id}"
            )
            print(f"{options.manifest} goes to {where} at {client.base_url}", flush=True)
            status = await migrate(client, options)
            if process is not None and status == STOPPED:
                print(f"The simulator is still there, for that: kill {process} ends it")
            elif process is not None:
                await end_simulator(client, process)
            return status
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Bring in all videos of a CSV. The same command goes on.")
    parser.add_argument("manifest", nargs="?", type=Path, default=Path("videos.csv"), help="default: %(default)s")
    parser.add_argument("--ledger", type=Path, help="default: the manifest's name with .ledger")
    parser.add_argument("--results", type=Path, help="default: the manifest's name with .results.csv")
    parser.add_argument("--rows", type=int, default=500, help="of a manifest that is made up (default: %(default)s)")
    ends = ("failed", "held", "needs_review")
    parser.add_argument("--resend", choices=ends, action="append", help="send rows once more that came to this")
    most = 1000 if "TPSTREAMS_TOKEN" in os.environ else 40
    parser.add_argument("--at-once", type=int, default=most, help="videos in processing (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8790, help="of the simulator (default: %(default)s)")
    return parser


async def migrate(client: TPStreams, options: argparse.Namespace) -> int:
    """Bring the videos in, and say what became of them; return the exit status."""
    manifest: Path = options.manifest
    run = client.ingest(
        manifest,
        ledger=options.ledger or manifest.with_suffix(".ledger"),
        max_in_processing=options.at_once,
        resend=options.resend or (),
        stop_on_signals=True,
    )
    results: list[IngestResult] = []
    async with run, shown(run):
        async for result in run:
            results.append(result)
    path = options.results or manifest.with_suffix(".results.csv")
    write_results(path, results, stopped=run.stopped)
    return tell(run, results, path)


def write_results(path: Path, results: list[IngestResult], *, stopped: bool) -> None:
    """Write what became of the rows, in their order, in place of what the last run wrote; all of it or nothing."""
    if stopped and path.exists() and len(results) < sum(1 for _ in read(path)):
        return  # it was stopped before it had heard what earlier runs did
    own = list(dict.fromkeys(column for result in results for column in result.extra if column not in COLUMNS))
    part = path.with_name(f"{path.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*COLUMNS, *own], restval="", extrasaction="ignore")
        table.writeheader()
        for result in sorted(results, key=lambda result: result.line):
            told = {column: getattr(result, column) for column in COLUMNS} | {"candidates": " ".join(result.candidates)}
            table.writerow({**result.extra, **told})
    part.replace(path)


def read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def tell(run: Ingest, results: list[IngestResult], path: Path) -> int:
    states = Counter(str(result.state) for result in results)
    earlier = sum(result.earlier for result in results)
    counts = ", ".join(f"{count:,} {state}" for state, count in states.most_common()) or "none"
    print(f"\nRows at their end: {counts}" + (f"; {earlier:,} of them by an earlier run" if earlier else ""))
    reasons = Counter(re.sub(r"^line \d+, ", "", f"{r.error}") for r in results if r.state not in GOOD)
    for reason, count in reasons.most_common(SHOWN):
        print(f"{count:7,} × {reason}")
    if len(reasons) > SHOWN:
        print(f"        and {len(reasons) - SHOWN:,} other reasons")
    print(f"Each is in {path}")
    if run.stopped:
        print("Stopped before the others had come to theirs. The same command goes on.")
        return STOPPED
    return 1 if reasons else 0


@asynccontextmanager
async def shown(run: Ingest) -> AsyncIterator[None]:
    """Show how far a run is, for as long as it goes on."""

    async def follow(show: Callable[[IngestProgress], None], seconds: float) -> None:
        while True:
            show(run.progress)
            await asyncio.sleep(seconds)

    with progress_bar() as (show, seconds):
        following = asyncio.create_task(follow(show, seconds))
        try:
            yield
        finally:
            following.cancel()
            show(run.progress)


@contextmanager
def progress_bar() -> Iterator[tuple[Callable[[IngestProgress], None], float]]:
    """Yield what shows the progress, and after how many seconds to show it again: a bar, or lines for a log."""
    try:
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - it need not be there
    except ImportError:
        yield print_lines(), 2
        return
    progress_of_rich = Progress(BarColumn(16), TextColumn("{task.description}"))
    if not progress_of_rich.console.is_terminal:
        yield print_lines(), 2
        return
    with progress_of_rich as bar:
        task = bar.add_task("")

        def show(progress: IngestProgress) -> None:
            ended, total = extent(progress)
            bar.update(task, completed=ended, total=total or None, description=words(progress))

        yield show, 0.2


def print_lines() -> Callable[[IngestProgress], None]:
    last = ""

    def show(progress: IngestProgress) -> None:
        nonlocal last
        if words(progress) != last:
            last = words(progress)
            print(last, flush=True)

    return show


def extent(progress: IngestProgress) -> tuple[int, int]:
    """Return how many rows are at their end, and how many there are."""
    ended = progress.completed + progress.skipped + progress.failed + progress.held + progress.review
    return ended, ended + progress.planned + progress.sending + progress.processing


def words(progress: IngestProgress) -> str:
    ended, total = extent(progress)
    if ended == total:
        return f"{ended:,} rows are at their end" if progress.completed else "reading the manifest"
    said = [f"{progress.completed:,} of {total:,} completed"]
    if failed := ended - progress.completed - progress.skipped:
        said.append(f"{failed:,} failed")
    if progress.sending:
        said.append(f"{progress.sending:,} on their way")
    said.append(f"{progress.processing:,} in processing")
    if progress.completed and progress.rate and progress.seconds_left is not None:
        said.append(f"{progress.rate:.0f}/s, {timedelta(seconds=round(progress.seconds_left))} left")
    return ", ".join(said)


@asynccontextmanager
async def service(options: argparse.Namespace) -> AsyncIterator[tuple[TPStreams, int | None]]:
    """Yield a client: of your account, or of a simulator where there is none, together with that one's process."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            yield client, None
        return
    make_up(options.manifest, options.rows)
    async with TPStreams(
        ORGANIZATION,
        TOKEN,
        base_url=f"http://127.0.0.1:{options.port}",
        polling=Polling(interval=0.2, interval_max=1),
        reconcile=Reconcile(settle=2),
    ) as client:
        yield client, await simulator(client, options.port)


def make_up(manifest: Path, rows: int) -> None:
    """Write a manifest if there is none. Some of its rows are bad, each for a reason of its own."""
    if manifest.exists():
        return
    bad = ({"url": ""}, {"url": "ftp://media.example.com/old.mp4"}, {"resolutions": "999p"}, {"folder": "NoSuchPlace"})
    with manifest.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["url", "title", "resolutions", "folder", "course", "lesson"])
        table.writeheader()
        for number in range(rows):
            course, lesson = f"Course {number // 20 + 1}", number % 20 + 1
            row = {
                "url": f"https://media.example.com/{number // 20 + 1}/{lesson}.mp4",
                "title": f"{course}, lesson {lesson}",
                "resolutions": "240p,720p",
                "course": course,
                "lesson": lesson,
            }
            table.writerow(row | (bad[number // 10] if number % 10 == 7 and number // 10 < len(bad) else {}))
    print(f"Made {manifest} with {rows:,} rows, of which a few are bad")


async def simulator(client: TPStreams, port: int) -> int | None:
    """Find the simulator that an earlier run has left, or start one; return its process."""
    started: subprocess.Popen[bytes] | None = None
    while True:
        try:
            known = await process_of(client)
        except ConnectError:
            started = started or start_simulator(port)
            if started.poll() is not None:
                sys.exit(f"The simulator cannot listen on port {port}. Name another one with --port")
            await asyncio.sleep(0.1)
        except TPStreamsError as error:
            sys.exit(f"What listens on port {port} is not this simulator. Name another port with --port\n{error}")
        else:
            if started is not None:
                # It knows its process itself, so nothing that is left of an earlier one can be taken for it.
                await client.folders.create(title=f"{PROCESS}{started.pid}")
            return known if started is None else started.pid


async def process_of(client: TPStreams) -> int | None:
    """Ask the simulator for its process, as one that is there answers at once."""
    hasty = client.with_options(timeouts=Timeouts(total=5), retry=Retry(attempts=1))
    async for folder in hasty.folders.list():
        if folder.title and folder.title.startswith(PROCESS):
            return int(folder.title.removeprefix(PROCESS))
    return None


def start_simulator(port: int) -> "subprocess.Popen[bytes]":
    options = ["--port", port, "--organization-id", ORGANIZATION, "--token", TOKEN, "--speed", SPEED, "--no-fetch"]
    command = [sys.executable, "-m", "tpstreams_async.simulator", *map(str, options)]
    # In a session of its own no Ctrl-C gets to it, and without the terminal it holds none open.
    none = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - it is this very Python
        command, start_new_session=True, stdin=none, stdout=none, stderr=none
    )


async def end_simulator(client: TPStreams, process: int) -> None:
    """End the simulator, and wait until its port is free."""
    os.kill(process, signal.SIGTERM)
    with suppress(TPStreamsError):
        while True:
            await process_of(client)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(*sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(STOPPED)  # before there was a run, or a second time
