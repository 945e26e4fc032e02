"""Several videos in one request: what is sent, in which order they come back, and which one a refusal is about."""

import pickle
from typing import Any

import orjson
import pytest
from support.canaries import CANARY, SIGNED, faces, report
from support.scripted import ScriptedServer, answer, hang_up

from tpstreams_async import (
    Asset,
    BadRequestError,
    DecodeError,
    Input,
    InvalidInputError,
    NewVideo,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
)

URL = "https://origin.example/clip.mp4"
ONE: dict[str, Any] = {"inputs": [URL], "resolutions": ["240p"]}


def new(title: str | None = None, **more: Any) -> NewVideo:
    return NewVideo(**{**ONE, "title": title, **more})


def rows(*titles: str | None) -> list[dict[str, Any]]:
    """Return the answer to a creation of videos with these titles."""
    return [{"id": f"asset{number}", "title": title, "type": "video"} for number, title in enumerate(titles)]


def sent(server: ScriptedServer) -> Any:
    (request,) = server.requests
    assert request.headers["content-type"] == "application/json"
    assert (request.method, request.target) == ("POST", f"/api/v1/{server.organization_id}/assets/videos/bulk-create/")
    return orjson.loads(request.body)


async def test_models_and_dicts_are_sent_as_a_list_in_their_order(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(rows("One", "Two", "Three"), 201))
    assets = await make_client(server).assets.bulk_create(
        [
            NewVideo(
                inputs=iter([URL, Input(url=f"{URL}?2"), {"url": f"{URL}?3"}]),
                resolutions="240p, 720p",
                title="One",
                content_protection_type="drm",
                folder="HkW4rTz9uJp",
                generate_subtitle=False,
            ),
            {**ONE, "title": "Two", "folder": None},
            new("Three", resolutions=(resolution for resolution in ["1080p"])),
        ]
    )
    assert sent(server) == [
        {
            "inputs": [{"url": URL}, {"url": f"{URL}?2"}, {"url": f"{URL}?3"}],
            "resolutions": ["240p", "720p"],
            "title": "One",
            "content_protection_type": "drm",
            "folder": "HkW4rTz9uJp",
            "generate_subtitle": False,
        },
        {"inputs": [{"url": URL}], "resolutions": ["240p"], "title": "Two"},
        {"inputs": [{"url": URL}], "resolutions": ["1080p"], "title": "Three"},
    ]
    assert all(isinstance(asset, Asset) for asset in assets)
    assert [(asset.id, asset.title) for asset in assets] == [("asset0", "One"), ("asset1", "Two"), ("asset2", "Three")]


async def test_any_iterable_of_up_to_fifty_will_do(scripted: Any, make_client: Any) -> None:
    titles = [f"Lesson {number}" for number in range(50)]
    server = await scripted(answer(rows(*titles), 201))
    assets = await make_client(server).assets.bulk_create(new(title) for title in titles)
    assert [asset.title for asset in assets] == titles


@pytest.mark.parametrize(
    "videos",
    [
        [new("One"), new("Two")],
        [new("One"), new("One", inputs=[f"{URL}?2"])],
        [new("One"), new()],
        [new(), new(inputs=[f"{URL}?2", URL])],
    ],
    ids=["titles", "inputs", "one without a title", "first inputs"],
)
async def test_these_are_no_duplicates(videos: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(rows(*[video.title for video in videos])))
    assert len(await make_client(server).assets.bulk_create(videos)) == 2


@pytest.mark.parametrize(
    ("videos", "argument", "words"),
    [
        ([], "videos", "at least one"),
        (iter([]), "videos", "at least one"),
        ((new(str(number)) for number in range(51)), "videos", "at most 50"),
        (None, "videos", "a list"),
        ("videos", "videos", "a list"),
        (ONE, "videos", "a list"),
        (new(), "videos", "a list"),
        (7, "videos", "a list"),
        ([new(), None], "videos[1]", "NewVideo"),
        ([URL], "videos[0]", "NewVideo"),
        ([Input(url=SIGNED)], "videos[0]", "not Input"),
        ([{}], "videos[0].inputs", "is missing"),
        ([{"inputs": [URL]}], "videos[0].resolutions", "is missing"),
        ([{**ONE, "name": "x"}], "videos[0]", "'name'"),
        ([{**ONE, "on_unknown": "reconcile"}], "videos[0]", "'on_unknown'"),
        ([{**ONE, 7: "x"}], "videos[0]", "not 7"),
        ([new(inputs=[])], "videos[0].inputs", "at least one"),
        ([new(inputs=URL)], "videos[0].inputs", "list of URLs"),
        ([new(inputs=None)], "videos[0].inputs", "list of URLs"),
        ([new("a"), new("b"), new(inputs=[URL, "ftp://x"])], "videos[2].inputs[1]", "http"),
        ([{**ONE, "inputs": [{"url": 5}]}], "videos[0].inputs[0]['url']", "URL"),
        ([new(resolutions=[])], "videos[0].resolutions", "at least one"),
        ([new(resolutions=7)], "videos[0].resolutions", "list"),
        ([new(resolutions="240p,8k")], "videos[0].resolutions[1]", "8k"),
        ([new(title="a\nb")], "videos[0].title", "one line"),
        ([new(title=5)], "videos[0].title", "text"),
        ([new(content_protection_type="DRM")], "videos[0].content_protection_type", "drm"),
        ([new(folder="a/b")], "videos[0].folder", "id"),
        ([new(generate_subtitle=1)], "videos[0].generate_subtitle", "True or False"),
        ([new("One"), new("Two"), new("3"), new("One")], "videos[3]", r"duplicate of videos\[0\].*title 'One'"),
        ([new(), new("Two"), new()], "videos[2]", r"duplicate of videos\[0\].*no title"),
        ([new("A", inputs=[URL, f"{URL}?2"]), {**ONE, "title": "A"}], "videos[1]", r"duplicate of videos\[0\]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_named_and_nothing_is_sent(
    videos: Any, argument: str, words: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError, match=words) as caught:
        await make_client(server).assets.bulk_create(videos)
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"{argument}: ")
    assert CANARY not in report(caught.value)
    assert server.requests == []


@pytest.mark.parametrize(
    ("body", "index", "words"),
    [
        ({"resolutions": ["Missing."], "item_index": 1}, 1, r"item 1 \(title 'Two'\): resolutions: Missing\."),
        ({"error_type": "IndexError", "item_index": 2}, 2, r"item 2 \(without a title\): IndexError"),
        ({"detail": "Twice.", "message": "Item 1", "item_index": 1}, 1, r"item 1 \(title 'Two'\): Twice\."),
        ({"detail": "Odd.", "item_index": 7}, 7, r"item 7: Odd\."),
        ({"item_index": 0}, 0, r"item 0 \(title 'One'\)\. The same"),
        ({"detail": "Must be a list."}, None, r"bulk-create/\): Must be a list\."),
        ({"detail": "Odd.", "item_index": True}, None, r"\): Odd\."),
        ({"detail": "Odd.", "item_index": -1}, None, r"\): Odd\."),
        ({"detail": "Odd.", "item_index": "1"}, None, r"\): Odd\."),
    ],
)
async def test_a_refusal_names_the_item(
    body: Any, index: int | None, words: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(body, 400))
    with pytest.raises(BadRequestError, match=words) as caught:
        await make_client(server).assets.bulk_create([new("One"), new("Two"), new()])
    assert caught.value.item_index == index
    assert pickle.loads(pickle.dumps(caught.value)).item_index == index
    assert len(server.requests) == 1


async def test_any_refusal_can_speak_of_an_item(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"detail": "No.", "item_index": 0}, 403))
    with pytest.raises(PermissionDeniedError, match=r"item 0 \(title 'One'\): No") as caught:
        await make_client(server).assets.bulk_create([new("One")])
    assert caught.value.item_index == 0


@pytest.mark.looptime
async def test_a_lost_answer_is_not_repeated_and_says_how_to_find_out(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(reset=True))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).assets.bulk_create([new("One"), new("Two", inputs=[SIGNED])])
    assert len(server.requests) == 1
    error = caught.value
    assert "client.assets.find(title=..., input=...)" in error.how_to_find_out
    assert [item["title"] for item in error.request["items"]] == ["One", "Two"]
    assert error.request["items"][0]["inputs"] == [{"url": URL}]
    assert CANARY not in report(error)


@pytest.mark.looptime
async def test_it_is_sent_again_when_it_was_turned_away(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"detail": "Slow down."}, 429, {"Retry-After": "3"}), answer(rows("One")))
    assert [asset.id for asset in await make_client(server).assets.bulk_create([new("One")])] == ["asset0"]
    assert len(server.requests) == 2
    server.steps = [answer({"detail": "Slow down."}, 429, {"Retry-After": "999"})]
    with pytest.raises(RateLimitedError):
        await make_client(server).assets.bulk_create([new("One")])


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (rows("One"), "$"),
        (rows("One", "Two", "Three"), "$"),
        ([], "$"),
        ({"id": "asset1"}, "$.results"),
        ("text", "$.results"),
        ([{"id": "asset0"}, {"title": "Two"}], "$[1].id"),
        ([{"id": "asset0"}, {"id": "a/b"}], "$[1].id"),
        (list(reversed(rows("One", "Two"))), "$[0].title"),
        ([rows("One")[0], rows("Two")[0]], "$"),
    ],
)
async def test_an_answer_without_one_asset_for_each_tells_nothing(
    data: Any, path: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(data, 201))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).assets.bulk_create([new("One"), new("Two")])
    cause = caught.value.__cause__
    assert isinstance(cause, DecodeError)
    assert cause.path == path
    assert len(server.requests) == 1


@pytest.mark.parametrize("titles", [(" One", "Two  "), ("One…", "Two"), (None, None), ("", "x")])
async def test_a_title_that_the_server_changed_is_no_other_order(titles: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(rows(*titles)))
    assets = await make_client(server).assets.bulk_create([new("One"), new("Two")])
    assert [asset.id for asset in assets] == ["asset0", "asset1"]


async def test_no_signature_of_an_input_shows(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"detail": "No.", "item_index": 0}, 400))
    client = make_client(server)
    videos = [NewVideo(inputs=[SIGNED, Input(url=SIGNED), {"url": SIGNED}], resolutions=["240p"])] * 2
    assert CANARY not in faces(videos[0])
    assert pickle.loads(pickle.dumps(videos[0])).title is None
    with pytest.raises(InvalidInputError) as doubled:
        await client.assets.bulk_create(videos)
    with pytest.raises(BadRequestError) as refused:
        await client.assets.bulk_create(videos[:1])
    assert CANARY not in report(doubled.value) + report(refused.value)
