"""Chapters of a video."""

from __future__ import annotations

import re

import attrs

from .checks import Fields

_START = re.compile(r"\d\d:[0-5]\d:[0-5]\d", re.ASCII)


@attrs.frozen
class Chapter:
    """A chapter; `start_time` is `HH:MM:SS`."""

    id: int
    title: str
    start_time: str

    def row(self) -> dict[str, int | str]:
        """Return the chapter as the API shows it."""
        return {"id": self.id, "title": self.title, "start_time": self.start_time}


def new_chapters(fields: Fields) -> list[tuple[str, str]]:
    """Return the checked titles and starts of new chapters; `fields.finish()` tells whether they hold."""
    if fields.required("chapters") == []:
        fields.wrong("chapters", "This list may not be empty.")
    new: list[tuple[str, str]] = []
    for item in fields.objects("chapters"):
        title, start = item.text("title", required=True), item.text("start_time", required=True)
        if start and not _START.fullmatch(start):
            item.wrong("start_time", "Time has wrong format. Use one of these formats instead: hh:mm:ss.")
        new.append((title or "", start or ""))
    return new
