"""Waiting for the server's work."""

from .job import Job, Updates
from .waiter import Update
from .watcher import JobWatcher

__all__ = ["Job", "JobWatcher", "Update", "Updates"]
