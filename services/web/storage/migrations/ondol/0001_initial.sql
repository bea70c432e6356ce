CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,  -- NFC, case-folded
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE prompt_templates (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    examples TEXT NOT NULL,   -- JSON [{"user", "assistant"}]
    variables TEXT NOT NULL,  -- JSON [{"name", "default"}]
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX prompt_templates_by_user ON prompt_templates(user_id, id);

CREATE TABLE chat_sessions (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    title_is_default INTEGER NOT NULL DEFAULT 1,
    settings TEXT NOT NULL,   -- JSON: only what differs from the defaults
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX chat_sessions_by_user ON chat_sessions(user_id, updated_at, id);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES chat_sessions(id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'stopped', 'failed')),
    content TEXT NOT NULL,
    rag_context TEXT,
    sources TEXT NOT NULL DEFAULT '[]',  -- JSON, in the order they were prompted
    usage TEXT,
    timings TEXT,
    error TEXT,
    tokens BLOB,              -- little-endian int32: the answer as it was generated
    tokens_model TEXT,        -- the model whose vocabulary they are of
    run_id TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_session ON messages(session_id, id);

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES chat_sessions(id) ON DELETE CASCADE,
    user_message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'stopped', 'failed')),
    use_rag INTEGER NOT NULL,
    seed INTEGER NOT NULL,    -- drawn once, so that a continued run continues the same draw
    attempts INTEGER NOT NULL DEFAULT 0,
    model_key TEXT,           -- whose tokens are journaled
    finish_reason TEXT,       -- stop, length or stopped
    created_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE INDEX runs_unfinished ON runs(status) WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_session ON runs(session_id);
CREATE INDEX runs_by_user_message ON runs(user_message_id);
CREATE INDEX runs_by_message ON runs(message_id);

CREATE TABLE run_tokens (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    tokens BLOB NOT NULL,     -- little-endian int32
    text TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;
