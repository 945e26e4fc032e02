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
    readings INTEGER NOT NULL,
    batches INTEGER NOT NULL
);
CREATE TABLE videos (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    replaced TEXT,
    line INTEGER NOT NULL,
    reading INTEGER NOT NULL,
    title TEXT,
    plain_title TEXT,
    folder TEXT NOT NULL,
    source TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'submitting', 'submitted', 'completed', 'failed', 'unknown',
                                         'held', 'needs_review', 'skipped')),
    batch INTEGER,
    asset_id TEXT,
    error TEXT,
    candidates TEXT,
    changed TEXT NOT NULL,
    CHECK (CASE WHEN state IN ('submitted', 'completed', 'skipped') THEN asset_id IS NOT NULL AND asset_id <> ''
                WHEN state = 'failed' THEN 1
                ELSE asset_id IS NULL END)
);
CREATE INDEX videos_by_state ON videos (state, reading);
CREATE INDEX videos_by_place ON videos (plain_title, folder);
CREATE INDEX videos_by_source ON videos (source);
CREATE INDEX replacements ON videos (replaced) WHERE replaced IS NOT NULL;
CREATE UNIQUE INDEX owners ON videos (asset_id) WHERE state <> 'skipped';
CREATE TABLE events (
    video INTEGER NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT
);
CREATE TABLE foreigners (asset_id TEXT PRIMARY KEY);
CREATE TABLE baselines (number INTEGER NOT NULL);
CREATE TABLE existing (
    number INTEGER PRIMARY KEY,
    asset_id TEXT NOT NULL UNIQUE,
    plain_title TEXT NOT NULL,
    folder TEXT NOT NULL,
    shown TEXT NOT NULL
);
CREATE INDEX existing_by_place ON existing (plain_title, folder);
CREATE TABLE looks (number INTEGER NOT NULL);
-- A plus keeps SQLite from going by the state, which most rows may be in.
CREATE VIEW undecided AS
    SELECT * FROM videos
    WHERE +state = 'planned' AND batch IS NULL AND reading = (SELECT readings FROM ledger)
        AND number > (SELECT coalesce(max(number), 0) FROM looks);
-- What may have a video, and is in the source no longer.
CREATE VIEW gone AS
    SELECT * FROM videos
    WHERE +reading < (SELECT readings FROM ledger) AND replaced IS NULL
        AND +state IN ('unknown', 'submitted', 'completed', 'held', 'needs_review', 'skipped');
CREATE VIEW unsent AS
    SELECT * FROM videos AS new
    WHERE state = 'planned' AND reading = (SELECT readings FROM ledger) AND batch IS NULL
        AND NOT EXISTS (SELECT 1 FROM videos AS old WHERE old.replaced = new.key);
-- What the source that was read last has, and what is still to be found out.
CREATE VIEW summary AS
    SELECT state, count(*) AS videos, min(changed) AS first_change, max(changed) AS last_change
    FROM videos
    WHERE replaced IS NULL
        AND (reading IN ((SELECT readings FROM ledger), -1) OR state IN ('submitting', 'unknown', 'submitted'))
    GROUP BY state;
CREATE VIEW history AS
    SELECT at, line, title, was, became, note, coalesce(replaced, key) AS key
    FROM events JOIN videos ON number = video ORDER BY events.rowid;
"""
