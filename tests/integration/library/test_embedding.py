"""Vectors: made in the background, kept while words stay, made again when they must be."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import ConfigError
from services.web.library.checks import Repairs
from services.web.library.ingestion import checked_progress
from services.web.library.shelf import DIMENSIONS_FACT
from services.web.library.types import ChunkIn
from services.web.storage.documents import FileFacts
from services.web.storage.facts import select_fact
from tests.integration.library.conftest import MINSU, HashingEmbedder, Shelf, opened

LINES = [f"Line {n} speaks of subject number {n * 7} and of nothing else." for n in range(40)]


async def integrity(shelf: Shelf) -> tuple[int, int, int, set[int]]:
    """(chunks, word rows, vectors, ids in the vector index)."""
    db, index = shelf.library.db, shelf.library.index
    row = await db.one(
        "SELECT (SELECT count(*) FROM chunks) AS chunks, (SELECT count(*) FROM chunk_fts_docsize) AS words,"
        " (SELECT count(*) FROM vectors) AS vectors"
    )
    assert row is not None
    async with db.write() as tx:
        ids = await index.ids(tx) if await select_fact(tx, DIMENSIONS_FACT) else set()
        return row["chunks"], row["words"], row["vectors"], ids


async def test_one_edited_line_embeds_only_what_changed(shelf: Shelf) -> None:
    await shelf.drop("minsu/long.txt", "\n\n".join(LINES))
    await shelf.settled()
    assert len(shelf.embedder.texts) == 40
    edited = [*LINES[:20], "Line 20 was edited.", *LINES[21:]]
    await shelf.drop("minsu/long.txt", "\n\n".join(edited))
    await shelf.settled()
    assert shelf.embedder.texts[40:] == ["Line 20 was edited."]
    chunks, words, vectors, ids = await integrity(shelf)
    assert (chunks, words, vectors, len(ids)) == (40, 40, 40, 40)
    assert await shelf.library.search(MINSU, "Line 20 edited", k=1)


async def test_the_old_text_answers_until_the_new_one_is_there(shelf: Shelf) -> None:
    number = await shelf.drop("minsu/a.txt", "The pump hums.")
    await shelf.settled()
    await shelf.library.editing.update(MINSU, number, None, "The pump is silent.")
    assert [h.text for h in await shelf.library.search(MINSU, "pump", k=1)] == ["The pump hums."]
    await shelf.drop("minsu/a.txt", "The pump is silent.")
    assert [h.text for h in await shelf.library.search(MINSU, "pump", k=1)] == ["The pump is silent."]


async def test_waits_while_the_embedder_is_away_and_goes_on(shelf: Shelf) -> None:
    shelf.embedder.away = True
    number = await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
    await asyncio.sleep(0.2)
    document = await shelf.library.document(MINSU, number)
    assert (document.state, document.progress and document.progress.done) == ("embedding", 0)
    shelf.embedder.away = False
    await shelf.settled()
    await shelf.told_last("ready")
    assert [d.progress.done for d in shelf.told if d.progress] == sorted(
        d.progress.done for d in shelf.told if d.progress
    )


async def test_a_document_that_goes_while_it_is_embedded_leaves_nothing(shelf: Shelf) -> None:
    shelf.embedder.delay_s = 0.2
    await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
    await asyncio.sleep(0.1)
    await shelf.library.removed(["minsu/a.txt"])
    await asyncio.sleep(0.4)
    assert await integrity(shelf) == (0, 0, 0, set())


async def test_a_restart_goes_on_where_it_stopped(make_config: Callable[..., Config], index: str) -> None:
    config = make_config(ONDOL_RAG__INDEX=index)
    embedder = HashingEmbedder()
    async with opened(config, embedder, run=False) as shelf:
        await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
    async with opened(config, embedder) as shelf:
        await shelf.settled()
        assert [h.title for h in await shelf.library.search(MINSU, "subject number 49", k=1)] == ["a.txt"]
    async with opened(config, embedder, run=False) as shelf:
        assert await shelf.library.check() == Repairs()
        chunks, words, vectors, ids = await integrity(shelf)
        assert (chunks, words, vectors, len(ids)) == (40, 40, 40, 40)


async def test_an_emptied_index_finds_nothing_and_fills_again(shelf: Shelf) -> None:
    await shelf.drop("minsu/a.txt", "The pump hums.")
    await shelf.settled()
    await shelf.library.removed(["minsu/a.txt"])
    assert await shelf.library.search(MINSU, "pump", k=1) == []
    await shelf.drop("minsu/b.txt", "The pump hums.")
    await shelf.settled()
    assert [h.title for h in await shelf.library.search(MINSU, "pump", k=1)] == ["b.txt"]


@pytest.mark.parametrize(
    ("damage", "repaired"),
    [
        ("DELETE FROM {index} WHERE rowid IN (SELECT id FROM chunks LIMIT 7)", Repairs(index_rebuilt=True)),
        ("DROP TABLE {index}", Repairs(index_rebuilt=True)),
        ("INSERT INTO chunk_fts (chunk_fts) VALUES ('delete-all')", Repairs(words_rebuilt=True)),
        ("UPDATE library_facts SET value = 'old' WHERE key = 'lexical_version'", Repairs(words_rebuilt=True)),
        ("UPDATE library_facts SET value = 'old' WHERE key = 'vector_index'", Repairs(index_rebuilt=True)),
        ("DELETE FROM documents", Repairs(contents_dropped=1)),
        ("DELETE FROM vectors WHERE chunk_id % 2", Repairs(index_rebuilt=True, chunks_requeued=20)),
    ],
)
async def test_damage_is_repaired_at_start(
    make_config: Callable[..., Config], index: str, damage: str, repaired: Repairs
) -> None:
    config = make_config(ONDOL_RAG__INDEX=index)
    table = {"sqlite-vec": "vec_index", "sqlite-vss": "vss_index"}[index]
    async with opened(config) as shelf:
        await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
        await shelf.settled()
        async with shelf.library.db.write() as tx:
            await tx.run(damage.format(index=table))
        assert await shelf.library.check() == repaired
        shelf.library.wake()
        await shelf.settled()
        chunks, words, vectors, ids = await integrity(shelf)
        assert (words, vectors, len(ids)) == (chunks, chunks, chunks)
        expected = [] if repaired.contents_dropped else ["a.txt"]
        assert [h.title for h in await shelf.library.search(MINSU, "subject number 49", k=1)] == expected


async def test_another_index_is_made_from_the_same_vectors(make_config: Callable[..., Config]) -> None:
    async with opened(make_config(ONDOL_RAG__INDEX="sqlite-vec")) as shelf:
        await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
        await shelf.settled()
    for index in ("sqlite-vss", "sqlite-vec", "auto"):
        async with opened(make_config(ONDOL_RAG__INDEX=index), run=False) as shelf:
            assert len((await integrity(shelf))[3]) == 40
            assert shelf.embedder.texts == []


async def test_another_embedder_makes_all_vectors_anew(make_config: Callable[..., Config], index: str) -> None:
    async with opened(make_config(ONDOL_RAG__INDEX=index)) as shelf:
        number = await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
        await shelf.settled()
    config = make_config(ONDOL_RAG__INDEX=index, ONDOL_EMBEDDER="/elsewhere/other.gguf")
    async with opened(config, HashingEmbedder(dimensions=32), run=False) as shelf:
        assert [h.title for h in await shelf.library.search(MINSU, "subject number 49", k=1)] == ["a.txt"]
        assert len((await integrity(shelf))[3]) == 40  # the old ones, until the new embedder has shown that it works
    async with opened(config, HashingEmbedder(dimensions=32)) as shelf:
        await remade(shelf, 40)
        assert (await shelf.library.document(MINSU, number)).state == "ready"
        assert "embedding" in {d.state for d in shelf.told}
        assert len((await integrity(shelf))[3]) == 40
        assert await vector_bytes(shelf) == {4 * 32}


async def remade(shelf: Shelf, vectors: int) -> None:
    async with asyncio.timeout(20):
        while True:
            if len(shelf.embedder.texts) >= vectors:
                return await shelf.settled()
            await asyncio.sleep(0.01)


async def vector_bytes(shelf: Shelf) -> set[int]:
    return {row["n"] for row in await shelf.library.db.all("SELECT length(embedding) AS n FROM vectors")}


async def test_an_embedder_that_does_not_work_takes_nothing_away(make_config: Callable[..., Config]) -> None:
    async with opened(make_config()) as shelf:
        await shelf.drop("minsu/a.txt", "\n\n".join(LINES))
        await shelf.settled()
    broken = HashingEmbedder()
    broken.away = True
    async with opened(make_config(ONDOL_EMBEDDER="/elsewhere/broken.gguf"), broken) as shelf:
        assert [h.title for h in await shelf.library.search(MINSU, "subject number 49", k=1)] == ["a.txt"]
    async with opened(make_config(), run=False) as shelf:  # back again
        assert shelf.embedder.texts == []
        assert await shelf.library.db.one("SELECT 1 FROM pending_chunks") is None
        assert [h.title for h in await shelf.library.search(MINSU, "subject number 49", k=1)] == ["a.txt"]
        assert len((await integrity(shelf))[3]) == 40


async def test_vectors_of_two_embedders_of_one_length_are_never_compared(make_config: Callable[..., Config]) -> None:
    async with opened(make_config()) as shelf:
        await shelf.drop("minsu/a.txt", "The pump hums.")
        await shelf.drop("minsu/b.txt", "A telescope needs a mirror.")
        await shelf.settled()
    async with opened(make_config(ONDOL_EMBEDDER="/elsewhere/other.gguf"), run=False) as shelf:
        # By words alone: no vector of the old embedder brings up what shares no word.
        (hit,) = await shelf.library.search(MINSU, "pump", k=9)
        assert (hit.title, hit.score) == ("a.txt", 1.0)


async def test_half_embedded_the_rest_is_found_by_words(make_config: Callable[..., Config]) -> None:
    async with opened(make_config(), run=False) as shelf:
        await shelf.drop("minsu/old.txt", "The pump of the boiler was replaced in March.")
        await shelf.library.embed_all()
        await shelf.drop("minsu/new.txt", "The pump of the boiler hums loudly at night.")
        assert [h.title for h in await shelf.library.search(MINSU, "boiler pump hums", k=2)] == ["new.txt", "old.txt"]


async def test_reading_says_how_long_it_still_takes(shelf: Shelf) -> None:
    ingestion = shelf.library.ingestion
    number = int((await ingestion.register(FileFacts("minsu/a.pdf", "sha", 10, 1, "p"))).document_id)
    await ingestion.set_state(number, "parsing", None, checked_progress(10, 40))  # 10 pages are known from before
    await asyncio.sleep(0.2)
    await ingestion.set_state(number, "parsing", None, checked_progress(20, 40))
    progress = [d.progress for d in shelf.told if d.progress]
    assert [(p.done, p.total) for p in progress] == [(10, 40), (20, 40)]
    assert progress[0].eta_s is None
    assert progress[1].eta_s is not None
    assert 0.3 <= progress[1].eta_s <= 4  # 20 pages at 10 in 0.2 s


async def test_another_parser_version_swaps_the_text_at_once(shelf: Shelf) -> None:
    first = FileFacts("minsu/a.txt", "sha", 10, 1, "parser-1")
    second = FileFacts("minsu/a.txt", "sha", 10, 1, "parser-2")
    ingestion, old, new = shelf.library.ingestion, "The pump hums. Nothing else.", "The pump hums loudly."
    number = int((await ingestion.register(first)).document_id)
    await ingestion.put_chunks(number, "sha", "parser-1", old, [ChunkIn(0, 0, len(old))])
    await shelf.settled()
    assert (await ingestion.register(second)).action == "parse"
    await ingestion.set_state(number, "parsing", None, checked_progress(1, 2))
    assert [h.text for h in await shelf.library.search(MINSU, "pump", k=3)] == [old]
    await ingestion.put_chunks(number, "sha", "parser-2", new, [ChunkIn(0, 0, len(new))])
    assert [h.text for h in await shelf.library.search(MINSU, "pump", k=3)] == [new]
    await shelf.settled()
    assert (await integrity(shelf))[:3] == (1, 1, 1)


async def test_an_index_that_does_not_load_is_named(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "sqlite_vec"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "vec0.so").write_bytes(b"not a library")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match="sqlite-vec does not load"):
        async with opened(make_config(ONDOL_RAG__INDEX="sqlite-vec")):
            pass
    async with opened(make_config(ONDOL_RAG__INDEX="auto")) as shelf:
        await shelf.drop("minsu/a.txt", "The pump hums.")
        await shelf.settled()
        assert shelf.library.index.signature.startswith("sqlite-vss")


async def test_without_any_index_words_still_find(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "services.web.storage.vector_index._FILES", dict.fromkeys(("sqlite-vec", "sqlite-vss"), ("no_such", ("x",)))
    )
    async with opened(make_config(ONDOL_RAG__INDEX="auto")) as shelf:
        await shelf.drop("minsu/a.txt", "The pump hums.")
        await shelf.settled()
        assert [h.title for h in await shelf.library.search(MINSU, "pump", k=1)] == ["a.txt"]
        assert await shelf.library.check() == Repairs()
