"""Where the passages of answers come from, and whether they still stand there. Who may see what is decided here."""

import json
from collections.abc import Sequence

import msgspec

from services.web.storage.contents import PIECE_CHARS
from services.web.storage.database import Reader


class Wanted(msgspec.Struct, frozen=True):
    """A cited passage: code points `start` to `end` of a document, found by the chunk `chunk_id`.

    `path`, `sha256` (of the file) and `chunk_hashes` are what was true when it was cited; empty where nobody noted it.
    """

    document_id: int
    chunk_id: int
    start: int
    end: int
    text: str
    path: str = ""
    sha256: str = ""
    chunk_hashes: tuple[str, ...] = ()


class Origin(msgspec.Struct, frozen=True):
    """The file of a passage and the chunks it is made of."""

    path: str
    sha256: str
    chunk_hashes: tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """The document of a citation as it is now. `chunk_id` is there when its chunks are, all of them."""

    document_id: int
    title: str
    path: str
    state: str
    content_id: int | None
    sha256: str | None
    parser_version: str | None
    chunk_id: int | None


_WANTED = """WITH wanted AS (
    SELECT key AS place, json_extract(value, '$.document_id') AS document,
           json_extract(value, '$.chunk_id') AS chunk_id,
           json_extract(value, '$.start') AS start, json_extract(value, '$.end') AS end,
           json_extract(value, '$.path') AS old_path, json_extract(value, '$.sha256') AS sha256,
           json_extract(value, '$.chunk_hashes') AS hashes, json_extract(value, '$.chunk_hashes[0]') AS first_hash
    FROM json_each(:wanted)
)
"""
_ORIGINS = (
    _WANTED
    + """SELECT w.place, d.path, k.sha256,
       (SELECT json_group_array(hash) FROM (SELECT hash FROM chunks WHERE content_id = k.id
           AND start >= w.start AND end <= w.end ORDER BY ordinal)) AS hashes
FROM wanted w JOIN documents d ON d.id = w.document JOIN contents k ON k.id = d.content_id
    JOIN chunks c ON c.id = w.chunk_id AND c.content_id = k.id"""
)
_PLACES = (
    _WANTED
    + """SELECT w.place, d.id AS document_id, d.title, d.path, d.state, d.content_id, k.sha256, k.parser_version,
       coalesce((SELECT id FROM chunks WHERE id = w.chunk_id AND content_id = k.id),
                (SELECT min(id) FROM chunks WHERE hash = w.first_hash AND content_id = k.id AND NOT EXISTS
                    (SELECT 1 FROM json_each(w.hashes) h WHERE NOT EXISTS
                        (SELECT 1 FROM chunks o WHERE o.hash = h.value AND o.content_id = k.id)))) AS chunk_id
FROM (SELECT *, coalesce(
        (SELECT id FROM documents WHERE id = wanted.document AND (owner IS NULL OR owner = :owner)),
        (SELECT id FROM documents WHERE path = wanted.old_path AND (owner IS NULL OR owner = :owner)),
        (SELECT min(id) FROM documents WHERE sha256 = wanted.sha256 AND sha256 != ''
            AND (owner IS NULL OR owner = :owner))
    ) AS found FROM wanted) w
    JOIN documents d ON d.id = w.found LEFT JOIN contents k ON k.id = d.content_id"""
)


def _json(wanted: Sequence[Wanted]) -> str:
    return json.dumps([{**msgspec.structs.asdict(one), "text": ""} for one in wanted])


async def select_origins(db: Reader, wanted: Sequence[Wanted]) -> dict[int, Origin]:
    """By the place in `wanted`; those whose chunk is gone already are left out."""
    rows = await db.all(_ORIGINS, {"wanted": _json(wanted)})
    return {row["place"]: Origin(row["path"], row["sha256"], tuple(json.loads(row["hashes"]))) for row in rows}


async def select_places(db: Reader, wanted: Sequence[Wanted], owner: str) -> dict[int, Place]:
    """By the place in `wanted`: the cited document, else the one at its path, else one of equal content, of those that
    `owner` may see."""
    rows = await db.all(_PLACES, {"wanted": _json(wanted), "owner": owner})
    return {row["place"]: Place(**{name: row[name] for name in Place.__struct_fields__}) for row in rows}


async def select_position(db: Reader, content_id: int, text: str) -> int | None:
    """The code point at which a content says `text` (at most PIECE_CHARS long), None when it does not."""
    row = await db.one(
        "WITH pieces AS (SELECT p.start, p.text || coalesce((SELECT substr(n.text, 1, :length) FROM content_pieces n"
        " WHERE n.content_id = p.content_id AND n.start = p.start + :piece), '') AS text"
        " FROM content_pieces p WHERE p.content_id = :content)"
        " SELECT start + instr(text, :wanted) - 1 AS at FROM pieces WHERE instr(text, :wanted) > 0"
        " ORDER BY start LIMIT 1",
        {"content": content_id, "wanted": text, "length": len(text), "piece": PIECE_CHARS},
    )
    return int(row["at"]) if row else None


async def select_chunk_at(db: Reader, content_id: int, position: int) -> int | None:
    """The chunk that lies at or before a code point, else the first one."""
    row = await db.one(
        "SELECT id FROM chunks WHERE content_id = ? ORDER BY start > ?2, abs(start - ?2) LIMIT 1",
        (content_id, position),
    )
    return int(row["id"]) if row else None
