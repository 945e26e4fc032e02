"""The tables of a ledger, made for people with a SQLite shell too."""

from typing import Final

#: Stands in the file's head: "TPSL".
APPLICATION_ID: Final = 0x5450534C
VERSION: Final = 1

# Nothing that older SQLites lack: a Python can come with one of its system's age. The checks hold for whoever writes,
# be it somebody in a shell.
TABLES: Final = """
CREATE TABLE ledger (
    organization_id TEXT NOT NULL,
    base_url TEXT NOT NULL,
    created TEXT NOT NULL,
    runs INTEGER NOT NULL,
    batches INTEGER NOT NULL
);
CREATE TABLE videos (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    line INTEGER NOT NULL,
    title TEXT,
    source TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'submitting', 'submitted', 'completed', 'failed', 'unknown',
                                         'held', 'needs_review')),
    batch INTEGER,
    asset_id TEXT UNIQUE,
    error TEXT,
    candidates TEXT,
    changed TEXT NOT NULL,
    CHECK (CASE WHEN state IN ('submitted', 'completed') THEN asset_id IS NOT NULL AND asset_id <> ''
                WHEN state = 'failed' THEN 1
                ELSE asset_id IS NULL END)
);
CREATE INDEX videos_by_state ON videos (state);
CREATE TABLE events (
    video INTEGER NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT
);
CREATE TABLE foreigners (asset_id TEXT PRIMARY KEY);
CREATE TABLE baselines (number INTEGER NOT NULL);
CREATE VIEW summary AS
    SELECT state, count(*) AS videos, min(changed) AS first_change, max(changed) AS last_change
    FROM videos GROUP BY state;
CREATE VIEW history AS
    SELECT at, line, title, was, became, note, key
    FROM events JOIN videos ON number = video ORDER BY events.rowid;
"""
