"""Licences of encrypted videos: ``client.drm``."""

from collections.abc import Mapping
from typing import Any

from .. import _redact, _routes, _validate
from .._frames import sealed
from .._transport import Transport
from .._wire import build
from ..errors import InvalidInputError
from ..models import FairPlay, Widevine
from ._license_bodies import decode_license, durations, fairplay_body, payload_text, widevine_body
from ._license_data import DRM_TYPES, sign_license_data

__all__ = ["Drm", "sign_license_data"]


class Drm:
    """Licences, for those who stand between a player and the licence server.

    A licence is not asked for a second time when its answer got lost: that may use up an access token.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @sealed
    async def license(
        self,
        asset_id: str,
        *,
        access_token: str,
        drm_type: str,
        player_payload: bytes | str,
        license_duration_seconds: int | None = None,
        rental_duration_seconds: int | None = None,
        lease_duration_seconds: int | None = None,
        is_persistent: bool | None = None,
        widevine: Widevine | Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the licence of an asset, to be handed to the player. What is not given is the server's choice.

        Args:
            asset_id: of the asset.
            access_token: code of an access token of the asset. It shows in no error and no log of this package.
            drm_type: ``"widevine"`` or ``"fairplay"``.
            player_payload: what the player's DRM module made (the key message, or the SPC): bytes, or text that is
                standard base64 already.
            license_duration_seconds: for how long a Widevine licence is good, 0 or more.
            rental_duration_seconds: within which time playing must begin, 0 or more.
            lease_duration_seconds: for how long a FairPlay licence is good, 0 or more.
            is_persistent: whether the player may keep it, for a download.
            widevine: what the keys of each kind of track need. Durations stand beside it here, not in it.

        Returns:
            The licence, binary.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError, PermissionDeniedError: the server refused it.
            OutcomeUnknownError: no answer came, or one that is no licence. A token for one use may be used up.

        API: ``POST assets/<id>/drm_license/``
        """
        query = {
            "access_token": _validate.secret_identifier("access_token", access_token),
            "drm_type": _validate.choice("drm_type", drm_type, DRM_TYPES),
        }
        body: dict[str, Any] = {
            "player_payload": payload_text("player_payload", player_payload),
            **durations(
                license_duration_seconds=license_duration_seconds,
                rental_duration_seconds=rental_duration_seconds,
                lease_duration_seconds=lease_duration_seconds,
            ),
        }
        if is_persistent is not None:
            body["is_persistent"] = _validate.flag("is_persistent", is_persistent)
        if widevine is not None:
            _require_type("widevine", drm_type)
            body["widevine"] = widevine_body(widevine)
            if misplaced := body["widevine"].keys() - {"content_key_specs"}:
                problem = f"must not hold {min(misplaced)} here; pass {min(misplaced)}=... beside it"
                raise InvalidInputError("widevine", problem)
        hidden = _redact.Secret(access_token)
        return await self._transport.send(
            build(_routes.ASSET_LICENSE, decode_license, asset_id, query=query, json=body, hidden=hidden)
        )

    @sealed
    async def organization_license(
        self,
        *,
        content_id: str,
        drm_type: str,
        player_payload: bytes | str,
        download: bool = False,
        signing_key: str,
        signing_iv: str,
        widevine: Widevine | Mapping[str, Any] | None = None,
        fairplay: FairPlay | Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the licence of a content of the organization, without an access token.

        It needs the ``drm`` extra of this package (``pip install 'tpstreams-async[drm]'``). Key and iv do not leave
        this machine; they and what is signed with them show in no error and no log of this package.

        Args:
            content_id: what the content is called in its keys, such as `TranscodingJob.drm_content_id`.
            drm_type: ``"widevine"`` or ``"fairplay"``.
            player_payload: what the player's DRM module made (the key message, or the SPC): bytes, or text that is
                standard base64 already.
            download: whether the licence is for a download.
            signing_key: of the organization, hexadecimal, as ``client.organizations.list()`` shows it.
            signing_iv: of the organization, hexadecimal.
            widevine: what a Widevine licence shall allow.
            fairplay: what a FairPlay licence shall allow.

        Returns:
            The licence, binary.

        Raises:
            InvalidInputError: an argument is wrong, or the ``cryptography`` package is missing; nothing was sent.
            BadRequestError, PermissionDeniedError: the server refused it.
            OutcomeUnknownError: no answer came, or one that is no licence.

        API: ``POST drm_license/``
        """
        _validate.choice("drm_type", drm_type, DRM_TYPES)
        payload = payload_text("player_payload", player_payload)
        body: dict[str, Any] = {"spc" if drm_type == "fairplay" else "player_payload": payload}
        if widevine is not None:
            _require_type("widevine", drm_type)
            body["widevine"] = widevine_body(widevine)
        if fairplay is not None:
            _require_type("fairplay", drm_type)
            body["fairplay"] = fairplay_body(fairplay)
        query = {
            "data": sign_license_data(
                content_id=content_id,
                drm_type=drm_type,
                download=download,
                signing_key=signing_key,
                signing_iv=signing_iv,
            )
        }
        hidden = _redact.Secret(query["data"])
        return await self._transport.send(
            build(_routes.ORGANIZATION_LICENSE, decode_license, query=query, json=body, hidden=hidden)
        )


def _require_type(name: str, drm_type: str) -> None:
    if drm_type != name:
        raise InvalidInputError(name, f"is for drm_type={name!r} alone, not for {drm_type!r}")
