"""The tables that say which files beside the database hold which vectors, and what they lack."""

from __future__ import annotations

# In a trigger, "OR REPLACE" gives way to the statement that fired it; so delete, then insert.
_TRIGGERS = """
CREATE TRIGGER {owner}_vectors_insert AFTER INSERT ON {owner}_vectors BEGIN
    UPDATE embedders SET {owner}s = {owner}s + 1 WHERE id = new.embedder_id;
    DELETE FROM vector_changes WHERE embedder_id = new.embedder_id
        AND owner = '{owner}' AND owner_id = new.{owner}_id;
    INSERT INTO vector_changes (owner, embedder_id, owner_id)
        VALUES ('{owner}', new.embedder_id, new.{owner}_id);
END;
CREATE TRIGGER {owner}_vectors_update AFTER UPDATE ON {owner}_vectors BEGIN
    DELETE FROM vector_changes WHERE embedder_id = new.embedder_id
        AND owner = '{owner}' AND owner_id = new.{owner}_id;
    INSERT INTO vector_changes (owner, embedder_id, owner_id)
        VALUES ('{owner}', new.embedder_id, new.{owner}_id);
END;
CREATE TRIGGER {owner}_vectors_delete AFTER DELETE ON {owner}_vectors BEGIN
    UPDATE embedders SET {owner}s = {owner}s - 1 WHERE id = old.embedder_id;
    DELETE FROM vector_changes WHERE embedder_id = old.embedder_id
        AND owner = '{owner}' AND owner_id = old.{owner}_id;
    INSERT INTO vector_changes (owner, embedder_id, owner_id)
        SELECT '{owner}', id, old.{owner}_id FROM embedders WHERE id = old.embedder_id;
END;
INSERT INTO vector_changes (owner, embedder_id, owner_id)
    SELECT '{owner}', embedder_id, {owner}_id FROM {owner}_vectors ORDER BY {owner}_id;
UPDATE embedders SET {owner}s =
    (SELECT count(*) FROM {owner}_vectors WHERE embedder_id = embedders.id);
"""

VECTOR_FILES = """
-- How many vectors there are: counting a million takes too long.
ALTER TABLE embedders ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE embedders ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;
-- Files of vectors beside the database. One that is not listed here is not to be believed.
CREATE TABLE vector_files (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,             -- 'passage' or 'note'
    embedder_id INTEGER NOT NULL REFERENCES embedders (id) ON DELETE CASCADE,
    rows INTEGER NOT NULL,
    first_id INTEGER NOT NULL,       -- all of its owners are from this one
    last_id INTEGER NOT NULL,        -- to this one
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX vector_files_by_embedder ON vector_files (embedder_id);
-- Whose vectors came, changed or went since: of them, files say nothing that is true.
CREATE TABLE vector_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    embedder_id INTEGER NOT NULL REFERENCES embedders (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL,
    UNIQUE (embedder_id, owner, owner_id)
) STRICT;
""" + "".join(_TRIGGERS.format(owner=owner) for owner in ("passage", "note"))
