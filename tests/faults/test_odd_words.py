"""Words that nobody knows or that are spelt otherwise, and members that are missing, null or new."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from faults.acts import failure, success
from faults.conftest import Tell
from support.payloads import ASSET, LIVE_ASSET, MESSAGE, TRIM_REVERT, TRIM_START, TRIM_STATUS
from support.scripted import ScriptedServer, answer
from support.strategies import places, replaced

from tpstreams_async import DecodeError, JobFailedError, JobTimeoutError, OutcomeUnknownError, TPStreams
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

STRANGE = ["Sharpening", "completedd", "Completed?", "完了", "0", "None", "x" * 500]
WAITS = ["", "Queued", "QUEUED", "not_started", "Not-Started", "  not   started  ", "transcoding"]
DONE = ["Completed", "completed", "COMPLETED", " cOmPlEtEd "]
FAILED = ["Error", "error", "ERROR"]
TRIM_WAITS = ["PENDING", "in_progress", "In-Progress", "processing"]
TRIM_DONE = ["COMPLETED", "success", "SUCCEEDED"]
TRIM_FAILED = ["FAILED", "error", "cancelled", "CANCELLED"]


async def asset_with(sim: Simulator, client: TPStreams, status: str) -> Any:
    return client.jobs.asset(sim.add_asset(status=status))


async def trim_with(sim: Simulator, client: TPStreams, status: str) -> Any:
    sim.faults.clear()
    start = await client.assets.trim(sim.add_asset(), end_time=9)
    body = {**TRIM_STATUS, "id": start.trim_job_id, "status_display": status}
    sim.faults.add("GET", "assets/<id>/trim/status/", Fault.status(200, body=body), times=None)
    return client.jobs.trim(start)


def shown(job: Any) -> str | None:
    word: str | None = job.latest.status if job.kind == "asset" else job.latest.status_display
    return word


every_kind = pytest.mark.parametrize("make", [asset_with, trim_with], ids=["asset", "trim"])


@pytest.mark.row(49)
@pytest.mark.parametrize("status", STRANGE)
@every_kind
async def test_a_word_that_nobody_knows_is_kept_and_said_once(
    status: str, make: Any, sim: Simulator, client: Any, told: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    job = await make(sim, client, status)
    for _ in range(2):
        error = await failure(JobTimeoutError, "had not ended after 100 s", job.result(timeout=100), within=100)
        assert shown(job) == status
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"{job.kind} job of {job.id}" in record.getMessage()
    assert "unknown status" in record.getMessage()
    assert repr(status)[:70] in record.getMessage()
    told(f"two waits for the {job.kind}, status {status[:20]}", f"a warning; each {type(error).__name__} after 100 s")


@pytest.mark.row(49)
async def test_a_word_that_nobody_knows_does_not_keep_a_wait_from_its_end(
    sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset(status="Sharpening")
    job = client.jobs.asset(asset_id)
    words = []
    async for update in job.updates():
        words.append(update.status)
        sim.set_status(asset_id, None if update.status == "Polishing" else "Polishing")
    assert words == ["Sharpening", "Polishing", "Completed"]
    told("a wait, status Sharpening, then Polishing, then Completed", f"success: {(await job).status}")


@pytest.mark.row(49)
async def test_a_read_shows_a_word_that_nobody_knows(sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset(status="Sharpening")
    for asset in (await client.assets.get(asset_id), await client.assets.list().first()):
        assert (asset.status, asset.video.status) == ("Sharpening", "Sharpening")
        told("a read, status Sharpening", f"status is {asset.status}")


@pytest.mark.row(51)
@pytest.mark.parametrize(
    ("make", "status", "ending"),
    [
        *[(asset_with, status, JobTimeoutError) for status in WAITS],
        *[(asset_with, status, None) for status in DONE],
        *[(asset_with, status, JobFailedError) for status in FAILED],
        *[(trim_with, status, JobTimeoutError) for status in TRIM_WAITS],
        *[(trim_with, status, None) for status in TRIM_DONE],
        *[(trim_with, status, JobFailedError) for status in TRIM_FAILED],
    ],
)
async def test_a_word_means_the_same_however_it_is_spelt(
    make: Any, status: str, ending: Any, sim: Simulator, client: Any, told: Tell
) -> None:
    says = {JobFailedError: f"failed: the server says {status!r}", JobTimeoutError: "had not ended after 60 s"}
    job = await make(sim, client, status)
    wait = job.result(timeout=60)
    outcome = await (success(wait) if ending is None else failure(ending, says[ending], wait))
    assert shown(job) == status, "it is kept as it is"
    told(f"a wait for the {job.kind}, status {status!r}", "success" if ending is None else type(outcome).__name__)


@pytest.mark.row(51)
@every_kind
async def test_no_spelling_of_a_known_word_is_called_unknown(
    make: Any, sim: Simulator, client: Any, told: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    words = WAITS if make is asset_with else TRIM_WAITS
    for status in words:
        await failure(JobTimeoutError, "had not ended", (await make(sim, client, status)).result(timeout=5))
    assert not caplog.records
    told(f"waits, status {', '.join(map(repr, words))}", "no warning")


#: By what the answer is: a sample of it, and a call that gets it.
ANSWERS: dict[str, tuple[dict[str, Any], Callable[[TPStreams], Any]]] = {
    "a video": (ASSET, lambda client: client.assets.get("abc234DEF56")),
    "a live stream": (LIVE_ASSET, lambda client: client.assets.get("abc234DEF56")),
    "a video in a list": (ASSET, lambda client: client.assets.list().first()),
    "the status of a trim": (TRIM_STATUS, lambda client: client.assets.trim_status("abc234DEF56")),
    "a trim that was asked for": (TRIM_START, lambda client: client.assets.trim("abc234DEF56", end_time=30)),
    "a revert that was asked for": (TRIM_REVERT, lambda client: client.assets.revert_trim("abc234DEF56")),
    "a move": (MESSAGE, lambda client: client.assets.move("abc234DEF56")),
}
every_answer = pytest.mark.parametrize("what", ANSWERS)
#: Nobody could tell what an answer is about without the first two; the third is the client's own knowledge, and the
#: last one is the name of a codec.
NO_FIELDS = [("id",), ("trim_job_id",), ("asset_id",), ("video", "output_urls", "h264")]


class Asked:
    """A call to be made again and again, and what its answers are made from."""

    def __init__(self, what: str, server: ScriptedServer, client: TPStreams) -> None:
        self.sample, self._call = ANSWERS[what]
        self._in_list = "list" in what
        self._server = server
        self._client = client
        self.fields = [path for path in places(self.sample) if isinstance(path[-1], str) and path not in NO_FIELDS]
        inside = [path for path in places(self.sample) if isinstance(at(self.sample, path), dict)]
        self.objects = [(), *(path for path in inside if path[-1] != "output_urls")]

    async def understood(self, data: Any) -> Any:
        """Return what the call makes of an answer."""
        self._server.steps = [answer({"results": [data]} if self._in_list else data)]
        return await success(self._call(self._client))


@pytest.fixture
async def asked(what: str, scripted: Any, make_client: Any) -> Asked:
    server = await scripted()
    return Asked(what, server, make_client(server))


def without(data: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy without what is at a path."""
    *outer, last = path
    copied = copy.deepcopy(data)
    del at(copied, tuple(outer))[last]
    return copied


def at(data: Any, path: tuple[Any, ...]) -> Any:
    """Return what decoded JSON, or the model that was made of it, has at a path."""
    for key in path:
        data = data[key] if isinstance(data, (dict, list, tuple)) else getattr(data, key)
    return data


def inside(path: tuple[Any, ...], outer: tuple[Any, ...]) -> bool:
    return path[: len(outer)] == outer


@pytest.mark.row(50)
@every_answer
async def test_a_field_that_is_missing_or_null_is_none_or_empty(what: str, asked: Asked, told: Tell) -> None:
    whole = await asked.understood(asked.sample)
    for path in asked.fields:
        missing = await asked.understood(without(asked.sample, path))
        assert missing == await asked.understood(replaced(asked.sample, path, None))
        assert at(missing, path) in (None, (), {})
        others = [other for other in asked.fields if not inside(other, path) and not inside(path, other)]
        assert all(at(missing, other) == at(whole, other) for other in others)
    told(f"{what}, each field missing, then null ({len(asked.fields)} in all)", "None or empty, and all else as it was")


@pytest.mark.row(50)
@every_answer
async def test_a_field_that_is_new_is_kept_beside_the_others(what: str, asked: Asked, told: Tell) -> None:
    whole = await asked.understood(asked.sample)
    for path in asked.objects:
        for value in (None, 7, "text", {"deep": [1]}):
            grown = copy.deepcopy(asked.sample)
            at(grown, path)["brand_new"] = value
            model = await asked.understood(grown)
            assert dict(at(model, path).extra) == {"brand_new": value}
            others = [other for other in asked.fields if not inside(path, other)]
            assert all(at(model, other) == at(whole, other) for other in others)
    told(f"{what}, a new field in each object ({len(asked.objects)} in all)", "in .extra, and all else as it was")


@pytest.mark.row(50)
@pytest.mark.parametrize(
    ("what", "name", "kind"),
    [
        ("a video", "id", DecodeError),
        ("a video in a list", "id", DecodeError),
        ("a trim that was asked for", "trim_job_id", OutcomeUnknownError),
    ],
)
@pytest.mark.parametrize("null", [True, False], ids=["null", "missing"])
async def test_what_an_answer_is_about_must_be_there(
    null: bool, what: str, name: str, kind: Any, asked: Asked, told: Tell
) -> None:
    broken = replaced(asked.sample, (name,), None) if null else without(asked.sample, (name,))
    with pytest.raises(kind, match=f"'{name}' is missing") as caught:
        await asked.understood(broken)
    told(f"{what}, {name} {'null' if null else 'missing'}", caught.value)
