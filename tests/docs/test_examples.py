"""The examples run as they stand, and what they print is true."""

import asyncio
import re
import runpy
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tpstreams_async.simulator import Simulator

EXAMPLES = Path(__file__).parents[2] / "examples"
CLIP = EXAMPLES / "clip.mp4"


def load(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / name))


@pytest.mark.looptime
async def test_quickstart_tells_the_truth_about_the_real_clip(capsys: pytest.CaptureFixture[str]) -> None:
    await load("quickstart.py")["main"]()
    printed = capsys.readouterr().out
    assert f"{CLIP.stat().st_size:,}" in printed
    assert "│ duration     │ 7 s " in printed
    assert "Auto Generated, Uploaded" in printed
    assert "to the first 3 s of 7 s" in printed
    assert "is gone" in printed
    assert "All of it awaited" in printed


@pytest.mark.looptime
@pytest.mark.parametrize(("has_rich", "full"), [(True, "146.6/146.6 kB"), (False, "] 146,567 of 146,567 bytes")])
async def test_upload_fills_its_bar_and_waits(
    has_rich: bool, full: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    await load("upload.py")["main"]()
    printed = capsys.readouterr().out
    assert full in printed
    # The file is read in a thread, which virtual time does not wait for: some of what the server does is over by then.
    life = ["Not Started", "Uploading", "Queued", "Processing", "Transcoding", "Completed"]
    shown = [status for status in life if status in printed]
    assert shown[-1] == "Completed"
    assert [printed.index(status) for status in shown] == sorted(printed.index(status) for status in shown)
    assert printed.endswith("It plays: 7 s in 240p, 480p\n")


@pytest.mark.looptime
async def test_upload_says_what_became_of_a_file_that_is_no_video(
    account: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no video")
    with pytest.raises(SystemExit, match="never play, the server says 'Error'"):
        await load("upload.py")["main"](notes)
    (upload,) = account.uploads.values()
    assert upload.size_bytes == 8
    assert f"To organization {account.organization_id} at {account.url}" in capsys.readouterr().out


@pytest.mark.looptime
async def test_live_stream_goes_from_schedule_to_cut_recording(capsys: pytest.CaptureFixture[str]) -> None:
    await load("live_stream.py")["main"]()
    printed = capsys.readouterr().out
    steps = ["schedule", "the server is there", "the encoder is connected", "to be kept", "plays, 10 s", "is gone"]
    assert [step for _, step in sorted((printed.index(step), step) for step in steps)] == steps


@pytest.mark.looptime
async def test_live_stream_hands_over_its_key_and_never_prints_it(
    account: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example = load("live_stream.py")
    running = asyncio.create_task(example["main"]())
    file = example["KEY_FILE"]
    await asyncio.sleep(120)  # by then there is a server, and nobody streams to it
    ((asset_id, asset),) = account.assets.items()
    key = asset["live_stream"]["stream_key"]
    assert file.read_text() == f"{key}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    account.begin_streaming(asset_id)
    await running
    assert not file.exists()
    assert not account.assets
    printed = capsys.readouterr().out
    assert "with the key in stream_key.txt" in printed
    assert "plays, 10 s" in printed
    assert key not in printed


@pytest.mark.looptime
async def test_access_tokens_show_every_state(capsys: pytest.CaptureFixture[str]) -> None:
    await load("access_tokens.py")["main"]()
    printed = capsys.readouterr().out
    assert "static watermark: 'Asha Rao', #FFFFFF, opacity 0.5" in printed
    assert "dynamic watermark: 'asha@example.com', #FF0000, opacity 0.3" in printed
    assert "after a viewer played: Used" in printed
    assert "when they are over: Expired" in printed
    (address,) = re.findall(r"to embed: (http\S+)", printed)
    assert re.search(r"/embed/sim001/\w{11}/$", address.partition("?")[0])
    assert parse_qs(urlsplit(address).query).keys() == {"access_token", "autoplay", "muted", "playRates", "viewer_id"}


@pytest.mark.looptime
async def test_access_tokens_are_for_the_video_that_is_named(
    account: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    other = account.add_asset("Other")
    chosen = account.add_asset("Chosen")
    account.add_asset("Being made", status="Transcoding")  # the list has the newest first
    main = load("access_tokens.py")["main"]
    await main()
    assert f"Tokens for {chosen}, 'Chosen'" in capsys.readouterr().out
    await main(other)
    assert f"Tokens for {other}, 'Other'" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="NotFoundError"):
        await main("AbCdEfGhJkM")
