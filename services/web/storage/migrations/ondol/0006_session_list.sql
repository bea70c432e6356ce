-- Where a chat lies in its owner's list; one that was deleted waits hidden until it is gone for good.
ALTER TABLE chat_sessions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_sessions ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_sessions ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE chat_sessions ADD COLUMN deleted_at TEXT;
ALTER TABLE chat_sessions ADD COLUMN origin TEXT;  -- what an imported chat was: the same is not taken in twice
DROP INDEX chat_sessions_by_user;
CREATE INDEX chat_sessions_by_place ON chat_sessions(user_id, archived, pinned, updated_at, id);
CREATE INDEX chat_sessions_by_use ON chat_sessions(user_id, updated_at, id);
CREATE INDEX chat_sessions_deleted ON chat_sessions(deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX chat_sessions_by_origin ON chat_sessions(user_id, origin) WHERE origin IS NOT NULL;

-- Words of titles and messages; contentless, rowids are those of the rows. index_words_1 is services/web/storage/functions.py:
-- triggers keep the index whole whoever changes a row. A change of what it returns needs a new name and an index made anew.
CREATE VIRTUAL TABLE title_fts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE message_fts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER title_fts_insert AFTER INSERT ON chat_sessions BEGIN
    INSERT INTO title_fts (rowid, body) VALUES (new.id, index_words_1(new.title));
END;
CREATE TRIGGER title_fts_delete AFTER DELETE ON chat_sessions BEGIN
    INSERT INTO title_fts (title_fts, rowid, body) VALUES ('delete', old.id, index_words_1(old.title));
END;
CREATE TRIGGER title_fts_update AFTER UPDATE OF title ON chat_sessions WHEN new.title IS NOT old.title BEGIN
    INSERT INTO title_fts (title_fts, rowid, body) VALUES ('delete', old.id, index_words_1(old.title));
    INSERT INTO title_fts (rowid, body) VALUES (new.id, index_words_1(new.title));
END;
CREATE TRIGGER message_fts_insert AFTER INSERT ON messages BEGIN
    INSERT INTO message_fts (rowid, body) VALUES (new.id, index_words_1(new.content));
END;
CREATE TRIGGER message_fts_delete AFTER DELETE ON messages BEGIN
    INSERT INTO message_fts (message_fts, rowid, body) VALUES ('delete', old.id, index_words_1(old.content));
END;
CREATE TRIGGER message_fts_update AFTER UPDATE OF content ON messages WHEN new.content IS NOT old.content BEGIN
    INSERT INTO message_fts (message_fts, rowid, body) VALUES ('delete', old.id, index_words_1(old.content));
    INSERT INTO message_fts (rowid, body) VALUES (new.id, index_words_1(new.content));
END;

INSERT INTO title_fts (rowid, body) SELECT id, index_words_1(title) FROM chat_sessions;
INSERT INTO message_fts (rowid, body) SELECT id, index_words_1(content) FROM messages;
