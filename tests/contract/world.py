"""A simulator that is full of things to ask for, so that not every made-up request ends at a 404."""

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import requests
from attrs import define, field

from tpstreams_async.simulator import ManualClock, SimulatorThread

ORGANIZATION = "sim001"
TOKEN = "0123456789abcdef" * 4
PLENTY = 25


@define
class World:
    """A simulator on a clock that stands still, and the ids of what is in it, by the name of the path's parameter."""

    sim: SimulatorThread
    ids: dict[str, list[dict[str, Any]]] = field(factory=dict)
    folders: list[str] = field(factory=list)

    def fill(self) -> None:
        """Add plenty of everything."""
        sim = self.sim
        self.folders = [sim.add_folder(f"Folder {number}") for number in range(3)]
        videos = [sim.add_asset(f"Video {n}", resolutions=("240p", "360p", "720p")) for n in range(PLENTY)]
        protected = [sim.add_asset(f"Film {n}", content_protection_type="drm") for n in range(3)]
        lives = [sim.add_live_stream(f"Live {number}") for number in range(PLENTY)]
        for live in lives[::2]:
            sim.begin_streaming(live)
        for day in range(1, 29):
            sim.add_usage(date(2026, 2, day), subtitle_generation_cost=0.25)
        hooks = [sim.add_webhook(f"https://receiver.example/{number}") for number in range(PLENTY)]
        job = {"input_url": "https://origin.example/a.mp4", "output_path": "s3://bucket/", "resolutions": ["240p"]}
        jobs = [self.post("transcoding_jobs/", job)["id"] for _ in range(PLENTY)]
        subtitle_jobs = [self.post("subtitle_jobs/", {"url": job["input_url"]})["id"] for _ in range(3)]
        self.ids = {
            "assets": [{"asset_id": asset} for asset in (*videos, *self.folders, *lives)],
            "videos": [{"asset_id": asset} for asset in (*videos, *protected)],
            "lives": [{"asset_id": live} for live in lives],
            "tokens": [self._token(asset) for asset in (*protected, *videos[:3])],
            "chapters": [self._chapter(asset) for asset in videos],
            "subtitles": [self._subtitle(asset) for asset in videos],
            "webhooks": [{"webhook_id": hook} for hook in hooks],
            "transcoding_jobs": [{"job_id": job_id} for job_id in jobs],
            "subtitle_jobs": [{"job_id": job_id} for job_id in subtitle_jobs],
        }

    def post(self, suffix: str, json: Any = None, **options: Any) -> Any:
        """Send a request that is right, and return the JSON of its answer."""
        url = f"{self.sim.url}/api/v1/{ORGANIZATION}/{suffix}"
        response = requests.post(url, json=json, headers={"Authorization": f"Token {TOKEN}"}, timeout=9, **options)
        response.raise_for_status()
        return response.json()

    def _token(self, asset: str) -> dict[str, Any]:
        return {"asset_id": asset, "code": self.post(f"assets/{asset}/access_tokens/")["code"]}

    def _chapter(self, asset: str) -> dict[str, Any]:
        page = self.post(f"assets/{asset}/chapters/", {"chapters": [{"title": "Intro", "start_time": "00:00:01"}]})
        return {"asset_id": asset, "chapter_id": page["results"][0]["id"]}

    def _subtitle(self, asset: str) -> dict[str, Any]:
        self.post(f"assets/{asset}/upload_subtitle/", files={"subtitle": ("en.vtt", b"WEBVTT\n")})
        tracks = [track for track in self.sim.assets[asset]["video"]["tracks"] if track["type"] == "Subtitle"]
        return {"asset_id": asset, "subtitle_id": tracks[0]["id"]}

    def place(self, path: str, made_up: dict[str, Any]) -> dict[str, Any]:
        """Return the ids for a path: those of something that is there, three times out of four."""
        names = made_up.keys() - {"organization_id", "bucket"}
        number = zlib.crc32(repr(sorted(made_up.items())).encode())
        if not names or number % 4 == 0:
            return made_up
        if any(name in made_up and not str(made_up[name]).isdigit() for name in NUMBERS):
            return made_up
        there = self.ids[kind_of(path)]
        return made_up | {name: there[number // 4 % len(there)][name] for name in names}

    def with_folders(self, body: Any) -> Any:
        """Return a body in which made-up folders are ones that are there."""
        if isinstance(body, list):
            return [self.with_folders(item) for item in body]
        if not isinstance(body, dict):
            return body
        named = {name for name in ("folder", "parent") if isinstance(body.get(name), str) and body[name]}
        return body | {name: self.folders[len(body[name]) % len(self.folders)] for name in named}


#: Ids that are numbers.
NUMBERS = ("chapter_id", "subtitle_id")

#: What a path is about, by words in it; the first that fits counts.
KINDS: Sequence[tuple[str, str]] = (
    ("/access_tokens/{", "tokens"),
    ("/chapters/{", "chapters"),
    ("/subtitles/{", "subtitles"),
    ("/webhooks/", "webhooks"),
    ("/transcoding_jobs/", "transcoding_jobs"),
    ("/subtitle_jobs/", "subtitle_jobs"),
    ("/start_server/", "lives"),
    ("/stop_live_stream/", "lives"),
    ("{asset_id}/move/", "assets"),
    ("{asset_id}/access_tokens/", "assets"),
    ("{asset_id}/", "videos"),
)


def kind_of(path: str) -> str:
    """Return the name of what a path is about."""
    if path.endswith("/assets/{asset_id}/"):
        return "assets"
    return next(kind for words, kind in KINDS if words in path)


def new_world() -> World:
    """Return a world that is not running yet. Its clock stands still, so no webhook leaves it."""
    return World(SimulatorThread(ORGANIZATION, TOKEN, clock=ManualClock(), fetch=False))
