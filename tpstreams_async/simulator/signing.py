"""Requests for licences that an organization has signed with its own key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, cast

import orjson

from .answers import detail, field_errors

_BLOCK_BITS = 128
"""A block of AES."""


def signature(data: bytes, key: str, iv: str) -> str:
    """Return the signature of `data`: its SHA-1 digest in AES-CBC with PKCS7 padding, in base64.

    Args:
        data: any bytes.
        key: 64 hex digits.
        iv: 32 hex digits.

    Raises:
        RefusalError: 501, the library that knows AES is not installed.
    """
    try:
        # On demand: all else works without it, so it is not among what the package needs.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415
        from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415
    except ImportError:
        message = "Signatures can only be verified where the package cryptography is installed."
        raise detail(501, message) from None
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes.fromhex(iv))).encryptor()
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    padded = padder.update(digest) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def signed_content(text: str, key: str, iv: str) -> dict[str, Any]:
    """Return what was signed, out of the `data` of a request; its own fields are still to be checked.

    Raises:
        RefusalError: 400, it is no such data; 403, the signature is wrong; 501, see `signature`.
    """
    outer = _decoded(text)
    content, given = outer.get("content_data"), outer.get("signature")
    if not isinstance(content, str) or not isinstance(given, str):
        raise field_errors({"data": ["content_data and signature are required."]})
    right = signature(content.encode("utf-8", "surrogatepass"), key, iv)
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode()):
        raise detail(403, "Invalid signature.")
    return _decoded(content)


def _decoded(text: str) -> dict[str, Any]:
    try:
        # Else the two characters that are not safe in a URL would be taken as well.
        text = text.replace("+", " ").replace("/", " ")
        value: Any = orjson.loads(base64.b64decode(text, altchars=b"-_", validate=True))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise field_errors({"data": ["Enter JSON objects in URL-safe base64."]})
    return cast("dict[str, Any]", value)
