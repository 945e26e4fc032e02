"""What the API does with folders, and the lists of what lies in them."""

from __future__ import annotations

from collections.abc import Sequence

from .answers import Answer, json_answer
from .call import Call
from .lifecycle import Asset


def list_assets(call: Call) -> Answer:
    """List assets and folders, newest first."""
    service, now = call.service, call.now
    return call.pages(_wanted(call), lambda asset: service.encoder.list_row(asset, now))


def list_live_streams(call: Call) -> Answer:
    """List live streams, newest first."""
    service, now = call.service, call.now
    return call.pages(service.store.live_streams(), lambda asset: service.encoder.list_row(asset, now))


def list_folders(call: Call) -> Answer:
    """List folders, newest first."""
    store, text = call.service.store, call.query.get("q", "")
    rows = [asset for asset in store.titled(text) if asset.is_folder] if text else store.folders()
    return call.pages(rows, lambda folder: {"title": folder.title, "uuid": folder.id})


def _wanted(call: Call) -> Sequence[Asset]:
    store, query = call.service.store, call.query
    text, parent, has_parent = query.get("q", ""), query.get("parent"), query.get("has_parent", "").lower()
    if text:
        rows = store.titled(text)
        if parent:
            return [asset for asset in rows if asset.parent_id == parent]
        if has_parent in ("true", "false"):
            return [asset for asset in rows if (asset.parent_id is not None) == (has_parent == "true")]
        return rows
    if parent:
        return store.rows_inside(parent)
    if has_parent == "false":
        return store.rows_inside(None)
    return store.rows_nested() if has_parent == "true" else store.rows()


def create_folder(call: Call) -> Answer:
    """Create a folder."""
    fields = call.fields()
    title, parent = fields.text("title", required=True), fields.text("parent") or None
    call.folder(fields, "parent", parent)
    fields.finish()
    folder = call.service.create_folder(title or "", parent)
    return json_answer({"title": folder.title, "uuid": folder.id}, 201)
