-- What a file says, once for all files that say the same.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    parser_version TEXT NOT NULL,
    chars INTEGER NOT NULL,               -- code points of its text
    chunk_count INTEGER NOT NULL,
    embedded_count INTEGER NOT NULL,      -- chunks that have their vector
    UNIQUE (sha256, parser_version)
) STRICT;

-- The whole text in pieces of equal length, so that a look into a long one reads little.
CREATE TABLE content_pieces (
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,               -- code points
    text TEXT NOT NULL,
    UNIQUE (content_id, start)
) STRICT;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,            -- relative to inbox/, NFC
    owner TEXT,                           -- folder name of its user; NULL: shared
    title TEXT NOT NULL,
    collection TEXT NOT NULL,             -- subfolder, '' for none
    sha256 TEXT NOT NULL,                 -- '' until ingest has read the file
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
CREATE INDEX documents_by_owner ON documents(owner);

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,               -- code points into the content's text
    end INTEGER NOT NULL,
    page INTEGER,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    hash TEXT NOT NULL,                   -- of heading and text: an unchanged chunk keeps its vector
    UNIQUE (content_id, ordinal)
) STRICT;
CREATE INDEX chunks_by_hash ON chunks(hash);

-- The truth about vectors; the index of storage/vector_index.py is made from it.
CREATE TABLE vectors (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
    embedding BLOB NOT NULL               -- little-endian float32, length 1
) STRICT;

-- Chunks that wait for their vector.
CREATE TABLE pending_chunks (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE
) STRICT;

-- Words of a chunk, prepared by services/web/library/lexical.py; contentless, its rowid is chunks.id.
CREATE VIRTUAL TABLE chunk_fts USING fts5(body, content='', tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE chunk_fts_terms USING fts5vocab(chunk_fts, 'row');

CREATE TABLE library_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
