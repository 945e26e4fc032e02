"""The service itself: assets, their jobs, and the clock that both follow. Knows no HTTP."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from .answers import not_found
from .checks import NewVideo
from .clock import Calendar, Clock
from .fetch import Fetched, guess_duration
from .ids import IdSource
from .lifecycle import Asset, Edit, Subtitle, Trim, Video
from .render import Renderer
from .settings import Settings
from .store import Store


class Service:
    """Everything the simulated server knows.

    `lock` guards it: requests come from the simulator's loop, controls from any thread.
    """

    def __init__(self, settings: Settings, clock: Clock, ids: IdSource) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.lock: threading.RLock = threading.RLock()
        self.store: Store = Store()
        self.calendar: Calendar = Calendar()
        self.renderer: Renderer = Renderer(settings, self.store, self.calendar)
        self.on_created: Callable[[Asset, Video], None] | None = None

    def find(self, asset_id: str) -> Asset:
        """Return a visible asset or folder, its finished edits applied.

        Raises:
            RefusalError: 404, there is none.
        """
        asset = self.store.get(asset_id)
        now = self.clock.now()
        if asset is None or asset.visible_at > now:
            raise not_found()
        if asset.video is not None:
            asset.video.settle(now)
        return asset

    def create_video(self, new: NewVideo) -> Asset:
        """Create a video; its file is fetched in the background, or made up when fetching is off."""
        now = self.clock.now()
        video = self._new_video(new, now)
        asset = self._add(new.title, new.folder, video, now, now + self.settings.visible_after)
        if not self.settings.fetch:
            # One minute to ten, so that there is something to trim.
            size = random.randrange(7_500_000, 75_000_000)
            self._arrived(video, Fetched(size, guess_duration(size)), now + self.settings.processing_seconds / 2)
        elif self.on_created is not None:
            self.on_created(asset, video)
        return asset

    def add_video(self, new: NewVideo, size_bytes: int, duration: int) -> Asset:
        """Add a video that was completed just now and is visible at once."""
        now = self.clock.now()
        video = self._new_video(new, now - self.settings.processing_seconds)
        self._arrived(video, Fetched(size_bytes, duration), video.began)
        return self._add(new.title, new.folder, video, now, now)

    def create_folder(self, title: str, parent: str | None) -> Asset:
        """Create a folder, visible at once."""
        now = self.clock.now()
        return self._add(title, parent, None, now, now)

    def fetched(self, video: Video, result: Fetched | None) -> None:
        """Note that a video's file has arrived just now, or with None that it could not be had."""
        if result is None:
            video.failed = True
        else:
            self._arrived(video, result, self.clock.now())

    def trim(self, video: Video, start: float | None, end: float | None) -> Trim:
        """Begin a trim; it takes the place of one that is still running."""
        now = self.clock.now()
        trim = Trim(self.ids.number(), start, end, now, self.ids.task_id())
        if video.trim is not None:
            video.earlier_trim = video.trim
        video.trim = trim
        full = video.original_duration
        duration = None
        if full is not None or end is not None:
            duration = round((full or 0 if end is None else end) - (start or 0))
        video.edit = Edit(now, self.settings.trim_seconds, duration, trim)
        return trim

    def revert(self, video: Video) -> str:
        """Begin to undo the trims, and return the id of that task."""
        video.edit = Edit(self.clock.now(), self.settings.revert_seconds, video.original_duration, None)
        return self.ids.task_id()

    def stale_trim_status(self, video: Video, seconds: float) -> None:
        """Let the trim status lag `seconds` behind each new trim."""
        if video.earlier_trim is None:
            long_ago = self.clock.now() - self.settings.trim_seconds - 60
            earlier = Trim(self.ids.number(), 0, None, long_ago, self.ids.task_id())
            video.earlier_trim = earlier
        video.stale_for = seconds

    def add_subtitle(self, video: Video, name: str, language: str, size_bytes: int, kind: str) -> None:
        """Add a subtitle track that is there at once."""
        video.subtitles.append(Subtitle(self.ids.number(), name, language, size_bytes, kind))

    def _new_video(self, new: NewVideo, began: float) -> Video:
        ids = (self.ids.number(), self.ids.number(), self.ids.number())
        return Video(new.url, new.resolutions, new.protection, new.generate_subtitle, began, ids)

    def _arrived(self, video: Video, result: Fetched, at: float) -> None:
        video.fetched_at = at
        video.size_bytes = result.size_bytes
        video.original_duration = video.duration = result.duration

    def _add(self, title: str, parent: str | None, video: Video | None, created_at: float, visible_at: float) -> Asset:
        number = self.store.next_number()
        asset = Asset(self.ids.asset_id(), number, title, created_at, visible_at, parent, video)
        self.store.add(asset)
        return asset
