-- What the question of a pin leaned on when it was asked ("and who signed it?"); the self-test searches with it too.
ALTER TABLE pins ADD COLUMN context TEXT NOT NULL DEFAULT '';
