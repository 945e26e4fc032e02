"""The examples run as they stand, and what they print is true."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.looptime
async def test_quickstart_tells_the_truth_about_the_real_clip(capsys: pytest.CaptureFixture[str]) -> None:
    quickstart = runpy.run_path(str(EXAMPLES / "quickstart.py"))
    await quickstart["main"]()
    printed = capsys.readouterr().out
    assert f"{(EXAMPLES / 'clip.mp4').stat().st_size:,}" in printed
    assert "│ duration     │ 7 s " in printed
    assert "Auto Generated, Uploaded" in printed
    assert "to the first 3 s of 7 s" in printed
    assert "is gone" in printed
    assert "All of it awaited" in printed
