"""The service itself: assets, their jobs, and the clock that both follow. Knows no HTTP."""

from __future__ import annotations

import itertools
import math
import random
import threading
from collections.abc import Callable, Sequence
from datetime import date

from .access_tokens import AccessToken
from .accounts import Accounts
from .answers import not_found
from .asset_changes import AssetSubject
from .changes import Changes
from .chapters import Chapter
from .checks import NewVideo
from .clock import Calendar, Clock
from .deliveries import Deliveries
from .encoded import Encoder
from .fetch import Fetched, guess_duration, guess_size
from .ids import IdSource
from .lifecycle import Asset, Deletion, Edit, Subtitle, Trim, Video
from .live import RESOLUTIONS, Live, NewLiveStream
from .live_checks import START_FORMAT, Span
from .render import Renderer
from .settings import Settings
from .store import Store
from .subtitle_jobs import SubtitleJob
from .throttle import Throttle
from .transcoding import TranscodingJob, TranscodingSubject
from .upload_policy import Signer
from .upload_sessions import Upload, UploadSession, UploadSessions
from .usage import Usage
from .webhook_script import WebhookScript
from .webhooks import WebhookRegistry


class Service:
    """Everything the simulated server knows.

    `lock` guards it: requests come from the simulator's loop, controls from any thread. `access_tokens` are kept by
    their codes, `chapters` by the ids of their videos; `webhooks` are the registrations, oldest first.
    Jobs are kept by their ids, oldest first, and `usage` by the day.
    """

    def __init__(self, settings: Settings, clock: Clock, ids: IdSource) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.lock: threading.RLock = threading.RLock()
        self.accounts: Accounts = Accounts(settings, ids)
        self.throttle: Throttle = Throttle(settings, clock)
        self.store: Store = Store()
        self.access_tokens: dict[str, AccessToken] = {}
        self.chapters: dict[str, list[Chapter]] = {}
        self.transcoding_jobs: dict[str, TranscodingJob] = {}
        self.subtitle_jobs: dict[str, SubtitleJob] = {}
        self.usage: dict[date, Usage] = {}
        self.calendar: Calendar = Calendar()
        self.renderer: Renderer = Renderer(settings, self.store, self.calendar)
        self.encoder: Encoder = Encoder(settings, self.store, self.renderer)
        self.signer: Signer = Signer(f"SIMULATOR{ids.token()[:11].upper()}", ids.token())
        self.uploads: UploadSessions = UploadSessions()
        self.changes: Changes = Changes(clock)
        self.webhooks: WebhookRegistry = WebhookRegistry(ids)
        self.webhooks.on_change = self._webhooks_changed
        self.webhook_script: WebhookScript = WebhookScript()
        self.deliveries: Deliveries = Deliveries()
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

    def touched(self, asset: Asset | None) -> None:
        """Note that something is done to an asset right now, under the same lock: webhooks may have to tell of it."""
        if self.changes.active and asset is not None and not asset.is_folder:
            self.changes.touch(self._subject(asset))

    def touched_job(self, job: TranscodingJob) -> None:
        """Note that something is done to a transcoding job right now; see `touched`."""
        self.changes.touch(TranscodingSubject(job, self.calendar))

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

    def create_upload(self, new: NewVideo) -> tuple[Asset, UploadSession]:
        """Create a video whose file is to be uploaded."""
        now = self.clock.now()
        video = self._new_video(new, math.inf)
        video.uploaded = True
        asset = self._add(new.title, new.folder, video, now, now + self.settings.visible_after)
        session = self.uploads.open(self.ids.task_id(), asset.id)
        video.source_url = session.key
        return asset, session

    def uploaded(self, session: UploadSession, upload: Upload, result: Fetched | None) -> None:
        """Note that a file has arrived just now, in place of an earlier one; None: it is no video."""
        self.changes.look()
        session.upload = upload
        asset = self.store.get(session.asset_id)
        video = None if asset is None else asset.video
        if asset is None or video is None:
            return
        video.began = self.clock.now()
        video.failed, video.fetched_at, video.size_bytes = False, None, None
        video.edit, video.trimmed, video.deletions = None, False, ()
        self.fetched(video, result)
        self.touched(asset)

    def create_folder(self, title: str, parent: str | None) -> Asset:
        """Create a folder, visible at once."""
        now = self.clock.now()
        return self._add(title, parent, None, now, now)

    def create_live_stream(self, new: NewLiveStream, visible_after: float) -> Asset:
        """Create a live stream; an instant one asks for its server itself."""
        now = self.clock.now()
        start = self.calendar.formatted(now, START_FORMAT) if new.start is None else new.start
        live = Live(new, start, self.ids.token()[:8], self.ids.task_id())
        if new.start is None:
            live.ask_for_server(now)
        return self._add(new.title, new.folder, None, now, now + visible_after, live)

    def stop_live_stream(self, asset: Asset, live: Live, kept: Span | None) -> bool:
        """End a broadcast, and tell whether its recording will be trimmed. Nothing was recorded if it never began."""
        now = self.clock.now()
        live.stop(now)
        began = live.first_published_at
        if began is None:
            return False
        ids = (self.ids.number(), self.ids.number(), self.ids.number())
        protection = "drm" if live.new.enable_drm_for_recording else "disable"
        # A recording is never anything before Transcoding, so it is a video that began early.
        earlier = now - self.settings.recording_seconds
        total = 2 * self.settings.recording_seconds
        video = Video(f"private/{asset.id}.mp4", RESOLUTIONS, protection, False, earlier, ids, total)
        duration = max(1, round(now - began))
        self._arrived(video, Fetched(guess_size(duration), duration), now)
        asset.video = video
        if kept is None:
            return False
        offset = self.calendar.epoch_seconds(began) if kept.absolute else 0
        start, end = (min(max(0, second - offset), duration) for second in (kept.start, kept.end))
        if start < end:
            self.trim(video, start, end, video.completed_at())
        return start < end

    def delete_resolutions(self, video: Video, resolutions: Sequence[str]) -> None:
        """Begin to delete resolutions of a video."""
        deletion = Deletion(self.clock.now() + self.settings.deletion_seconds, tuple(resolutions))
        video.deletions = (*video.deletions, deletion)

    def fetched(self, video: Video, result: Fetched | None) -> None:
        """Note that a video's file has arrived just now, or with None that it could not be had."""
        if result is None:
            video.failed = True
        else:
            self._arrived(video, result, self.clock.now())

    def trim(self, video: Video, start: float | None, end: float | None, at: float | None = None) -> Trim:
        """Begin a trim, now or `at` another moment; it takes the place of one that is still running."""
        now = self.clock.now() if at is None else at
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
        track = Subtitle(self.ids.number(), name, language, size_bytes, kind)
        video.subtitles = (*video.subtitles, track)

    def _new_video(self, new: NewVideo, began: float) -> Video:
        ids = (self.ids.number(), self.ids.number(), self.ids.number())
        total = self.settings.processing_seconds
        return Video(new.url, tuple(new.resolutions), new.protection, new.generate_subtitle, began, ids, total)

    def _arrived(self, video: Video, result: Fetched, at: float) -> None:
        video.fetched_at = at
        video.size_bytes = result.size_bytes
        video.original_duration = video.duration = result.duration

    def _add(
        self,
        title: str,
        parent: str | None,
        video: Video | None,
        created_at: float,
        visible_at: float,
        live: Live | None = None,
    ) -> Asset:
        number = self.store.next_number()
        asset = Asset(self.ids.asset_id(), number, title, created_at, visible_at, parent, video, live)
        self.store.add(asset, self.clock.now())
        self.touched(asset)
        return asset

    def _webhooks_changed(self) -> None:
        if not self.webhooks:
            self.changes.end()
        elif not self.changes.active:
            assets = (self._subject(asset) for asset in self.store if not asset.is_folder)
            jobs = (TranscodingSubject(job, self.calendar) for job in self.transcoding_jobs.values())
            self.changes.begin(itertools.chain(assets, jobs))

    def _subject(self, asset: Asset) -> AssetSubject:
        return AssetSubject(asset, self.settings, self.store, self.renderer)
