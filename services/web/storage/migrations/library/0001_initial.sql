-- What a file says, once for all files that say the same.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    parser_version TEXT NOT NULL,
    text TEXT NOT NULL,
    chunk_count INTEGER NOT NULL,
    UNIQUE (sha256, parser_version)
) STRICT;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,            -- relative to inbox/, NFC
    owner TEXT,                           -- folder name of its user; NULL: shared
    title TEXT NOT NULL,
    collection TEXT NOT NULL,             -- subfolder, '' for none
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    parser_version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'parsing', 'embedding', 'ready', 'failed', 'unsupported')),
    error_code TEXT,
    error_message TEXT,
    progress_done INTEGER,
    progress_total INTEGER,
    content_id INTEGER REFERENCES contents(id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX documents_by_content ON documents(content_id);
CREATE INDEX documents_by_sha ON documents(sha256);
CREATE INDEX documents_by_state ON documents(state);

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,               -- code points into contents.text
    end INTEGER NOT NULL,
    page INTEGER,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    hash TEXT NOT NULL,                   -- of heading and text: an unchanged chunk keeps its embedding
    embedding BLOB                        -- little-endian float32, length 1; NULL until embedded
) STRICT;
CREATE INDEX chunks_by_content ON chunks(content_id, ordinal);
CREATE INDEX chunks_by_hash ON chunks(hash);
CREATE INDEX chunks_unembedded ON chunks(id) WHERE embedding IS NULL;

-- Words of a chunk, prepared by services/web/chat/lexical.py; contentless, its rowid is chunks.id.
CREATE VIRTUAL TABLE chunk_fts USING fts5(body, content='', tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE chunk_fts_terms USING fts5vocab(chunk_fts, 'row');

CREATE TABLE library_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
