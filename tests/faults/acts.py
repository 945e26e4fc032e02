"""The calls that faults are tried on, how a call has to end, and the words for what happened."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import pytest

from tpstreams_async import OutcomeUnknownError, TPStreams, TPStreamsError
from tpstreams_async.simulator import Fault, Simulator

T = TypeVar("T")
E = TypeVar("E", bound=TPStreamsError)

VIDEO: dict[str, Any] = {"inputs": ["https://origin.example/clip.mp4"], "resolutions": ["240p"], "title": "Clip"}

ACTS: dict[str, Callable[[TPStreams, str], Awaitable[Any]]] = {
    "get": lambda client, asset_id: client.assets.get(asset_id),
    "list": lambda client, _: client.assets.list().collect(),
    "create": lambda client, _: client.assets.create(**VIDEO),
    "delete": lambda client, asset_id: client.assets.delete(asset_id),
}
#: What they are called in a story.
NAMES = {"get": "a read", "list": "a read", "create": "a creation", "delete": "a DELETE"}
every_act = pytest.mark.parametrize("act", ACTS)
every_read = pytest.mark.parametrize("act", ["get", "list"])

#: Understood by every one of the acts.
ANY_ANSWER: dict[str, Any] = {"id": "asset1", "title": "One", "type": "video", "results": []}

#: Seconds that a call may take with the usual settings.
DEADLINE = 60.0

FIND_OUT = "To find out: await client.assets.find(title="
LOOK = "To find out: look at the asset with client.assets.get"
LATER = "Try again later"

#: What differs from run to run, or from act to act, and tells nothing.
_NOISE = re.compile(r"(https?://)?(127\.0\.0\.1|localhost):\d+[\w/]*")
_NAME = re.compile(r"assets\.\w+: ")


class Case(NamedTuple):
    """A fault, and how many videos there are after a creation that met it."""

    what: str
    fault: Fault
    videos: int = 1


def of_row(row: pytest.MarkDecorator, what: str, fault: Fault, videos: int = 1) -> Any:
    """Return a case as a parameter of tests."""
    return pytest.param(Case(what, fault, videos), id=what, marks=row)


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


async def success(call: Awaitable[T], *, within: float = DEADLINE) -> T:
    """Return the result of a call that has to end in time."""
    async with asyncio.timeout(within + 0.1):
        return await call


async def failure(kind: type[E], says: str, call: Awaitable[object], *, within: float = DEADLINE) -> E:
    """Return the error of a call that has to fail with this very class, with these words, and in time."""
    with pytest.raises(kind, match=re.escape(says)) as caught:
        await success(call, within=within)
    assert type(caught.value) is kind
    return caught.value


def story(outcome: object, sent: int, videos: int | None = None) -> str:
    """Say what the server saw of a call, and what its caller got."""
    parts = [f"{sent} request{'s'[: sent != 1]}"]
    if videos is not None:
        parts.append(f"{videos} video{'s'[: videos != 1]}")
    ended = "success"
    if isinstance(outcome, BaseException):
        ended = f"{type(outcome).__name__}: {_NOISE.sub('…', _NAME.sub('', str(outcome), count=1))}"
    return f"{', '.join(parts)}; {ended}"


async def read_survives(sim: Simulator, client: TPStreams, act: str, fault: Fault) -> str:
    """Make a read whose first attempt meets a fault: the second one has to succeed. Return the story."""
    asset_id = sim.add_asset("Found")
    sim.faults.add("GET", "*", fault)
    result = await success(ACTS[act](client, asset_id))
    assert [asset.id for asset in (result if act == "list" else [result])] == [asset_id]
    assert sim.journal.count("GET") == sim.journal.count() == 2
    return story(result, 2)


async def read_gives_up(
    kind: type[TPStreamsError], says: str, sim: Simulator, client: TPStreams, fault: Fault, *, sent: int = 4
) -> str:
    """Make a ``get`` all of whose attempts meet a fault: it has to end with this error. Return the story."""
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", fault, times=None)
    error = await failure(kind, says, client.assets.get(asset_id))
    assert getattr(error, "attempts", sent) == sent
    assert sim.journal.count("GET") == sim.journal.count() == sent
    return story(error, sent)


async def creation_is_unknown(sim: Simulator, client: TPStreams, case: Case) -> str:
    """Make a creation that meets a fault: one request, and an outcome that is unknown until one looks.

    Returns:
        The story.
    """
    sim.faults.add("POST", "*", case.fault, times=None)
    error = await failure(OutcomeUnknownError, FIND_OUT, ACTS["create"](client, ""))
    assert error.attempts == 1
    assert sim.journal.count("POST") == sim.journal.count() == 1
    assert len(sim.assets) == case.videos
    found = await success(client.assets.find(title=VIDEO["title"], input=VIDEO["inputs"][0]), within=0)
    assert [asset.id for asset in found] == list(sim.assets)
    return story(error, 1, case.videos)
