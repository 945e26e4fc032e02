"""Access tokens: ``client.access_tokens``."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from .. import _routes, _validate
from .._frames import sealed, sealed_plain
from .._numbers import decimal, is_number
from .._route import Route
from .._transport import Transport
from .._unset import UNSET, Unset
from .._wire import build
from ..errors import APIError, BadRequestError, InvalidInputError, OutcomeUnknownError
from ..models import AccessToken, DynamicWatermark, StaticWatermark
from . import _given
from ._annotations import annotation_rows
from ._decoding import named
from ._learned import Learned

#: A watermark, or a dict in its place with ``type`` ("static" or "dynamic") and its attributes.
Watermarks = Iterable[StaticWatermark | DynamicWatermark | Mapping[str, Any]]

_UPDATES: Final = (_routes.PATCH_ACCESS_TOKEN, _routes.PUT_ACCESS_TOKEN)
_NAMES: Final = ("asset_id", "code")
#: What browsers play at.
_SLOWEST: Final = 0.0625
_FASTEST: Final = 16


class AccessTokens:
    """What lets viewers play an asset.

    A code is a secret: who has it can play. It shows in no repr, no pickle, no log and no error.
    """

    def __init__(self, transport: Transport, *, origin: str, organization_id: str, learned: Learned) -> None:
        self._transport = transport
        self._origin = origin
        self._organization_id = organization_id
        self._learned = learned

    @sealed
    async def create(
        self,
        asset_id: str,
        *,
        time_to_live: int | None = None,
        expires_after_first_usage: bool | None = None,
        annotations: Watermarks | None = None,
    ) -> AccessToken:
        """Create an access token.

        Args:
            asset_id: what it lets one play.
            time_to_live: whole seconds, 1 or more; without end if not given.
            expires_after_first_usage: whether it is good for one use.
            annotations: watermarks for the player to show: `StaticWatermark`, `DynamicWatermark`, or dicts with
                ``type`` ("static" or "dynamic") and their attributes.

        Returns:
            The token, with its code.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            NotFoundError: there is no such asset.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost. No call lists tokens: ask for another one.

        API: ``POST assets/<id>/access_tokens/``
        """
        body = _body(
            UNSET if time_to_live is None else time_to_live,
            UNSET if expires_after_first_usage is None else expires_after_first_usage,
            UNSET if annotations is None else annotations,
        )
        return await self._transport.send(build(_routes.CREATE_ACCESS_TOKEN, _decode, asset_id, json=body))

    @sealed
    async def get(self, asset_id: str, code: str) -> AccessToken:
        """Return an access token as it is now.

        Args:
            asset_id: what it lets one play.
            code: of the token.

        Returns:
            The token.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            NotFoundError: there is no such token.

        API: ``GET assets/<id>/access_tokens/<code>/``
        """
        code = _validate.secret_identifier("code", code)
        return await self._transport.send(
            build(_routes.GET_ACCESS_TOKEN, _decode, asset_id, code, id_names=_NAMES, hide_last_id=True)
        )

    @sealed
    async def update(
        self,
        asset_id: str,
        code: str,
        *,
        time_to_live: int | Unset | None = UNSET,
        expires_after_first_usage: bool | Unset = UNSET,
        annotations: Watermarks | Unset = UNSET,
    ) -> AccessToken:
        """Change an access token. What is `UNSET` is not sent, so it stays as it is.

        The API does not document the HTTP method. PATCH is tried first, and PUT where the server refuses that; the
        client remembers which one it takes. A server that wants PUT may take what is not sent for a default, so give
        all that matters.

        Args:
            asset_id: what it lets one play.
            code: of the token.
            time_to_live: whole seconds, 1 or more; None, which is sent as null, for without end.
            expires_after_first_usage: whether it is good for one use.
            annotations: as for `create`, in place of those that it has; an empty list takes them away.

        Returns:
            The token as it is now.

        Raises:
            InvalidInputError: an argument is wrong, or nothing is to change; nothing was sent.
            NotFoundError: there is no such token.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts; to call again does no harm.

        API: ``PATCH assets/<id>/access_tokens/<code>/``, or ``PUT``
        """
        code = _validate.secret_identifier("code", code)
        body = _body(time_to_live, expires_after_first_usage, annotations)
        if not body:
            raise InvalidInputError("time_to_live", "or another argument must be given: nothing is to change")
        first = self._learned.token_update
        try:
            return await self._update(first, asset_id, code, body)
        except (BadRequestError, OutcomeUnknownError) as error:
            if not _is_wrong_method(error):
                raise
        other = _UPDATES[1 - _UPDATES.index(first)]
        token = await self._update(other, asset_id, code, body)
        self._learned.token_update = other
        return token

    async def _update(self, route: Route, asset_id: str, code: str, body: Mapping[str, Any]) -> AccessToken:
        return await self._transport.send(
            build(route, _decode, asset_id, code, json=body, id_names=_NAMES, hide_last_id=True)
        )

    @sealed_plain
    def embed_url(
        self,
        asset_id: str,
        code: str,
        *,
        autoplay: bool | None = None,
        muted: bool | None = None,
        loop: bool | None = None,
        background: bool | None = None,
        play_rates: Iterable[float] | None = None,
        viewer_id: str | None = None,
    ) -> str:
        """Return the address of the page that plays an asset, to be put into an ``<iframe>``. Nothing is sent.

        Args:
            asset_id: what to play.
            code: of an access token for it. It stands in the address, which is therefore a secret too.
            autoplay: whether it begins by itself.
            muted: whether it begins without sound.
            loop: whether it begins anew at its end.
            background: whether it plays as a background, without controls.
            play_rates: the speeds to choose from, such as ``[0.5, 1, 2]``; each from 0.0625 to 16.
            viewer_id: a name for the viewer that says nothing of who it is; for the number of live viewers alone.

        Returns:
            The address, at the origin of this client.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``/embed/<organization id>/<id>/?access_token=<code>``
        """
        query = {"access_token": _validate.secret_identifier("code", code)}
        for name, value in (("autoplay", autoplay), ("muted", muted), ("loop", loop), ("background", background)):
            if value is not None:
                query[name] = "1" if _validate.flag(name, value) else "0"
        if play_rates is not None:
            query["playRates"] = _rates(play_rates)
        if viewer_id is not None:
            query["viewer_id"] = _validate.line("viewer_id", viewer_id)
        path = f"{self._organization_id}/{_validate.identifier('asset_id', asset_id)}"
        return f"{self._origin}/embed/{path}/?{urlencode(query, safe=',')}"


_decode: Final = named(AccessToken, "code", _validate.secret_identifier)


def _body(
    time_to_live: int | Unset | None, expires_after_first_usage: bool | Unset, annotations: Watermarks | Unset
) -> dict[str, Any]:
    """Return the body of a creation or an update. Each argument is checked; those that are unset are left out."""
    body: dict[str, Any] = {}
    if time_to_live is not UNSET:
        endless = time_to_live is None
        body["time_to_live"] = None if endless else _validate.whole_number("time_to_live", time_to_live, 1)
    if expires_after_first_usage is not UNSET:
        body["expires_after_first_usage"] = _validate.flag("expires_after_first_usage", expires_after_first_usage)
    if annotations is not UNSET:
        body["annotations"] = annotation_rows(annotations)
    return body


def _is_wrong_method(error: BadRequestError | OutcomeUnknownError) -> bool:
    """Tell whether a server said that it does not know the method: then no attempt with it did anything."""
    said = error.__cause__ if isinstance(error, OutcomeUnknownError) else error
    return isinstance(said, APIError) and said.status == 405


def _rates(given: Iterable[float]) -> str:
    rates = _given.rows("play_rates", given, "numbers")
    for number, rate in enumerate(rates):
        if not is_number(rate) or not _SLOWEST <= rate <= _FASTEST:
            raise InvalidInputError(
                f"play_rates[{number}]", f"must be a number from {_SLOWEST} to {_FASTEST}, not {_validate.show(rate)}"
            )
    if not rates:
        raise InvalidInputError("play_rates", "must have at least one number")
    return ",".join(map(decimal, rates))
