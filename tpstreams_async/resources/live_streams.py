"""Live streams: ``client.live_streams``."""

import re
from datetime import datetime
from typing import Any, Final

from .. import _routes, _validate
from .._transport import Transport
from .._wire import build, nothing
from ..errors import InvalidInputError
from ..models import Asset, LiveStreamStop
from ..pagination import Pager, page_query
from ._decoding import decode_asset, model_of

LATENCIES: Final = ("Low Latency", "Normal Latency")
#: Smaller numbers are seconds of a broadcast: none lasts three years. Larger ones are beyond the year 2286, as
#: milliseconds would be.
_FIRST_EPOCH_SECOND: Final = 10**8
_LAST_SECOND: Final = 10**10

_START: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")


class LiveStreams:
    """Live streams. Each is an asset, so ``client.assets.get`` shows how it goes."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    async def create(
        self,
        *,
        title: str,
        start: datetime | str | None = None,
        latency: str | None = None,
        enable_drm_for_recording: bool | None = None,
    ) -> Asset:
        """Create a live stream. ``await client.jobs.live_server(asset)`` waits until one can stream to it.

        The server of a scheduled one is started with `start_server`; nothing says that it starts by itself.

        Args:
            title: one line of text.
            start: when it is to begin; at once if not given. The API takes a date and a time without a zone, and does
                not say which zone it means. So this is sent as it stands, as ``YYYY-MM-DD HH:MM:SS``: a `datetime`
                without a zone, whose fraction of a second is cut off, or text of that form. A `datetime` with a zone
                is refused, because nobody knows into which one to convert it.
            latency: ``"Low Latency"`` or ``"Normal Latency"``; the server's choice if not given.
            enable_drm_for_recording: whether the recording shall be protected with DRM.

        Returns:
            The asset, whose `live_stream` has no server yet.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, so the live stream may exist.

        API: ``POST assets/live_streams/``
        """
        body: dict[str, Any] = {"title": _validate.line("title", title)}
        if start is not None:
            body["start"] = _start(start)
        if enable_drm_for_recording is not None:
            body["enable_drm_for_recording"] = _validate.flag("enable_drm_for_recording", enable_drm_for_recording)
        if latency is not None:
            body["latency"] = _validate.choice("latency", latency, LATENCIES)
        look_for = f"await client.live_streams.list().collect() shows whether one with the title {title!r} is there"
        return await self._transport.send(build(_routes.CREATE_LIVE_STREAM, decode_asset, json=body, look_for=look_for))

    def list(self, *, page_size: int | None = None, offset: int | None = None) -> Pager[Asset]:
        """Go through live streams.

        Args:
            page_size: rows per page, 1 or more; the server's choice if not given, and it may give fewer.
            offset: rows to skip, 0 or more.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``GET assets/live_streams/``
        """
        query = page_query(page_size, offset)
        return Pager(self._transport, _routes.LIST_LIVE_STREAMS, Asset, query, origin=self._origin)

    async def start_server(self, asset_id: str) -> Asset:
        """Have the server of a scheduled live stream started. ``await client.jobs.live_server(asset)`` waits for it.

        Args:
            asset_id: of the live stream.

        Returns:
            The asset as it is now; `rtmp_url` and `stream_key` come later, mostly within 30 s.

        Raises:
            NotFoundError: there is no such asset.
            BadRequestError: its state, or its kind, does not allow it.
            OutcomeUnknownError: the answer got lost, so the server may be starting.

        API: ``POST assets/<id>/start_server/``
        """
        return await self._transport.send(build(_routes.START_SERVER, decode_asset, asset_id))

    async def stop(
        self, asset_id: str, *, start_time: int | None = None, end_time: int | None = None
    ) -> LiveStreamStop:
        """End a broadcast. ``await client.jobs.recording(asset_id)`` waits for its recording.

        Args:
            asset_id: of the live stream.
            start_time: where the recording shall begin: whole seconds from the beginning of the broadcast, 0 or more,
                or a moment as whole seconds since the epoch. Given together with end_time, or not at all.
            end_time: where it shall end, counted in the same way; more than start_time. A recording without both keeps
                its full length.

        Returns:
            The server's word, and whether the recording will be cut.

        Raises:
            InvalidInputError: the times make no part of a broadcast; nothing was sent.
            NotFoundError: there is no such asset.
            BadRequestError: its state, or its kind, does not allow it.
            OutcomeUnknownError: the answer got lost, so the broadcast may have ended.

        API: ``POST assets/<id>/stop_live_stream/``
        """
        body = _kept_part(start_time, end_time)
        decode = model_of(LiveStreamStop, asset_id)
        return await self._transport.send(build(_routes.STOP_LIVE_STREAM, decode, asset_id, json=body))

    async def delete(self, asset_id: str) -> None:
        """Delete a live stream with its recording; its server is stopped. As ``client.assets.delete``.

        Args:
            asset_id: of the live stream.

        Raises:
            NotFoundError: there is no such asset.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE assets/<id>/``
        """
        await self._transport.send(build(_routes.DELETE_ASSET, nothing, asset_id))


def _start(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise InvalidInputError(
                "start",
                f"must have no time zone, as the API takes none, but has {_validate.show(value.tzinfo)}. Convert it to "
                "the zone of your organization, then take the zone away: "
                "start.astimezone(zone).replace(tzinfo=None)",
            )
        return value.isoformat(sep=" ", timespec="seconds")
    found = _START.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is not None:
            year, month, day, hour, minute, second = map(int, found.groups())
            datetime(year, month, day, hour, minute, second)
            return found.group()
    except ValueError:
        pass  # there is no such day or hour
    raise InvalidInputError(
        "start",
        f"must be a datetime without a zone, or text such as '2026-03-05 18:30:00', not {_validate.show(value)}",
    )


def _kept_part(start_time: int | None, end_time: int | None) -> dict[str, int] | None:
    if start_time is None and end_time is None:
        return None
    start, end = _second("start_time", start_time, "end_time"), _second("end_time", end_time, "start_time")
    if (start >= _FIRST_EPOCH_SECOND) != (end >= _FIRST_EPOCH_SECOND):
        raise InvalidInputError("end_time", "must be counted as start_time is, from the beginning or since the epoch")
    if end <= start:
        raise InvalidInputError("end_time", f"must be more than start_time, but is {end!r}")
    return {"start_time": start, "end_time": end}


def _second(name: str, value: int | None, other: str) -> int:
    if value is None:
        raise InvalidInputError(name, f"must be given together with {other}")
    if _validate.whole_number(name, value, 0) >= _LAST_SECOND:
        raise InvalidInputError(name, f"must be seconds, less than {_LAST_SECOND:,}; milliseconds are more")
    return value
