"""Canned answers, for what depends on an answer alone and not on how it came."""

from types import SimpleNamespace
from typing import Any

import aiohttp
from aioresponses import aioresponses


class _CannedResponse(aiohttp.ClientResponse):
    """A response without a request: aiohttp wants the stream that carried one, which aioresponses does not give."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, stream_writer=SimpleNamespace(output_size=0), **options)  # type: ignore[arg-type]


class Canned(aioresponses):  # type: ignore[misc]
    """``with Canned() as canned: canned.get(url, status=404)``, as aioresponses has it."""

    def add(self, *args: Any, **options: Any) -> None:
        options.setdefault("response_class", _CannedResponse)
        super().add(*args, **options)
