"""The permission to upload one file: a policy, its signature, and the check of what comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import attrs
import orjson

from .storage_answers import denied, storage_refusal

BUCKET = "simulator-uploads"

_ALGORITHM = "AWS4-HMAC-SHA256"
_REGION = "us-east-1"
_RANGE = "content-length-range"
_SIGNATURE = "x-amz-signature"
_UNCONDITIONAL = frozenset({"policy", _SIGNATURE})
_IGNORED = "x-ignore-"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


@attrs.frozen
class Sizes:
    """How many bytes a file may have."""

    least: int
    most: int


class Signer:
    """Hands out permissions to upload, and knows its own again; it keeps none of them.

    Args:
        access_key: the name of the key, which everybody may see.
        secret_key: what the signatures are made with.
    """

    def __init__(self, access_key: str, secret_key: str) -> None:
        self._access_key = access_key
        self._secret = secret_key

    def payload(self, key: str, now: datetime, seconds: float, max_bytes: int) -> dict[str, str]:
        """Return the fields that permit the upload of one file.

        Args:
            key: the name of the file in the bucket.
            now: in UTC.
            seconds: for how long the permission is good.
            max_bytes: the largest file.
        """
        day = f"{now:%Y%m%d}"
        fields = {
            "key": key,
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-credential": f"{self._access_key}/{day}/{_REGION}/s3/aws4_request",
            "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
        }
        expires = (now + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        conditions: list[Any] = [{"bucket": BUCKET}, *({n: v} for n, v in fields.items()), [_RANGE, 1, max_bytes]]
        policy = base64.b64encode(orjson.dumps({"expiration": expires, "conditions": conditions})).decode()
        return {**fields, "policy": policy, _SIGNATURE: self._sign(policy, day)}

    def check(self, fields: Mapping[str, str], now: datetime) -> Sizes:
        """Return what sizes the fields of a form permit.

        Args:
            fields: those in front of the file.
            now: in UTC.

        Raises:
            RefusalError: 403, they permit nothing.
        """
        policy = fields.get("policy")
        if policy is None or _SIGNATURE not in fields:
            raise denied()
        conditions, expires = self._read(policy, fields[_SIGNATURE])
        if now >= expires:
            raise denied("Policy expired.")
        sizes = Sizes(0, 0)
        expected: dict[str, str] = {}
        for condition in conditions:
            if isinstance(condition, list):
                _, least, most = cast("tuple[str, int, int]", condition)
                sizes = Sizes(least, most)
            else:
                expected.update(condition)
        del expected["bucket"]
        for name, value in expected.items():
            if fields.get(name) != value:
                shown = orjson.dumps(["eq", f"${name}", value]).decode()
                raise denied(f"Policy Condition failed: {shown}")
        extra = [n for n in fields if n not in expected and n not in _UNCONDITIONAL and not n.startswith(_IGNORED)]
        if extra:
            raise denied(f"Extra input fields: {', '.join(extra)}")
        return sizes

    def _read(self, policy: str, signature: str) -> tuple[list[Any], datetime]:
        mismatch = storage_refusal(403, "SignatureDoesNotMatch", _MISMATCH)
        try:
            value: Any = orjson.loads(base64.b64decode(policy, validate=True))
            conditions: list[Any] = value["conditions"]
            expires = datetime.fromisoformat(value["expiration"])
            # The day that the key was made for is told by the policy, so no other field can spoil the signature.
            right = self._sign(policy, next(c["x-amz-date"] for c in conditions if "x-amz-date" in c)[:8])
        except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
            raise mismatch from None
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise mismatch
        return conditions, expires

    def _sign(self, policy: str, day: str) -> str:
        key = b"AWS4" + self._secret.encode()
        for part in (day, _REGION, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), hashlib.sha256)
        return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()
