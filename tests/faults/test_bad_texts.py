"""Texts of all kinds go through unchanged; those that would break a line or a header are refused unsent."""

import json
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Tell
from support.canaries import CANARY, report

from tpstreams_async import InvalidInputError, TPStreams
from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.multipart import parse_form

pytestmark = pytest.mark.looptime

URL = "https://origin.example/clip.mp4"
VTT = b"WEBVTT\n"

TEXTS = {
    "umlauts": "Größe, Übung",
    "composed of several characters": unicodedata.normalize("NFD", "Größe"),
    "Chinese": "第一课",
    "right to left": "الدرس \u200f الأول",
    "family of emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7",
    "beyond the first plane": "\U00020000\U0010fffd",
    "separators of Unicode": "a\u2028b\u2029c\u0085d\u00a0e",
    "quotes and angles": "\"a\" & <b> 'c' \\ %0A",
    "100,000 characters": "長" * 100_000,
}
every_text = pytest.mark.parametrize("what", TEXTS)


@pytest.mark.row(71)
@every_text
async def test_a_title_goes_through_unchanged(what: str, sim: Simulator, client: Any, told: Tell) -> None:
    text = TEXTS[what]
    asset = await client.assets.create(inputs=[URL], resolutions=["240p"], title=text)
    assert asset.title == text
    assert sim.assets[asset.id]["title"] == text
    assert json.loads(sim.journal[0].body)["title"] == text
    assert (await client.assets.get(asset.id)).title == text
    assert [found.id for found in await client.assets.find(title=text)] == [asset.id]
    told(f"a creation, its title {what}", "there and back unchanged, and found by it")


@pytest.mark.row(71)
@every_text
async def test_the_name_of_a_subtitle_goes_through_unchanged(
    what: str, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset()
    await client.assets.upload_subtitle(asset_id, VTT, name=TEXTS[what], language="de")
    (record,) = sim.journal
    assert parse_form(record.headers["Content-Type"], record.body)["name"].data.decode() == TEXTS[what]
    (track,) = (await client.assets.get(asset_id)).subtitles
    assert track.name == TEXTS[what]
    told(f"a subtitle, its name {what}", "there and back unchanged")


@pytest.mark.row(71)
@pytest.mark.parametrize("name", ["Größe.png", "第一课.png", "\U0001f3ac.png", "الدرس.png"])
async def test_the_name_of_a_file_goes_through_unchanged(
    name: str, sim: Simulator, client: Any, tmp_path: Path, told: Tell
) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n0000")
    await client.assets.upload_thumbnail(sim.add_asset(), tmp_path / name)
    (record,) = sim.journal
    assert parse_form(record.headers["Content-Type"], record.body)["thumbnail"].filename == name
    told(f"a thumbnail from a file named {name}", "unchanged")


async def refused(sim: Simulator, argument: str, call: Awaitable[object]) -> InvalidInputError:
    """Make a call that has to be refused because of this argument, without a request."""
    with pytest.raises(InvalidInputError, match=argument.partition("[")[0]) as caught:
        await call
    assert caught.value.argument == argument
    assert sim.journal.count() == 0
    return caught.value


BREAKS = {
    "CR": "a\rb",
    "LF": "a\nb",
    "CR LF and a header": "a\r\nX-Injected: 1",
    "LF at its end": "a\n",
    "NUL": "a\0b",
    "a lone surrogate": "a\ud800b",
    "the other half of a pair": "\udc00",
    "DEL": "a\x7f",
    "ESC": "\x1b[31m",
}
LINES: dict[str, tuple[str, Callable[[Any, str], Awaitable[object]]]] = {
    "a title": ("title", lambda assets, text: assets.create(inputs=[URL], resolutions=["240p"], title=text)),
    "a title to find": ("title", lambda assets, text: assets.find(title=text)),
    "the name of a subtitle": ("name", lambda assets, text: assets.upload_subtitle("asset1", VTT, name=text)),
    "a language": ("language", lambda assets, text: assets.upload_subtitle("asset1", VTT, language=text)),
    "an input": ("inputs[0]", lambda assets, text: assets.create(inputs=[URL + text], resolutions=["240p"])),
    "a resolution": ("resolutions[0]", lambda assets, text: assets.create(inputs=[URL], resolutions=[text])),
    "a protection": (
        "content_protection_type",
        lambda assets, text: assets.create(inputs=[URL], resolutions=["240p"], content_protection_type=text),
    ),
    "a folder": ("folder", lambda assets, text: assets.create(inputs=[URL], resolutions=["240p"], folder=text)),
}


@pytest.mark.row(72)
@pytest.mark.parametrize("what", BREAKS)
@pytest.mark.parametrize("where", LINES)
async def test_a_text_that_breaks_a_line_is_refused(
    where: str, what: str, sim: Simulator, client: Any, told: Tell
) -> None:
    argument, call = LINES[where]
    error = await refused(sim, argument, call(client.assets, BREAKS[what]))
    str(error).encode("ascii")
    told(f"{where} with {what}", f"0 requests; InvalidInputError: {error}")


@pytest.mark.row(72)
@pytest.mark.parametrize("name", ["a\r\nX-Injected: 1.png", "a\nb.png", 'a"; name="b.png', "a\x1b.png"])
async def test_the_name_of_a_file_cannot_break_the_form(
    name: str, sim: Simulator, client: Any, tmp_path: Path, told: Tell
) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n0000")
    await client.assets.upload_thumbnail(sim.add_asset(), tmp_path / name)
    (record,) = sim.journal
    parts = parse_form(record.headers["Content-Type"], record.body)
    assert list(parts) == ["thumbnail"]
    assert b"\nX-Injected" not in record.body
    told(f"a thumbnail from a file named {name!r}", f"sent as {parts['thumbnail'].filename}")


TOKENS: dict[str, Any] = {
    "CR LF and a header": f"{CANARY}\r\nX-Injected: 1",
    "LF at its end": f"{CANARY}\n",
    "CR": f"\r{CANARY}",
    "a tab": f"{CANARY}\t",
    "a space": f"Token {CANARY}",
    "DEL": f"{CANARY}\x7f",
    "an umlaut": f"{CANARY}ä",
    "another script's digit": f"{CANARY}\u0663",
    "513 characters": CANARY.ljust(513, "x"),
    "NUL": f"{CANARY}\0",
    "a lone surrogate": f"{CANARY}\ud800",
    "bytes": CANARY.encode(),
}
#: What no system lets one put into its environment.
NOT_FROM_OUTSIDE = ("NUL", "a lone surrogate", "bytes")


@pytest.mark.row(73)
@pytest.mark.parametrize(
    ("what", "given_by"),
    [
        *[(what, "the argument") for what in TOKENS],
        *[(what, "the environment") for what in TOKENS if what not in NOT_FROM_OUTSIDE],
    ],
)
def test_a_token_that_fits_no_header_is_refused_and_not_shown(
    what: str, given_by: str, monkeypatch: pytest.MonkeyPatch, told: Tell
) -> None:
    given = [TOKENS[what]]
    if given_by == "the environment":
        monkeypatch.setenv("TPSTREAMS_TOKEN", given.pop())
    with pytest.raises(InvalidInputError, match="must be the token alone: 1 to 512 visible ASCII characters") as caught:
        TPStreams("sim001", *given)
    assert caught.value.argument == "token"
    assert CANARY not in report(caught.value)
    told(f"a token from {given_by} with {what}", caught.value)


@pytest.mark.row(73)
@pytest.mark.parametrize("given", [[], [""]], ids=["none", "empty"])
def test_a_token_that_is_missing_is_asked_for(given: list[str], told: Tell) -> None:
    with pytest.raises(InvalidInputError, match="TPSTREAMS_TOKEN") as caught:
        TPStreams("sim001", *given)
    assert caught.value.argument == "token"
    told("an empty token" if given else "no token", caught.value)
