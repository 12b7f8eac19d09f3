"""The schema, as the ordered list of migrations that lead to it; never edit one that shipped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from docqa.store.pairs import fill_pairs
from docqa.store.vector_schema import VECTOR_FILES

Migration = str | Callable[[sqlite3.Connection], None]
"""SQL text, or a function for what SQL cannot do; runs inside its own transaction."""

APPLICATION_ID = 0x646F6371
"""The bytes "docq" in the header of the file."""

_VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('workspace', lower(hex(randomblob(16))));
INSERT INTO meta VALUES ('created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));

-- AUTOINCREMENT: ids are never reused, indexes outside of this file rely on it.
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path ANY NOT NULL,               -- TEXT; BLOB where the name of the file is not Unicode
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    pages INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'queued',
    problem TEXT,
    seconds REAL NOT NULL DEFAULT 0,
    added REAL NOT NULL              -- Unix time
) STRICT;
CREATE UNIQUE INDEX documents_sha256 ON documents (sha256) WHERE sha256 <> '';

CREATE TABLE pages (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 1),
    text TEXT NOT NULL,
    label TEXT NOT NULL,
    problem TEXT,
    scanned INTEGER NOT NULL,
    UNIQUE (document_id, number)
) STRICT;
CREATE INDEX pages_failed ON pages (document_id, number)
    WHERE problem IS NOT NULL AND scanned = 0;
CREATE INDEX pages_scanned ON pages (document_id, number) WHERE scanned = 1;

CREATE TABLE sections (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    title TEXT NOT NULL,
    level INTEGER NOT NULL,
    page INTEGER NOT NULL,
    PRIMARY KEY (document_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    context TEXT NOT NULL
) STRICT;
CREATE INDEX passages_in_order ON passages (document_id, page, start);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    question TEXT,
    question_key TEXT,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    pass_number INTEGER NOT NULL,
    predictability REAL,
    hits INTEGER NOT NULL DEFAULT 0,
    last_hit REAL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX notes_by_document ON notes (document_id, status, kind);
CREATE INDEX notes_by_status ON notes (status, id);
CREATE INDEX notes_by_question ON notes (question_key) WHERE question_key IS NOT NULL;

CREATE TABLE evidence (
    note_id INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    quote TEXT NOT NULL,
    UNIQUE (note_id, ordinal)
) STRICT;
CREATE INDEX evidence_by_document ON evidence (document_id);

CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    unit INTEGER NOT NULL,
    pass_number INTEGER NOT NULL,
    input_hash TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    seconds REAL,
    finished REAL,
    UNIQUE (document_id, kind, unit, pass_number, input_hash)
) STRICT;
CREATE INDEX steps_pending ON steps (priority, id) WHERE state = 'pending';
CREATE INDEX steps_by_state ON steps (document_id, state);

CREATE TABLE usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    purpose TEXT NOT NULL,
    route TEXT NOT NULL,
    document_id INTEGER REFERENCES documents (id) ON DELETE SET NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    first_token REAL NOT NULL,
    seconds REAL NOT NULL
) STRICT;
CREATE INDEX usage_by_document ON usage (document_id);

CREATE TABLE turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    answer TEXT NOT NULL             -- JSON
) STRICT;
CREATE TABLE turn_documents (
    turn_id INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    PRIMARY KEY (turn_id, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_documents_by_document ON turn_documents (document_id);

CREATE TABLE embedders (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    dimension INTEGER NOT NULL
) STRICT;
CREATE TABLE passage_vectors (
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    embedder_id INTEGER NOT NULL REFERENCES embedders (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,            -- little-endian float16
    UNIQUE (passage_id, embedder_id)
) STRICT;
CREATE TABLE note_vectors (
    note_id INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    embedder_id INTEGER NOT NULL REFERENCES embedders (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (note_id, embedder_id)
) STRICT;

-- Notes and conversations that quote a removed document go with it, also another document's.
CREATE TRIGGER documents_leave_no_trace BEFORE DELETE ON documents BEGIN
    DELETE FROM notes WHERE id IN (SELECT note_id FROM evidence WHERE document_id = old.id);
    DELETE FROM turns WHERE id IN (SELECT turn_id FROM turn_documents WHERE document_id = old.id);
END;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, context, content = 'passages', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE passages_words USING fts5vocab ('passages_fts', 'row');
CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text, context) VALUES (new.id, new.text, new.context);
END;
CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, context)
        VALUES ('delete', old.id, old.text, old.context);
END;
CREATE TRIGGER passages_fts_update AFTER UPDATE OF id, text, context ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, context)
        VALUES ('delete', old.id, old.text, old.context);
    INSERT INTO passages_fts (rowid, text, context) VALUES (new.id, new.text, new.context);
END;

CREATE VIRTUAL TABLE notes_fts USING fts5 (
    question, text, content = 'notes', content_rowid = 'id', prefix = '2 3',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER notes_fts_insert AFTER INSERT ON notes BEGIN
    INSERT INTO notes_fts (rowid, question, text) VALUES (new.id, new.question, new.text);
END;
CREATE TRIGGER notes_fts_delete AFTER DELETE ON notes BEGIN
    INSERT INTO notes_fts (notes_fts, rowid, question, text)
        VALUES ('delete', old.id, old.question, old.text);
END;
CREATE TRIGGER notes_fts_update AFTER UPDATE OF id, question, text ON notes BEGIN
    INSERT INTO notes_fts (notes_fts, rowid, question, text)
        VALUES ('delete', old.id, old.question, old.text);
    INSERT INTO notes_fts (rowid, question, text) VALUES (new.id, new.question, new.text);
END;
"""

_VERSION_2 = """
ALTER TABLE pages ADD COLUMN places BLOB NOT NULL DEFAULT x'';  -- where the words of the text stand
ALTER TABLE pages ADD COLUMN confidence REAL;                   -- of OCR, 0 to 1
ALTER TABLE documents ADD COLUMN viewable INTEGER NOT NULL DEFAULT 0;
UPDATE documents SET viewable = 1 WHERE status IN ('indexing', 'ready', 'partial')
    AND NOT EXISTS (SELECT 1 FROM pages WHERE document_id = documents.id AND problem IS NOT NULL);
-- Of the file when it was read, so that an unchanged one need not be read again: bytes, and
-- nanoseconds since 1970.
ALTER TABLE documents ADD COLUMN size INTEGER;
ALTER TABLE documents ADD COLUMN modified INTEGER;
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path ANY NOT NULL UNIQUE,        -- TEXT; BLOB where the name is not Unicode
    added REAL NOT NULL              -- Unix time
) STRICT;
"""

_VERSION_3 = """
CREATE INDEX documents_path ON documents (path);
-- Whether the system's keyring has its password, which is asked for nothing else.
ALTER TABLE documents ADD COLUMN password_kept INTEGER NOT NULL DEFAULT 0;
-- Files of watched folders whose documents were removed: a rescan does not bring them back.
CREATE TABLE left_out (
    path ANY NOT NULL UNIQUE,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX left_out_sha256 ON left_out (sha256);
"""

_VERSION_4 = """
-- How many passages each document has, counting those of a large library takes too long; and
-- between which ids they are (others, too, where a document was read anew).
ALTER TABLE documents ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN first_passage INTEGER;
ALTER TABLE documents ADD COLUMN last_passage INTEGER;
UPDATE documents SET (passages, first_passage, last_passage) = (
    SELECT count(*), min(id), max(id) FROM passages WHERE document_id = documents.id
);
CREATE TRIGGER passages_counted_insert AFTER INSERT ON passages BEGIN
    UPDATE documents SET passages = passages + 1,
        first_passage = min(coalesce(first_passage, new.id), new.id),
        last_passage = max(coalesce(last_passage, new.id), new.id)
    WHERE id = new.document_id;
END;
CREATE TRIGGER passages_counted_delete AFTER DELETE ON passages BEGIN
    UPDATE documents SET passages = passages - 1 WHERE id = old.document_id;
END;

-- Words that stand in many passages, as a sample of them says; empty in small libraries.
CREATE TABLE common_words (
    term TEXT PRIMARY KEY,
    share REAL NOT NULL              -- of all passages, 0 to 1
) STRICT, WITHOUT ROWID;

-- Of scripts without blanks between words: what unspaced.pieces makes of text and context.
CREATE VIRTUAL TABLE passages_pairs USING fts5 (
    text, context,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc' tokenchars '.,'"
);
CREATE VIRTUAL TABLE passages_pairs_words USING fts5vocab ('passages_pairs', 'row');
CREATE TRIGGER passages_pairs_delete AFTER DELETE ON passages BEGIN
    DELETE FROM passages_pairs WHERE rowid = old.id;
END;
"""

# Version 5 makes the pairs of the passages that were there before version 4.
MIGRATIONS: tuple[Migration, ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
    fill_pairs,
    VECTOR_FILES,
)
