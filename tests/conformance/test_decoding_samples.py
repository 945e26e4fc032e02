"""Samples become models without loss: what is in no field is in `extra`."""

from collections.abc import Callable
from typing import Any

import pytest
from asks import ASKS
from catalogue import ANSWERS, DELIVERIES, of_both
from sides import losses
from support.scripted import answer

from tpstreams_async import Asset, TranscodingJob, codec
from tpstreams_async.models.upload import UploadStart

Load = Callable[[str], Any]

#: Those that are no answer to one call of the client, or only the beginning of one.
ALONE: dict[str, type] = {
    "upload_announced": UploadStart,
    "asset_shown_with_expiry": Asset,
    "video_delivered": Asset,
    "live_stream_delivered": Asset,
    "recording_delivered": Asset,
    "transcoding_delivered": TranscodingJob,
}
#: The one key that a recording has in another place than every other video; models have it in `extra`.
UNKNOWN = {"recording_delivered": {"enable_drm_for_recording"}}


def test_every_answer_and_delivery_is_decoded() -> None:
    assert ASKS.keys() | ALONE.keys() == ANSWERS.keys() | DELIVERIES.keys()


@pytest.mark.looptime
@pytest.mark.parametrize(("name", "load"), of_both(ASKS))
async def test_a_call_loses_nothing_of_its_answer(name: str, load: Load, scripted: Any, make_client: Any) -> None:
    data = load(name)
    server = await scripted(answer(data, ANSWERS[name][0]))
    made = await ASKS[name](make_client(server))
    rows = data["results"] if isinstance(made, tuple) and isinstance(data, dict) else data
    assert list(losses(rows, made)) == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(("name", "load"), of_both(ALONE))
def test_a_model_loses_nothing_of_its_data(name: str, load: Load) -> None:
    data = load(name)
    if ALONE[name] is Asset:
        data = {"id": "asset1", **data}
    made = codec.structure(ALONE[name], data)
    assert list(losses(data, made)) == []
    if isinstance(made, Asset):
        assert made.video is None or set(made.video.extra) == UNKNOWN.get(name, set())
    assert not made.extra


def test_losses_are_found() -> None:
    data = {"id": "a", "new": {"x": 1}, "bytes": 7, "video": {"status": "Completed", "tracks": [{"id": 1}, {"id": 2}]}}
    made = codec.structure(Asset, data)
    assert list(losses(data, made)) == []
    for other in (
        {**data, "newer": 1},
        {**data, "new": {"x": 2}},
        {**data, "bytes": 8},
        {**data, "video": {"status": "Completed", "tracks": [{"id": 1}]}},
        {**data, "video": {"status": "Completed", "tracks": [{"id": 1}, {"id": 3}]}},
        {**data, "video": None},
        {key: value for key, value in data.items() if key != "new"},
    ):
        assert len(list(losses(other, made))) == 1
