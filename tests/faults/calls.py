"""One call for each route of the API, with what has to be there before it, and what must not show after it."""

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field
from support.canaries import CANARY, SIGNED

from tpstreams_async import TPStreams, _routes
from tpstreams_async._route import Effect, Route
from tpstreams_async.simulator import Simulator

#: Not of the API: where the file goes is in the answer of another call, and test_storage.py is about it.
ELSEWHERE = {"UPLOAD_FILE"}
ROUTES: dict[str, Route] = {
    name: route for name, route in vars(_routes).items() if isinstance(route, Route) and name not in ELSEWHERE
}
#: Of the user of the simulator; it is a secret in every call.
USERS = {"demo": f"pass{CANARY}"}
#: A file that the simulator takes for a picture.
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)

Made = Callable[[], Awaitable[object]]


@define(kw_only=True)
class Stage:
    """What a call is made on.

    Attributes:
        client: the one that makes the call.
        helper: another one, for what has to be there before.
    """

    sim: Simulator
    client: TPStreams
    helper: TPStreams

    async def code(self, asset_id: str) -> str:
        """Return the code of a new access token."""
        return (await self.helper.access_tokens.create(asset_id, time_to_live=600)).code

    def live_stream(self) -> str:
        """Return the id of a live stream that one can stream to, so that its key shows."""
        asset_id = self.sim.add_live_stream()
        self.sim.begin_streaming(asset_id)
        return asset_id

    def secrets(self) -> set[str]:
        """Return what the server has that nobody may see."""
        streams = [asset["live_stream"]["stream_key"] for asset in self.sim.assets.values() if asset["live_stream"]]
        organization = self.sim._service.accounts.organization
        keys = [organization.key, organization.iv, *filter(None, streams)]
        return {CANARY, *self.sim.tokens, *self.sim._service.access_tokens, *keys}


@define(kw_only=True)
class Call:
    """How a route is called.

    Attributes:
        ready: makes what has to be there before, and returns what makes the call.
        tells: a part of what an unknown outcome says of how to find out.
        body: whether its answer is read: a body that makes no sense is then no answer.
        binary: whether its answer is bytes, which make sense to the player alone.
        options: of the simulator.
        anonymous: whether the client has no token of its own.
    """

    ready: Callable[[Stage], Awaitable[Made]]
    tells: str = ""
    body: bool = True
    binary: bool = False
    options: dict[str, Any] = field(factory=dict)
    anonymous: bool = False


CALLS: dict[str, Call] = {}


def call(name: str, **rest: Any) -> Callable[[Any], None]:
    """Enter the call of a route."""

    def enter(ready: Callable[[Stage], Awaitable[Made]]) -> None:
        assert name not in CALLS
        CALLS[name] = Call(ready=ready, **rest)

    return enter


def place(route: Route) -> str:
    """Return a route as the simulator names it."""
    return route.template.removeprefix("/api/v1/").removeprefix("/api/").replace("{}", "<id>")


@call("CREATE_VIDEO", tells="client.assets.find(title='Clip'")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.assets.create(inputs=[SIGNED], resolutions=["240p"], title="Clip")


@call("CREATE_UPLOAD", tells="Upload it anew")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.assets.upload(b"a clip", title="Clip", resolutions=["240p"])


@call("LIST_ASSETS")
async def _(stage: Stage) -> Made:
    stage.live_stream()
    return lambda: stage.client.assets.list().collect()


@call("GET_ASSET")
async def _(stage: Stage) -> Made:
    asset_id = stage.live_stream()
    return lambda: stage.client.assets.get(asset_id)


@call("DELETE_ASSET", tells="client.assets.get", body=False)
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.delete(asset_id)


@call("MOVE_ASSET", tells="compare its parent_id")
async def _(stage: Stage) -> Made:
    asset_id, folder = stage.sim.add_asset(), stage.sim.add_folder("Course")
    return lambda: stage.client.assets.move(asset_id, parent=folder)


@call("GENERATE_SUBTITLE", tells="client.jobs.subtitle")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.generate_subtitle(asset_id)


@call("UPLOAD_SUBTITLE", tells="asset.video.subtitles")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.upload_subtitle(asset_id, b"WEBVTT\n", name="English", language="en")


@call("UPLOAD_THUMBNAIL", tells="cover_thumbnail_url")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.upload_thumbnail(asset_id, PNG)


@call("TRIM", tells="client.assets.trim_status")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.trim(asset_id, end_time=30)


@call("TRIM_STATUS")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    await stage.helper.assets.trim(asset_id, end_time=30)
    return lambda: stage.client.assets.trim_status(asset_id)


@call("REVERT_TRIM", tells="compare its duration", options={"trim_seconds": 0})
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    await stage.helper.assets.trim(asset_id, end_time=30)
    await stage.helper.assets.get(asset_id)
    return lambda: stage.client.assets.revert_trim(asset_id)


@call("DELETE_RESOLUTIONS", tells="asset.video.resolutions")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.assets.delete_resolutions(asset_id, ["240p"])


@call("LIST_FOLDERS")
async def _(stage: Stage) -> Made:
    stage.sim.add_folder("Course")
    return lambda: stage.client.folders.list(q="Course").collect()


@call("CREATE_FOLDER", tells="client.folders.list(q='Course')")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.folders.create(title="Course")


@call("LIST_LIVE_STREAMS")
async def _(stage: Stage) -> Made:
    stage.live_stream()
    return lambda: stage.client.live_streams.list().collect()


@call("CREATE_LIVE_STREAM", tells="with the title 'On air'")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.live_streams.create(title="On air")


@call("START_SERVER", tells="client.jobs.live_server")
async def _(stage: Stage) -> Made:
    asset_id = stage.live_stream()
    return lambda: stage.client.live_streams.start_server(asset_id)


@call("STOP_LIVE_STREAM", tells="client.assets.get")
async def _(stage: Stage) -> Made:
    asset_id = stage.live_stream()
    return lambda: stage.client.live_streams.stop(asset_id)


@call("LIST_SUBTITLES")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    await stage.helper.assets.upload_subtitle(asset_id, b"WEBVTT\n", name="English", language="en")
    return lambda: stage.client.subtitles.list(asset_id).collect()


@call("DELETE_SUBTITLE", tells="client.subtitles.list", body=False)
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    await stage.helper.assets.upload_subtitle(asset_id, b"WEBVTT\n", name="English", language="en")
    (track,) = await stage.helper.subtitles.list(asset_id).collect()
    return lambda: stage.client.subtitles.delete(asset_id, track.id)


@call("LIST_CHAPTERS")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    await stage.helper.chapters.add(asset_id, [{"title": "One", "start_time": 0}])
    return lambda: stage.client.chapters.list(asset_id).collect()


@call("ADD_CHAPTERS", tells="client.chapters.list")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.chapters.add(asset_id, [{"title": "One", "start_time": 0}])


@call("DELETE_CHAPTER", tells="client.chapters.list", body=False)
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    (chapter,) = await stage.helper.chapters.add(asset_id, [{"title": "One", "start_time": 0}])
    return lambda: stage.client.chapters.delete(asset_id, chapter.id)


@call("CREATE_ACCESS_TOKEN", tells="Ask for another one")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    return lambda: stage.client.access_tokens.create(asset_id, time_to_live=60)


@call("GET_ACCESS_TOKEN")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    code = await stage.code(asset_id)
    return lambda: stage.client.access_tokens.get(asset_id, code)


@call("PATCH_ACCESS_TOKEN", tells="client.access_tokens.get")
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    code = await stage.code(asset_id)
    return lambda: stage.client.access_tokens.update(asset_id, code, time_to_live=None)


@call("PUT_ACCESS_TOKEN", tells="client.access_tokens.get", options={"update_methods": ["PUT"]})
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset()
    code = await stage.code(asset_id)
    # Now the client knows which method the server takes.
    await stage.client.access_tokens.update(asset_id, code, time_to_live=60)
    return lambda: stage.client.access_tokens.update(asset_id, code, time_to_live=None)


@call("LIST_WEBHOOKS")
async def _(stage: Stage) -> Made:
    stage.sim.add_webhook(SIGNED, CANARY)
    return lambda: stage.client.webhooks.list().collect()


@call("CREATE_WEBHOOK", tells="client.webhooks.list()")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.webhooks.create(url=SIGNED, secret_token=CANARY)


@call("UPDATE_WEBHOOK", tells="client.webhooks.list()")
async def _(stage: Stage) -> Made:
    webhook_id = stage.sim.add_webhook("https://receiver.example/")
    return lambda: stage.client.webhooks.update(webhook_id, url=SIGNED, secret_token=CANARY)


@call("DELETE_WEBHOOK", tells="client.webhooks.list()", body=False)
async def _(stage: Stage) -> Made:
    webhook_id = stage.sim.add_webhook(SIGNED, CANARY)
    return lambda: stage.client.webhooks.delete(webhook_id)


@call("LIST_ORGANIZATIONS")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.organizations.list().collect()


@call("LIST_USAGES")
async def _(stage: Stage) -> Made:
    stage.sim.add_usage("2026-03-05", bandwidth_used=7)
    return lambda: stage.client.usages.list(year=2026).collect()


@call("LOGIN", tells="Log in again", options={"users": USERS}, anonymous=True)
async def _(stage: Stage) -> Made:
    return lambda: stage.client.auth.login(username="demo", password=USERS["demo"])


@call("LOGOUT", tells="refused once it is logged out", body=False, options={"users": USERS}, anonymous=True)
async def _(stage: Stage) -> Made:
    await stage.client.auth.login(username="demo", password=USERS["demo"])
    return stage.client.auth.logout


def named(*effects: Effect) -> list[str]:
    """Return the names of the calls whose route has one of these effects."""
    return [name for name in CALLS if ROUTES[name].effect in effects]
