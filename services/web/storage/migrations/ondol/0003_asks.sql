-- Questions by file: inbox/minsu/bill.ask.md. A row goes when its file goes.
CREATE TABLE asks (
    path TEXT PRIMARY KEY,    -- relative to inbox/, NFC
    sha256 TEXT NOT NULL,     -- of the file as it was told: equal content is not answered twice
    question TEXT NOT NULL,
    error TEXT,               -- JSON {code, message}: why the file could not be read
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done')),
    session_id INTEGER REFERENCES chat_sessions(id) ON DELETE SET NULL,  -- the chat it is answered in
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX asks_waiting ON asks(created_at) WHERE state = 'waiting';
CREATE INDEX asks_by_session ON asks(session_id);

ALTER TABLE runs ADD COLUMN priority TEXT NOT NULL DEFAULT 'interactive';
