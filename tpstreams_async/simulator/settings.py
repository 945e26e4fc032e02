"""How a simulator behaves: durations, page sizes, limits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import attrs


def _duration(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{attribute.name} must be 0 or more seconds, not {value!r}")


def _positive(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise ValueError(f"{attribute.name} must be 1 or more, not {value!r}")


def _organization(_: object, __: attrs.Attribute[str], value: str) -> None:
    if not re.fullmatch("[a-z0-9]+", value):
        raise ValueError(f"organization_id must be of a to z and 0 to 9, not {value!r}")


def _token(_: object, __: attrs.Attribute[str], value: str) -> None:
    if not re.fullmatch("[!-~]+", value):
        raise ValueError("token must be of printable ASCII without spaces")


def _upload_status(_: object, __: attrs.Attribute[int], value: int) -> None:
    if value not in (200, 201, 204):
        raise ValueError(f"upload_status must be 200, 201 or 204, not {value!r}")


def _methods(_: object, __: attrs.Attribute[Sequence[str]], value: Sequence[str]) -> None:
    if not value or not set(value) <= {"PATCH", "PUT"}:
        raise ValueError(f"update_methods must be of PATCH and PUT, not {value!r}")


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that is fixed when a simulator starts; durations in simulated seconds."""

    organization_id: str = attrs.field(validator=_organization)
    token: str = attrs.field(repr=False, validator=_token)
    fetch: bool = True
    processing_seconds: float = attrs.field(default=6.0, validator=_duration)
    trim_seconds: float = attrs.field(default=4.0, validator=_duration)
    subtitle_seconds: float = attrs.field(default=4.0, validator=_duration)
    revert_seconds: float = attrs.field(default=2.0, validator=_duration)
    server_seconds: float = attrs.field(default=25.0, validator=_duration)
    recording_seconds: float = attrs.field(default=6.0, validator=_duration)
    deletion_seconds: float = attrs.field(default=2.0, validator=_duration)
    transcoding_seconds: float = attrs.field(default=6.0, validator=_duration)
    subtitle_job_seconds: float = attrs.field(default=4.0, validator=_duration)
    visible_after: float = attrs.field(default=0.0, validator=_duration)
    page_size: int = attrs.field(default=50, validator=_positive)
    max_page_size: int = attrs.field(default=100, validator=_positive)
    moving_progress: bool = True
    busy_while_trimming: bool = True
    paginate_subtitle_jobs: bool = False
    update_methods: Sequence[str] = attrs.field(default=("PATCH", "PUT"), validator=_methods)
    users: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    max_request_bytes: int = attrs.field(default=8 * 2**20, validator=_positive)
    max_fetch_bytes: int = attrs.field(default=4 * 2**30, validator=_positive)
    upload_expires_seconds: float = attrs.field(default=3600.0, validator=_duration)
    max_upload_bytes: int = attrs.field(default=5 * 2**30, validator=_positive)
    upload_status: int = attrs.field(default=204, validator=_upload_status)
    hash_uploads: bool = True
    throttle: int | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    throttle_seconds: float = attrs.field(default=1.0, validator=attrs.validators.gt(0))
