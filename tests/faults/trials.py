"""A call of a route that is about to be made, and has to end well or in one of our errors, without a secret."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import faults.job_calls  # noqa: F401 - enters its calls
import pytest
from faults.acts import success
from faults.calls import CALLS, ROUTES, Call, Made, Stage, place
from support.canaries import report

from tpstreams_async import TPStreamsError
from tpstreams_async._route import Route
from tpstreams_async.simulator import Fault


class Trial:
    """A call of a route, about to be made."""

    def __init__(self, name: str, stage: Stage, make: Made) -> None:
        self.route: Route = ROUTES[name]
        self.call: Call = CALLS[name]
        self.sim = stage.sim
        self._stage = stage
        self._make = make
        #: What nobody may see, as far as it is known.
        self.hidden: set[str] = stage.secrets()

    def meets(self, fault: Fault, *, times: int | None = 1) -> None:
        self.sim.faults.add(self.route.method, place(self.route), fault, times=times)

    @property
    def arrivals(self) -> list[float]:
        """When requests for the route arrived."""
        found = self.sim.journal.requests(self.route.method, place(self.route))
        return [round(record.at, 1) for record in found]

    async def succeeds(self) -> object:
        result = await success(self._make(), within=120)
        self._keeps_quiet(repr(result))
        return result

    async def fails(self, kind: type[TPStreamsError]) -> Any:
        with pytest.raises(TPStreamsError) as caught:
            await success(self._make(), within=120)
        error = caught.value
        assert type(error) is kind, report(error)
        self._keeps_quiet(report(error))
        return error

    async def ends(self, *, cancelled_in: float | None = None) -> object:
        """Make the call, and return its result or its error."""
        task = asyncio.ensure_future(self._make())
        if cancelled_in is not None:
            await asyncio.sleep(cancelled_in)
            task.cancel()
        try:
            ended: object = await success(task, within=120)
        except (TPStreamsError, asyncio.CancelledError) as error:
            ended = error
        assert isinstance(ended, asyncio.CancelledError) == (cancelled_in is not None)
        self._keeps_quiet(report(ended) if isinstance(ended, BaseException) else repr(ended))
        return ended

    def _keeps_quiet(self, shown: str) -> None:
        self.hidden |= self._stage.secrets()
        assert not [secret for secret in self.hidden if secret in shown]


#: Sets up a route: ``trial = await begin("TRIM")``.
Begin = Callable[[str], Awaitable[Trial]]
