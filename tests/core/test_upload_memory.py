"""What is uploaded from memory is not copied as a whole: that would hold up the event loop, and take room twice."""

import io
import tracemalloc
from typing import Any

import pytest
from support.uploads import CLIP, LARGE, arrived

from tpstreams_async import InvalidInputError
from tpstreams_async.simulator import Simulator
from tpstreams_async.upload import source


def of_bytearray(content: bytes) -> memoryview:
    return memoryview(bytearray(content))


async def test_a_bytes_io_may_be_written_to_while_it_is_uploaded(sim: Simulator, client: Any) -> None:
    file = io.BytesIO(LARGE)

    def meddle(_: int, __: int) -> None:
        file.truncate(0)
        file.write(b"other")

    asset = await client.assets.upload(file, **CLIP, progress=meddle)
    assert arrived(sim, asset.id, LARGE)
    assert file.getvalue().endswith(b"other")


@pytest.mark.parametrize("end", ["success", "failure"])
async def test_memory_that_was_uploaded_is_let_go_of(end: str, client: Any) -> None:
    memory = bytearray(LARGE)

    def progress(done: int, _: int) -> None:
        if end == "failure" and done > 3_000_000:
            raise KeyError

    upload = client.assets.upload(memory, **CLIP, progress=progress)
    if end == "success":
        await upload
    else:
        with pytest.raises(KeyError) as caught:
            await upload
        assert caught.tb, "its frames are still there"
    memory.append(0)


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, of_bytearray, io.BytesIO])
async def test_what_is_in_memory_is_not_there_twice(form: Any, sim: Simulator, client: Any) -> None:
    given = form(LARGE * 5)
    tracemalloc.start()
    try:
        asset = await client.assets.upload(given, **CLIP)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert arrived(sim, asset.id, LARGE * 5)
    assert peak < len(LARGE) * 2


@pytest.mark.parametrize("form", [bytearray, memoryview, of_bytearray])
async def test_what_is_too_large_is_not_copied_first(
    form: Any, sim: Simulator, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", len(LARGE) - 1)
    given = form(LARGE)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInputError, match="at the most"):
            await client.assets.upload(given, **CLIP)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (sim.journal.count(), peak < 1_000_000) == (0, True)
