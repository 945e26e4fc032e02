"""Pushing the bytes of a file to where the server wants them."""

from .opening import require_readable
from .uploader import Uploader

__all__ = ["Uploader", "require_readable"]
