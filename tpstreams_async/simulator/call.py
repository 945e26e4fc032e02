"""A request as an endpoint sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs
from multidict import MultiMapping

from .answers import Answer, detail, json_answer, not_found
from .checks import Fields, json_object
from .lifecycle import COMPLETED, Asset, Video
from .live import Live
from .paging import page
from .service import Service

T = TypeVar("T")


@attrs.frozen
class Call:
    """A request that was found to lead somewhere and to come from a known user.

    `ids` are those in its address; `token` is the user's, empty if there was no need to send one.
    """

    service: Service
    ids: tuple[str, ...]
    token: str = attrs.field(repr=False)
    query: MultiMapping[str]
    address: str
    content_type: str
    body: bytes

    @property
    def now(self) -> float:
        """The present moment of the clock."""
        return self.service.clock.now()

    @property
    def origin(self) -> str:
        """The origin that the client knows the simulator by."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def asset(self) -> Asset:
        """Return the asset of the address; 404 if there is none."""
        return self.service.find(self.ids[0])

    def video(self) -> tuple[Asset, Video]:
        """Return the video of the address; 404 if there is none, 400 for a folder."""
        asset = self.asset()
        if asset.video is None:
            raise detail(400, "This asset is not a video.")
        return asset, asset.video

    def completed_video(self, what: str) -> tuple[Asset, Video]:
        """Return the video of the address; 400 unless its processing has ended well."""
        asset, video = self.video()
        status = video.forced or video.ingest_status(self.now)
        if status != COMPLETED:
            raise detail(400, f"{what} is only possible for videos in Completed status.")
        return asset, video

    def live(self) -> tuple[Asset, Live]:
        """Return the live stream of the address, which has not ended; 404 if there is none, 400 for anything else."""
        asset = self.asset()
        if asset.live is None:
            raise detail(400, "This asset is not a live stream.")
        if asset.live.stopped_at is not None:
            raise detail(400, "This live stream has already ended.")
        return asset, asset.live

    def fields(self) -> Fields:
        """Return the fields of the JSON body."""
        return Fields(json_object(self.content_type, self.body))

    def folder(self, fields: Fields, name: str, uuid: str | None) -> None:
        """Note an error unless `uuid` is None or a folder's."""
        if uuid is not None and self.service.store.folder(uuid) is None:
            fields.wrong(name, "Folder not found.")

    def number(self) -> int:
        """Return the last id of the address where ids are integers; 404 if it is none."""
        text = self.ids[-1]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise not_found()
        return int(text)

    def page(self, rows: Sequence[T], show: Callable[[T], Any], status: int = 200) -> Answer:
        """Answer with a page of `rows`, in their order."""
        shown = page(rows[::-1], show, self.address, self.query, self.service.settings)
        return json_answer(shown, status)

    def pages(self, rows: Sequence[Asset], show: Callable[[Asset], Any]) -> Answer:
        """Answer with a page of those `rows` that can be seen by now."""
        shown = self.service.store.visible(rows, self.now)
        return json_answer(page(shown, show, self.address, self.query, self.service.settings))
