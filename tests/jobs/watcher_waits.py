"""Those who wait in random histories, and what must be true of every wait."""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

from attrs import define, field
from job_support import Watched
from watcher_world import WHOLE, FakeServer, State, VirtualLoop

from tpstreams_async import (
    Asset,
    AuthenticationError,
    ClientClosedError,
    JobFailedError,
    JobPollError,
    JobTimeoutError,
    JobVanishedError,
    PermissionDeniedError,
    Polling,
    RateLimitedError,
    TPStreamsError,
)
from tpstreams_async._clock import Clock
from tpstreams_async.jobs import JobWatcher
from tpstreams_async.models import Asset as AssetModel

SLACK = 0.01
#: The longest pause that faults ask for.
LONGEST_PAUSE = 40.0

Spec = tuple[str, str]


@define(eq=False)
class Wait:
    """One wait.

    Attributes:
        since: what was true before this can't be what ended it.
        limit: when it must have ended.
        prompt: whether its end is noted at once, and not only when somebody comes to look.
        own: tells apart waits that share nothing.
        first: whether nobody waited for it before.
        company: how many waits there were at most in the meantime.
    """

    asset_id: str
    kind: str
    began: float
    since: float
    deadline: float
    limit: float
    prompt: bool
    own: Any
    first: bool
    job: Any = None
    outcome: str = ""
    company: int = 0


@define
class Tally:
    """How long somebody waited for a job, and how often somebody came or reached the limit."""

    here: int = 0
    since: float = 0.0
    total: float = 0.0
    joins: int = 0
    expiries: int = 0

    def seconds(self, now: float) -> float:
        return self.total + (now - self.since if self.here else 0.0)


@define(eq=False)
class Waits:
    """All waits of a history."""

    loop: VirtualLoop
    server: FakeServer
    polling: Polling
    watcher: JobWatcher = field(init=False)
    open: list[Wait] = field(factory=list[Wait])
    tasks: list[asyncio.Task[None]] = field(factory=list[asyncio.Task[None]])
    cancelled: set[asyncio.Task[None]] = field(factory=set)
    tallies: dict[str, dict[Any, Tally]] = field(factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    trusted: dict[str, list[tuple[float, State]]] = field(factory=lambda: defaultdict(list))
    hints: Counter[str] = field(factory=Counter)
    news: dict[str, float] = field(factory=dict)
    jumped: float = 0.0
    slowest: float = 0.05
    closed: bool = False
    outcomes: Counter[str] = field(factory=Counter)

    def __attrs_post_init__(self) -> None:
        server: Any = self.server
        clock = Clock(uniform=self.server.chance.uniform)
        self.server.crowd = self._listable
        self.watcher = JobWatcher(SimpleNamespace(assets=server), server, self.polling, clock, lambda: None)

    # Waiting

    def start(self, story: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(self.loop.create_task(story))

    def job(self, spec: Spec) -> Any:
        asset_id, kind = spec
        if kind == "until":
            return self.watcher.until(asset_id, lambda asset: asset.video is not None and _is(asset, "completed"))
        if kind == "detail":
            return self.watcher.asset(asset_id, detail=True)
        if kind == "asset" and asset_id in self.server.states:
            folder = self.server.states[asset_id].folder
            return self.watcher.asset(Asset(id=asset_id, parent_id=folder))
        return getattr(self.watcher, kind)(asset_id)

    async def result(self, spec: Spec, timeout: float) -> None:
        job = self.job(spec)
        wait = self._begin(spec, job, timeout)
        try:
            self._check(wait, await _outcome(job.result(timeout=timeout)))
        finally:
            self._over(wait)

    async def gather(self, specs: list[Spec], timeout: float) -> None:
        jobs = [self.job(spec) for spec in specs]
        waits = [self._begin(spec, job, timeout, prompt=False) for spec, job in zip(specs, jobs, strict=True)]
        try:
            outcomes = await _outcome(self.watcher.gather(jobs, return_exceptions=True, timeout=timeout))
            if isinstance(outcomes, TPStreamsError):
                outcomes = [outcomes] * len(jobs)
            for wait, outcome in zip(waits, outcomes, strict=True):
                self._check(wait, outcome)
        finally:
            for wait in waits:
                self._over(wait)

    async def as_completed(self, specs: list[Spec], timeout: float) -> None:
        jobs = [self.job(spec) for spec in specs]
        waits = {job: self._begin(spec, job, timeout) for spec, job in zip(specs, jobs, strict=True)}
        left = dict(waits)
        try:
            async for job in self.watcher.as_completed(jobs, timeout=timeout):
                at = self.loop.time()
                self._check(left.pop(job), await _outcome(job))
                assert self.loop.time() == at, "what ended was not there at once"
                self._over(waits[job])
            assert not left, "not every job was yielded"
        except ClientClosedError:
            assert self.closed
        finally:
            for wait in left.values():
                self._over(wait)

    async def read(self, spec: Spec, timeout: float, pause: float, patience: float | None, most: int) -> None:
        job = self.job(spec)
        prompt = pause == 0.0 and patience is None
        wait = self._begin(spec, job, timeout, prompt=prompt)
        seen: list[Any] = []
        updates = job.updates(timeout=timeout)
        try:
            while len(seen) < most:
                try:
                    async with asyncio.timeout(patience):
                        update = await anext(updates)
                except TimeoutError as error:
                    if isinstance(error, JobTimeoutError):
                        raise
                    self._tally(wait).joins += 1
                    wait.limit += pause
                    await asyncio.sleep(pause)
                    continue
                self._check_update(wait, update, seen)
                wait.limit += pause
                await asyncio.sleep(pause)
            wait.outcome = "left"
        except StopAsyncIteration:
            assert seen, "no update, and no error"
            assert seen[-1].terminal, "no terminal update, and no error"
            at = self.loop.time()
            outcome = await _outcome(job)
            assert self.loop.time() == at
            assert seen[-1].outcome == ("succeeded" if isinstance(outcome, Asset) else "failed")
            self._check(wait, outcome)
        except TPStreamsError as error:
            assert not (seen and seen[-1].terminal), "an error after the last update"
            self._check(wait, error)
        finally:
            await updates.aclose()
            self._over(wait)

    def _begin(self, spec: Spec, job: Any, timeout: float, *, prompt: bool = True) -> Wait:
        asset_id, kind = spec
        now = self.loop.time()
        own = (kind, job if kind == "until" else None)
        wait = Wait(
            asset_id=asset_id,
            kind=kind,
            began=now,
            since=now,
            deadline=now + timeout,
            limit=now + timeout + self.polling.last_look,
            prompt=prompt,
            own=own,
            first=not self.tallies[asset_id][own].here,
            job=job,
        )
        tally = self._tally(wait)
        if tally.here:
            # Whoever joins others gets what they get, also from what was under way.
            wait.since = self.server.oldest_under_way(asset_id)
        else:
            tally.since = now
        tally.here += 1
        tally.joins += 1
        self.open.append(wait)
        return wait

    def _over(self, wait: Wait) -> None:
        if wait not in self.open:
            return
        now = self.loop.time()
        assert now <= wait.limit + SLACK or wait.outcome in ("", "left"), "a wait ended after its limit"
        self.open.remove(wait)
        self.outcomes[wait.outcome or "cancelled"] += 1
        tally = self._tally(wait)
        tally.here -= 1
        tally.expiries += now >= wait.deadline - SLACK
        if not tally.here:
            tally.total += now - tally.since

    def _tally(self, wait: Wait) -> Tally:
        return self.tallies[wait.asset_id][wait.own]

    # What must be true

    def _check_update(self, wait: Wait, update: Any, seen: list[Any]) -> None:
        assert not (seen and seen[-1].terminal), "an update after the last one"
        if seen:
            assert update.elapsed >= seen[-1].elapsed, f"elapsed fell from {seen[-1].elapsed} to {update.elapsed}"
            same = (update.status, update.progress) == (seen[-1].status, seen[-1].progress)
            assert update.terminal or not same, "an update without a change"
        assert update.snapshot.id == wait.asset_id
        # Whoever joins others is first told what they were told.
        since = wait.since if update.terminal else min(wait.since, self._tally(wait).since)
        statuses = [state.status for state in self._true(wait, since)]
        assert update.snapshot.video is None or update.snapshot.video.status in statuses, "an update of what was not so"
        if update.snapshot.video is not None and wait.kind in ("asset", "detail"):
            assert update.status == update.snapshot.video.status
        assert update.terminal == (update.outcome is not None)
        seen.append(update)

    def _check(self, wait: Wait, outcome: Any) -> None:
        now = self.loop.time()
        kind = "asset" if wait.kind == "detail" else wait.kind
        if not isinstance(outcome, (Asset, ClientClosedError)):
            assert outcome.job is wait.job
        if isinstance(outcome, (Asset, JobFailedError)):
            wait.outcome = "succeeded" if isinstance(outcome, Asset) else "failed"
            asset = outcome if isinstance(outcome, Asset) else outcome.snapshot
            assert asset.id == wait.asset_id, "another job's outcome"
            statuses = [s.status for s in self._true(wait, wait.since) if s.verdict(kind) == wait.outcome]
            status = asset.video.status if asset.video else None
            assert status in statuses, f"{status} was not so during {wait}"
            if wait.kind == "detail":
                assert asset.folder_tree == WHOLE
        elif isinstance(outcome, JobVanishedError):
            wait.outcome = "vanished"
            assert self._answers(wait)["404"], "it was never said to be missing"
        elif isinstance(outcome, JobPollError):
            wait.outcome = "unreachable"
            answers = self._answers(wait)
            failed = sum(count for answer, count in answers.items() if answer not in ("asset", "404", "429", ""))
            refused = isinstance(outcome.__cause__, (AuthenticationError, PermissionDeniedError))
            assert isinstance(outcome.__cause__, TPStreamsError), f"{outcome.__cause__!r}"
            assert (answers["401"] or answers["403"]) if refused else failed > self.polling.failures
        elif isinstance(outcome, JobTimeoutError):
            wait.outcome = "timed out"
            assert now >= wait.deadline - SLACK, "out of time before the time"
        elif isinstance(outcome, ClientClosedError):
            wait.outcome = "closed"
            assert self.closed
        else:
            raise AssertionError(f"{outcome!r}") from outcome

    def _true(self, wait: Wait, since: float) -> list[State]:
        """Return what was true since a moment, or was said to be by somebody who is trusted."""
        remembered = wait.began - self.polling.hint_memory
        delivered = [state for at, state in self.trusted[wait.asset_id] if at >= remembered]
        return [*filter(None, self.server.shown(wait.asset_id, since)), *delivered]

    def _answers(self, wait: Wait) -> Counter[str]:
        since = min(wait.since, self._tally(wait).since)
        return Counter(request.answer for request in self.server.gets[wait.asset_id] if request.ended >= since)

    def hold(self) -> None:
        """Check what must be true at every moment."""
        now = self.loop.time()
        assert not self.loop.complaints, self.loop.complaints
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            assert task.cancelled() == (task in self.cancelled), "a cancellation was swallowed, or made up"
            if not task.cancelled():
                task.result()
        for wait in self.open:
            wait.company = max(wait.company, len(self.open))
            assert now <= wait.limit + SLACK or not wait.prompt, "a wait goes on after its limit"
            assert now <= self._latest(wait) + SLACK, f"an end was not seen: {wait}"
            if wait.first and wait.prompt and now > max(wait.began, self.jumped) + self._turnaround(wait):
                assert self._looked(wait), f"no look was taken: {wait}"
        assert self.server.most_under_way <= self.polling.concurrency
        for asset_id in self.server.gets:
            looks, most = len(self.server.gets[asset_id]), self._most_looks(asset_id)
            assert looks <= most, f"{looks} looks at {asset_id}, where {most} would do"
        assert not self.server.in_vain
        if not self.tasks:
            watched = Watched(SimpleNamespace(jobs=self.watcher))
            assert watched.empty, "something is left of a wait"
            assert not self.server.under_way

    def hold_still(self) -> None:
        """Check what must be true when everything has run that is ready."""
        for asset_id, looks in Counter(request.what for request in self.server.under_way if request.single).items():
            jobs = sum(tally.here > 0 for tally in self.tallies[asset_id or ""].values())
            assert looks <= jobs, f"{looks} looks at {asset_id} at once, for {jobs} jobs"

    def _listable(self) -> int:
        return len({(wait.asset_id, wait.kind) for wait in self.open if wait.kind in ("asset", "detail")})

    def _latest(self, wait: Wait) -> float:
        """Return when the end must have been seen, if there was one and the server is well."""
        server, polling = self.server, self.polling
        state = server.states.get(wait.asset_id)
        verdict = state.verdict("asset" if wait.kind == "detail" else wait.kind) if state is not None else "vanished"
        if verdict == "pending" or not wait.prompt or server.faults[wait.asset_id]:
            return math.inf
        if any(isinstance(fault, RateLimitedError) for fault in server.list_faults):
            return math.inf
        steady = server.steady_since(wait.asset_id, verdict, "asset" if wait.kind == "detail" else wait.kind)
        faulty = max(server.faulty_at.get(wait.asset_id, -math.inf), server.faulty_at.get(None, -math.inf))
        ready = max(wait.began, steady, faulty + LONGEST_PAUSE, self.jumped)
        news = self.news.get(wait.asset_id, -math.inf)
        if news >= ready and verdict != "vanished":
            return news + self._turnaround(wait)
        interval = polling.interval_max
        if self.hints[wait.asset_id]:
            interval = min(interval * polling.hint_slowdown, polling.hint_memory + interval)
        jobs = sum(tally.here > 0 for tally in self.tallies[wait.asset_id].values())
        looks = server.gets[wait.asset_id]
        unseen = jobs > 1 or not any(look.answer == "asset" and look.ended >= wait.began for look in looks)
        grace = polling.not_found_grace if verdict == "vanished" and unseen else 0.0
        return ready + grace + interval * (1 + polling.jitter) + self._turnaround(wait)

    def _looked(self, wait: Wait) -> bool:
        looks = [request.began for request in self.server.gets[wait.asset_id][-1:]]
        pages = [request.began for request in self.server.pages[-1:]]
        return max(looks + pages, default=-math.inf) >= wait.began

    def _turnaround(self, wait: Wait) -> float:
        """Return how long a look that is due may take until its answer is there, with all others before it."""
        server = self.server
        looks = 2 * (wait.company + 1) / self.polling.concurrency + 1
        pages = 2 * (len(server.states) / server.style.size + 4)
        return self.slowest * (looks + pages) + 1.0

    def _most_looks(self, asset_id: str) -> float:
        """Return how many looks of its own the schedule allows."""
        polling, now = self.polling, self.loop.time()
        longest = polling.interval_max * (1 - polling.jitter)
        shortest = min(polling.interval, polling.interval_max) * (1 - polling.jitter)
        if not shortest:
            return math.inf
        steps = math.log(max(1.0, polling.interval_max / polling.interval), max(polling.growth, 1.0 + 1e-9))
        changes, hints = len(self.server.history[asset_id]), self.hints[asset_id]
        most = 1.0 * sum(wait.asset_id == asset_id and now >= wait.deadline for wait in self.open)
        for tally in self.tallies[asset_id].values():
            seconds = tally.seconds(now)
            resets = 1 + tally.joins + hints + 3 * changes
            by_growth = resets * (math.ceil(steps) + 1) + seconds / longest
            most += min(seconds / shortest, by_growth) + tally.joins + hints + tally.expiries
            if asset_id not in self.server.states:
                # What is missing is looked for at the same pace until it counts as gone.
                most += min(seconds, polling.not_found_grace) / shortest
        return most + SLACK


def _is(asset: AssetModel, word: str) -> bool:
    return asset.video is not None and (asset.video.status or "").strip().lower() == word


async def _outcome(awaitable: Any) -> Any:
    try:
        return await awaitable
    except TPStreamsError as error:
        return error
