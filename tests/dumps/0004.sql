BEGIN TRANSACTION;
CREATE TABLE asks (
    path TEXT PRIMARY KEY,    -- relative to inbox/, NFC
    sha256 TEXT NOT NULL,     -- of the file as it was told: equal content is not answered twice
    question TEXT NOT NULL,
    error TEXT,               -- JSON {code, message}: why the file could not be read
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done')),
    session_id INTEGER REFERENCES chat_sessions(id) ON DELETE SET NULL,  -- the chat it is answered in
    created_at TEXT NOT NULL
) STRICT;
INSERT INTO "asks" VALUES('minsu/bill.ask.md','00ff','What is due?',NULL,'waiting',3,'2026-03-04T10:00:00+00:00');
CREATE TABLE chat_sessions (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    title_is_default INTEGER NOT NULL DEFAULT 1,
    settings TEXT NOT NULL,   -- JSON: only what differs from the defaults
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
INSERT INTO "chat_sessions" VALUES(1,1,'온돌은 왜 따뜻해요?',0,'{"temperature": 0.2}','2026-03-01T09:10:00+00:00','2026-03-01T09:12:00+00:00');
INSERT INTO "chat_sessions" VALUES(2,2,'New chat',1,'{}','2026-03-02T19:31:00+00:00','2026-03-02T19:31:00+00:00');
INSERT INTO "chat_sessions" VALUES(3,1,'The lease',0,'{"use_rag": true, "template_id": "1"}','2026-03-03T08:00:00+00:00','2026-03-03T08:09:00+00:00');
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
INSERT INTO "messages" VALUES(1,1,'user','done','온돌은 왜 따뜻해요?',NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'2026-03-01T09:10:00+00:00');
INSERT INTO "messages" VALUES(2,1,'assistant','done','바닥 아래로 더운 공기가 지나가기 때문입니다.',NULL,'[]','{"prompt_tokens": 40, "cached_tokens": 0, "completion_tokens": 4}','{"queue_s": 0.0, "prompt_s": 0.2, "decode_s": 0.1, "ttft_s": 0.2, "tokens_per_s": 40.0}',NULL,X'F8010000C30B0000C600000002000000','smollm2/abc','r1','2026-03-01T09:10:00+00:00');
INSERT INTO "messages" VALUES(3,1,'user','done','it''s "quoted"; -- and
more',NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'2026-03-01T09:11:00+00:00');
INSERT INTO "messages" VALUES(4,1,'assistant','stopped','Half an ans',NULL,'[]',NULL,NULL,NULL,X'F8010000C30B0000','smollm2/abc','r2','2026-03-01T09:11:00+00:00');
INSERT INTO "messages" VALUES(5,3,'user','done','When does the lease end?',NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'2026-03-03T08:00:00+00:00');
INSERT INTO "messages" VALUES(6,3,'assistant','done','It ends on 31 May [1].','The lease ends on 31 May.','[{"document_id": "1", "title": "lease.pdf", "chunk_id": "7", "text": "The lease ends on 31 May.", "score": 0.8, "page": 2, "start": 10, "end": 35}]','{"prompt_tokens": 90, "cached_tokens": 40, "completion_tokens": 4}',NULL,NULL,X'F8010000C30B0000C600000002000000','smollm2/abc','r3','2026-03-03T08:00:00+00:00');
INSERT INTO "messages" VALUES(7,3,'user','done','And the deposit?',NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'2026-03-03T08:09:00+00:00');
INSERT INTO "messages" VALUES(8,3,'assistant','failed','',NULL,'[]',NULL,NULL,'{"code": "busy", "message": "too many", "params": {}, "request_id": "r4"}',NULL,NULL,'r4','2026-03-03T08:09:00+00:00');
INSERT INTO "messages" VALUES(9,2,'user','done','Hello',NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'2026-03-02T19:31:00+00:00');
INSERT INTO "messages" VALUES(10,2,'assistant','running','Hel',NULL,'[]',NULL,NULL,NULL,NULL,NULL,'r5','2026-03-02T19:31:00+00:00');
CREATE TABLE pins (
    message_id INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    targets TEXT NOT NULL,    -- JSON: sources as they are stored with the answer
    created_at TEXT NOT NULL
, context TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "pins" VALUES(6,1,'When does the lease end?','[{"document_id": "1", "title": "lease.pdf", "chunk_id": "7", "text": "The lease ends on 31 May.", "score": 0.8, "page": 2, "start": 10, "end": 35}]','2026-03-03T08:01:00+00:00','the lease');
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
INSERT INTO "prompt_templates" VALUES(1,1,'편지','짧은 편지','You write kind letters to {{name}}.','[{"user": "안녕", "assistant": "반가워요"}]','[{"name": "name", "default": "민지"}]','2026-03-01T09:05:00+00:00','2026-03-01T09:05:00+00:00');
CREATE TABLE run_tokens (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    tokens BLOB NOT NULL,     -- little-endian int32
    text TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "run_tokens" VALUES('r1',1,X'F8010000','바닥 ');
INSERT INTO "run_tokens" VALUES('r1',2,X'F8010000','아래로');
INSERT INTO "run_tokens" VALUES('r5',1,X'F8010000','He');
INSERT INTO "run_tokens" VALUES('r5',2,X'F8010000','l');
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
, priority TEXT NOT NULL DEFAULT 'interactive') STRICT;
INSERT INTO "runs" VALUES('r1',1,1,2,'done',0,11,1,'smollm2/abc','stop','2026-03-01T09:10:00+00:00','2026-03-01T09:10:02+00:00','interactive');
INSERT INTO "runs" VALUES('r2',1,3,4,'stopped',0,12,1,'smollm2/abc','stopped','2026-03-01T09:11:00+00:00','2026-03-01T09:11:02+00:00','interactive');
INSERT INTO "runs" VALUES('r3',3,5,6,'done',1,13,2,'smollm2/abc','stop','2026-03-03T08:00:00+00:00','2026-03-03T08:00:02+00:00','ingest');
INSERT INTO "runs" VALUES('r4',3,7,8,'failed',1,14,0,NULL,NULL,'2026-03-03T08:09:00+00:00','2026-03-03T08:09:01+00:00','interactive');
INSERT INTO "runs" VALUES('r5',2,9,10,'running',0,15,1,'smollm2/abc',NULL,'2026-03-02T19:31:00+00:00',NULL,'interactive');
CREATE TABLE selftests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    setup TEXT NOT NULL,      -- what the search was made of: results of another one are a before and after
    result TEXT NOT NULL,     -- JSON
    ran_at TEXT NOT NULL
) STRICT;
INSERT INTO "selftests" VALUES(1,1,'e5, words 3','{"pins": 1, "tested": 1}','2026-03-04T03:00:00+00:00');
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,  -- NFC, case-folded
    created_at TEXT NOT NULL
) STRICT;
INSERT INTO "users" VALUES(1,'minsu','minsu','2026-03-01T09:00:00+00:00');
INSERT INTO "users" VALUES(2,'Büşra','büşra','2026-03-02T19:30:00+00:00');
CREATE INDEX prompt_templates_by_user ON prompt_templates(user_id, id);
CREATE INDEX chat_sessions_by_user ON chat_sessions(user_id, updated_at, id);
CREATE INDEX messages_by_session ON messages(session_id, id);
CREATE INDEX runs_unfinished ON runs(status) WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_session ON runs(session_id);
CREATE INDEX runs_by_user_message ON runs(user_message_id);
CREATE INDEX runs_by_message ON runs(message_id);
CREATE INDEX pins_by_user ON pins(user_id, created_at);
CREATE INDEX selftests_by_user ON selftests(user_id, id);
CREATE INDEX asks_waiting ON asks(created_at) WHERE state = 'waiting';
CREATE INDEX asks_by_session ON asks(session_id);
COMMIT;
PRAGMA user_version=4;
