"""Pushing the bytes of a file to where the server wants them."""

from .uploader import Uploader

__all__ = ["Uploader"]
