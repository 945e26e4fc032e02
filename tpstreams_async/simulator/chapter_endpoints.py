"""What the API does with the chapters of a video."""

from __future__ import annotations

from .answers import Answer, no_content, not_found
from .call import Call
from .chapters import Chapter, new_chapters


def create_chapters(call: Call) -> Answer:
    """Add chapters to those that are there, and show them all."""
    asset, _ = call.video()
    fields = call.fields()
    new = new_chapters(fields)
    fields.finish()
    service = call.service
    added = [Chapter(service.ids.number(), title, start) for title, start in new]
    chapters = [*service.chapters.get(asset.id, ()), *added]
    service.chapters[asset.id] = sorted(chapters, key=lambda chapter: chapter.start_time)
    return call.page(service.chapters[asset.id], Chapter.row, 201)


def list_chapters(call: Call) -> Answer:
    """List the chapters of a video, the earliest first."""
    asset, _ = call.video()
    return call.page(call.service.chapters.get(asset.id, []), Chapter.row)


def delete_chapter(call: Call) -> Answer:
    """Delete one chapter of a video."""
    asset, _ = call.video()
    number, chapters = call.number(), call.service.chapters.get(asset.id, [])
    left = [chapter for chapter in chapters if chapter.id != number]
    if len(left) == len(chapters):
        raise not_found()
    call.service.chapters[asset.id] = left
    return no_content()
