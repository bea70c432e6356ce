-- Messages are a tree: another answer to a question, or another wording of one, is a sibling. What was there is a chain.
ALTER TABLE messages ADD COLUMN parent_id INTEGER REFERENCES messages(id);  -- always older than its children
ALTER TABLE messages ADD COLUMN thumb TEXT CHECK (thumb IN ('up', 'down'));
UPDATE messages SET
    parent_id = (SELECT max(p.id) FROM messages p WHERE p.session_id = messages.session_id AND p.id < messages.id),
    thumb = CASE WHEN EXISTS (SELECT 1 FROM pins WHERE message_id = messages.id) THEN 'up' END;
CREATE INDEX messages_by_parent ON messages(parent_id);
CREATE INDEX messages_versions ON messages(session_id, parent_id, id);

-- The last message of the branch that is shown; NULL for a chat without messages.
ALTER TABLE chat_sessions ADD COLUMN leaf_id INTEGER;
UPDATE chat_sessions SET leaf_id = (SELECT max(id) FROM messages WHERE session_id = chat_sessions.id);

ALTER TABLE runs ADD COLUMN base_tokens INTEGER NOT NULL DEFAULT 0;  -- said before it was last asked to go on
ALTER TABLE runs ADD COLUMN template TEXT;   -- name of the template it was asked with
ALTER TABLE runs ADD COLUMN context TEXT;    -- JSON: n_ctx, used, what did not fit
