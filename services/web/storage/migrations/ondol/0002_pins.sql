-- Answers that somebody found good: the question, and the passages it was answered from. The self-test asks them again.
CREATE TABLE pins (
    message_id INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    targets TEXT NOT NULL,    -- JSON: sources as they are stored with the answer
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX pins_by_user ON pins(user_id, created_at);

CREATE TABLE selftests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    setup TEXT NOT NULL,      -- what the search was made of: results of another one are a before and after
    result TEXT NOT NULL,     -- JSON
    ran_at TEXT NOT NULL
) STRICT;
CREATE INDEX selftests_by_user ON selftests(user_id, id);
