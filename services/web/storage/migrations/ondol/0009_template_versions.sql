-- What a template said before each change of its words; it goes with its template.
CREATE TABLE template_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    template_id INTEGER NOT NULL REFERENCES prompt_templates(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    examples TEXT NOT NULL,   -- JSON as in prompt_templates
    variables TEXT NOT NULL,
    saved_at TEXT NOT NULL    -- when it was saved, not when it was replaced
) STRICT;
CREATE INDEX template_versions_by_template ON template_versions(template_id, id);
