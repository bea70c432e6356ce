"""Finding documents: both vector indexes, one contract."""

import asyncio

import pytest

from tests.integration.library.conftest import JIWOO, MINSU, Shelf

ONDOL = "온돌은 바닥을 데워 방을 따뜻하게 하는 한국의 난방이다.\n\n아궁이에서 불을 때면 더운 연기가 고래를 지난다."
LEASE = "The lease ends on the last day of May.\n\nThe deposit is returned within ten days of moving out."


async def test_finds_korean_and_english_by_meaning_and_words(shelf: Shelf) -> None:
    ondol = await shelf.drop("shared/ondol.txt", ONDOL)
    lease = await shelf.drop("minsu/lease.txt", LEASE)
    await shelf.settled()
    (korean, *_) = await shelf.library.search(MINSU, "온돌 난방", k=5)
    (english, *_) = await shelf.library.search(MINSU, "when are deposits returned?", k=5)
    assert (korean.document_id, korean.title) == (str(ondol), "ondol.txt")
    assert english.document_id == str(lease)
    assert english.text == "The deposit is returned within ten days of moving out."
    assert LEASE[english.start : english.end] == english.text
    assert 0 < english.score <= 1


async def test_nobody_finds_the_documents_of_others(shelf: Shelf) -> None:
    await shelf.drop("minsu/lease.txt", LEASE)
    await shelf.drop("shared/ondol.txt", ONDOL)
    await shelf.settled()
    assert await shelf.library.search(JIWOO, "lease deposit returned", k=5) == []
    assert [h.title for h in await shelf.library.search(JIWOO, "온돌", k=5)] == ["ondol.txt"]


async def test_many_foreign_chunks_do_not_crowd_out_ones_own(shelf: Shelf) -> None:
    crowd = "\n\n".join(f"The lease deposit number {n} is returned." for n in range(300))
    await shelf.drop("minsu/crowd.txt", crowd)
    mine = await shelf.drop("지우/lease.txt", "My lease deposit was never returned.")
    await shelf.settled()
    hits = await shelf.library.search(JIWOO, "lease deposit returned", k=5)
    assert [h.document_id for h in hits] == [str(mine)]


async def test_search_can_be_narrowed_to_documents_and_collections(shelf: Shelf) -> None:
    first = await shelf.drop("minsu/2024/lease.txt", LEASE)
    second = await shelf.drop("minsu/2025/lease.txt", LEASE.replace("May", "June"))
    await shelf.settled()
    by_id = await shelf.library.search(MINSU, "lease", k=5, document_ids=[second])
    by_collection = await shelf.library.search(MINSU, "lease", k=5, collections=["2024"])
    assert [h.document_id for h in by_id] == [str(second)]
    assert [h.document_id for h in by_collection] == [str(first)]
    either = await shelf.library.search(MINSU, "lease", k=5, document_ids=[second], collections=["2024"])
    assert {h.document_id for h in either} == {str(first), str(second)}


async def test_a_collection_holds_the_folders_below_it_and_nothing_of_others(shelf: Shelf) -> None:
    deep = await shelf.drop("minsu/home/2024/lease.txt", "The lease of the flat ends in May.")
    flat = await shelf.drop("shared/home/boiler.txt", "The lease of the boiler ends in June.")
    await shelf.drop("minsu/homework.txt", "The lease of a word.")
    await shelf.drop("minsu/homes/x.txt", "The lease of a tent.")
    await shelf.drop("지우/home/secret.txt", "The lease of the garage ends in July.")
    await shelf.settled()
    found = await shelf.library.search(MINSU, "lease ends", k=9, collections=["home"])
    assert {h.document_id for h in found} == {str(deep), str(flat)}
    own = await shelf.library.search(MINSU, "lease", k=9, collections=[""])
    assert [h.title for h in own] == ["homework.txt"]
    assert await shelf.library.search(MINSU, "lease", k=9, collections=["home/%", "nowhere"]) == []


async def test_equal_and_nearly_equal_documents_are_one_result(shelf: Shelf) -> None:
    text = (
        "The boiler was serviced in March by Kim and Sons, who replaced the pump and the valve of the second circuit."
    )
    first = await shelf.drop("minsu/a.txt", text)
    second = await shelf.drop("minsu/b.txt", text)
    third = await shelf.drop("minsu/c.txt", text.replace("March", "April"))
    await shelf.settled()
    (hit,) = await shelf.library.search(MINSU, "who replaced the pump of the boiler in March", k=5)
    assert {hit.document_id, *(a.document_id for a in hit.also_in)} == {str(first), str(second), str(third)}


async def test_k_counts_documents_and_further_passages_are_more(shelf: Shelf) -> None:
    paragraphs = [f"The pump of circuit {n} was replaced." if n % 3 == 0 else f"Nothing here, {n}." for n in range(12)]
    await shelf.drop("minsu/log.txt", "\n\n".join(paragraphs))
    await shelf.drop("minsu/other.txt", "A pump was ordered.")
    await shelf.settled()
    hits = await shelf.library.search(MINSU, "pump replaced", k=2)
    assert [h.title for h in hits] == ["log.txt", "other.txt"]
    assert len(hits[0].more) >= 2


async def test_neighbours_are_read_as_one_passage(shelf: Shelf) -> None:
    text = "Intro without it.\n\nThe pump makes noise.\n\nThe pump makes heat.\n\nOutro without it."
    await shelf.drop("minsu/pump.txt", text)
    await shelf.settled()
    (hit,) = await shelf.library.search(MINSU, "pump makes", k=1)
    assert hit.text == "The pump makes noise.\n\nThe pump makes heat."
    assert text[hit.start : hit.end] == hit.text


async def test_goes_by_words_when_the_embedder_is_away_or_late(shelf: Shelf) -> None:
    await shelf.drop("minsu/lease.txt", LEASE)
    await shelf.settled()
    shelf.embedder.away = True
    assert [h.title for h in await shelf.library.search(MINSU, "lease", k=5)] == ["lease.txt"]
    shelf.embedder.away, shelf.embedder.delay_s = False, 30.0
    async with asyncio.timeout(2):
        assert [h.title for h in await shelf.library.search(MINSU, "lease", k=5)] == ["lease.txt"]


@pytest.mark.parametrize(
    "query", ["", "   ", '"', "* OR (", "NEAR(", "a" * 100_000, "온" * 5000, "\x00", "col:umn ^x -y"]
)
async def test_no_query_is_an_error(shelf: Shelf, query: str) -> None:
    await shelf.drop("minsu/lease.txt", LEASE)
    await shelf.settled()
    assert isinstance(await shelf.library.search(MINSU, query, k=5), list)


async def test_a_dropped_text_is_found_before_it_is_embedded(shelf: Shelf) -> None:
    shelf.embedder.away = True
    document = await shelf.drop("minsu/lease.txt", LEASE)
    assert (await shelf.library.document(MINSU, document)).state == "embedding"
    assert [h.title for h in await shelf.library.search(MINSU, "deposit", k=5)] == ["lease.txt"]
