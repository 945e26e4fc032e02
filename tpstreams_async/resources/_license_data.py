"""The signed data that lets a player ask for a licence in the name of an organization."""

import base64
import hashlib
import re
from typing import Any, Final

from .. import codec
from .._frames import sealed_plain
from .._validate import choice, flag, identifier
from ..errors import InvalidInputError

DRM_TYPES: Final = ("widevine", "fairplay")
_BLOCK_BITS: Final = 128
_HEX: Final = re.compile(r"[0-9A-Fa-f]+")


@sealed_plain
def sign_license_data(
    *, content_id: str, drm_type: str, download: bool = False, signing_key: str, signing_iv: str
) -> str:
    """Return the signed data of a licence request, as it stands in the query as ``data``. No request is made.

    It lets whoever has it get the licence, so it is a secret. It needs the ``drm`` extra of this package.

    Args:
        content_id: what the content is called in its keys, such as `Asset.drm_content_id`.
        drm_type: ``"widevine"`` or ``"fairplay"``.
        download: whether the licence is for a download.
        signing_key: of the organization, 32, 48 or 64 hexadecimal digits.
        signing_iv: of the organization, 32 hexadecimal digits.

    Raises:
        InvalidInputError: an argument is wrong, or the ``cryptography`` package is missing.
    """
    content = {
        "content_id": identifier("content_id", content_id),
        "download": flag("download", download),
        "drm_type": choice("drm_type", drm_type, DRM_TYPES),
    }
    key = _from_hex("signing_key", signing_key, (16, 24, 32))
    iv = _from_hex("signing_iv", signing_iv, (16,))
    content_data = base64.urlsafe_b64encode(codec.dumps(content))
    digest = hashlib.sha1(content_data, usedforsecurity=False).digest()
    signature = base64.b64encode(_encrypted(digest, key, iv))
    signed = codec.dumps({"content_data": content_data.decode(), "signature": signature.decode()})
    return base64.urlsafe_b64encode(signed).decode()


def _from_hex(name: str, value: Any, sizes: tuple[int, ...]) -> bytes:
    """Return the bytes of a secret. It is never shown."""
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) not in [2 * size for size in sizes]:
        wanted = " or ".join(str(2 * size) for size in sizes)
        raise InvalidInputError(name, f"must be {wanted} hexadecimal digits, as the organization has it")
    return bytes.fromhex(value)


def _encrypted(data: bytes, key: bytes, iv: bytes) -> bytes:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - it is an extra
        from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415
    except ImportError:
        problem = "cannot be used without the cryptography package: pip install 'tpstreams-async[drm]'"
        raise InvalidInputError("signing_key", problem) from None
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
