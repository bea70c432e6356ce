"""At start: every chunk has its words, every vector is in the index, nothing is left over. Repairs, and says what."""

import asyncio
import logging
import sqlite3

import msgspec

from services.web.library.embedder import adopt_first_embedder
from services.web.library.lexical import LEXICAL_VERSION
from services.web.library.shelf import DIMENSIONS_FACT, INDEX_FACT, Shelf
from services.web.library.wording import prepare_rows
from services.web.storage.chunks import select_chunk_ids, select_chunk_words_after
from services.web.storage.contents import select_unused_contents, update_embedded_counts
from services.web.storage.database import Database, Transaction
from services.web.storage.documents import (
    update_embedded_documents,
    update_incomplete_documents,
    update_interrupted_documents,
)
from services.web.storage.facts import select_fact, upsert_fact
from services.web.storage.vectors import insert_missing_pending, select_vector_ids
from services.web.storage.words import delete_all_words, insert_words, select_word_rows

log = logging.getLogger(__name__)

WORDS_FACT = "lexical_version"
_PAGE = 500


class Repairs(msgspec.Struct, frozen=True):
    """What the check put right; all zero and false on a sound library."""

    words_rebuilt: bool = False
    index_rebuilt: bool = False
    contents_dropped: int = 0
    chunks_requeued: int = 0


async def check(db: Database, shelf: Shelf, embedder: str) -> Repairs:
    """Compare what is derived with what is true, in one transaction. `embedder` names the model of the vectors."""
    async with db.write() as tx:
        await adopt_first_embedder(tx, embedder)
        words = await _check_words(tx)
        unused = await select_unused_contents(tx)
        for content_id in unused:
            await shelf.drop_if_unused(tx, content_id)
        requeued = await insert_missing_pending(tx)
        index = await _check_index(tx, shelf)
        await update_embedded_counts(tx)
        await update_incomplete_documents(tx)
        await update_embedded_documents(tx)
        await update_interrupted_documents(tx)
    repairs = Repairs(words, index, len(unused), requeued)
    if repairs != Repairs():
        log.warning("library repaired: %s", repairs)
    return repairs


async def _check_words(tx: Transaction) -> bool:
    version = await select_fact(tx, WORDS_FACT)
    if version == LEXICAL_VERSION and await select_word_rows(tx) == await select_chunk_ids(tx):
        return False
    await delete_all_words(tx)
    last, found = 0, False
    while page := await select_chunk_words_after(tx, last, _PAGE):
        await insert_words(tx, await asyncio.to_thread(prepare_rows, page))
        last, found = page[-1].chunk_id, True
    await upsert_fact(tx, WORDS_FACT, LEXICAL_VERSION)
    return found


async def _check_index(tx: Transaction, shelf: Shelf) -> bool:
    dimensions = await select_fact(tx, DIMENSIONS_FACT)
    if dimensions is None or await _index_is_sound(tx, shelf):
        return False
    await shelf.build_index(tx, int(dimensions))
    return True


async def _index_is_sound(tx: Transaction, shelf: Shelf) -> bool:
    if await select_fact(tx, INDEX_FACT) != shelf.index.signature:
        return False
    try:
        return await shelf.index.ids(tx) == await select_vector_ids(tx) and not await shelf.index.stale(tx)
    except sqlite3.Error as error:
        log.warning("the vector index is damaged: %s", error)
        return False
