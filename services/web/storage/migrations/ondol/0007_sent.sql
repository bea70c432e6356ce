-- Questions by the name their browser gave them: one that is sent twice, because the first answer was lost, is stored once.
-- A row outlives its message, so that a deleted question does not come back.
CREATE TABLE sent_messages (
    session_id INTEGER NOT NULL REFERENCES chat_sessions(id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (session_id, client_id)
) WITHOUT ROWID;
