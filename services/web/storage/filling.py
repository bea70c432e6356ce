"""Fills the holes of a salvaged database with what a backup has in their place. Blocking.

What could be read of the damaged file is the later truth, also about what was deleted since the backup; so only the
rows that could not be read are taken from it.
"""

import sqlite3
from pathlib import Path

from services.web.storage.integrity import opened, schema_version
from services.web.storage.migrate import apply_steps
from services.web.storage.salvage import Hole


def fill_holes(salvaged: Path, backup: Path, holes: dict[str, Hole], schema: str) -> bool:
    """Whether it could be done: `backup` is first brought to the version of `salvaged`, and a newer one cannot be.

    Raises sqlite3.Error; `salvaged` has then no rows of the backup.
    """
    found, wanted = schema_version(backup), schema_version(salvaged)
    if found > wanted:
        return False
    with opened(backup) as older:
        apply_steps(older, schema, found, wanted)
    with opened(salvaged) as made:
        made.execute("ATTACH ? AS backup", (str(backup),))
        made.execute("PRAGMA foreign_keys=OFF")
        made.execute("BEGIN IMMEDIATE")
        for table, hole in holes.items():
            _fill(made, table, hole)
        made.execute("COMMIT")
    return True


def _fill(made: sqlite3.Connection, table: str, hole: Hole) -> None:
    names = ", ".join(f'"{row[1]}"' for row in made.execute(f'PRAGMA main.table_info("{table}")'))
    rows = f" WHERE rowid > {hole[0]} AND rowid < {hole[1]}" if hole else ""
    made.execute(f'INSERT OR IGNORE INTO main."{table}" ({names}) SELECT {names} FROM backup."{table}"{rows}')
