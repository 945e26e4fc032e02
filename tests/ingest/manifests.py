"""Manifests of tests, and what is read of them."""

from pathlib import Path
from typing import Any

import pytest

from tpstreams_async import InvalidInputError
from tpstreams_async.ingest.manifest import BadRow, Row, read_rows

URL = "https://origin.example/talks/opening.mp4"
ONE: dict[str, Any] = {"url": URL, "title": "Opening", "resolutions": ["240p", "720p"]}


async def read(source: Any, **options: Any) -> list[Row | BadRow]:
    return [row async for row in read_rows(source, **options)]


async def read_good(source: Any, **options: Any) -> list[Any]:
    rows = await read(source, **options)
    for row in rows:
        assert isinstance(row, Row), row
    return rows


async def good(row: Any, **options: Any) -> Row:
    (made,) = await read_good([row], **options)
    return made


async def bad(row: Any, **options: Any) -> BadRow:
    (made,) = await read([row], **options)
    assert isinstance(made, BadRow), made
    return made


async def refused(source: Any, **options: Any) -> str:
    """Read to the end, which has to fail, and return why."""
    with pytest.raises(InvalidInputError) as caught:
        await read(source, **options)
    return str(caught.value)


def written(folder: Path, content: str | bytes, name: str = "videos.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
