-- How a person is called and how their pages look. A deleted account leaves its row without a name: its id is never given out again.
ALTER TABLE users ADD COLUMN display_name TEXT;
ALTER TABLE users ADD COLUMN preferences TEXT NOT NULL DEFAULT '{}';  -- JSON
