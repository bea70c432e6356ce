"""Which embedder the vectors are of. A question can be compared with them only by that one.

When the setting names another embedder, the old vectors stay until the new one has embedded something: one that is
missing or broken costs nothing, and who goes back finds everything in its place. Meanwhile words answer alone. Then all
old vectors go at once, and the new ones answer as they arrive, beside words for what is still waiting.
"""

import logging

from services.web.library.shelf import DIMENSIONS_FACT
from services.web.storage.database import Reader, Transaction
from services.web.storage.facts import delete_fact, select_fact, upsert_fact
from services.web.storage.vectors import delete_all_vectors

log = logging.getLogger(__name__)

EMBEDDER_FACT = "embedder"


async def adopt_first_embedder(tx: Transaction, embedder: str) -> None:
    """A library without vectors takes any."""
    if await select_fact(tx, EMBEDDER_FACT) is None:
        await upsert_fact(tx, EMBEDDER_FACT, embedder)


async def is_embedded_by(db: Reader, embedder: str) -> bool:
    """Whether the vectors that are there are `embedder`'s."""
    return await select_fact(db, EMBEDDER_FACT) == embedder


async def change_embedder(tx: Transaction, embedder: str) -> None:
    """Every chunk waits for its vector again."""
    log.info(
        "the embedder is %s now, it was %s: all vectors are made anew", embedder, await select_fact(tx, EMBEDDER_FACT)
    )
    await delete_all_vectors(tx)
    await delete_fact(tx, DIMENSIONS_FACT)
    await upsert_fact(tx, EMBEDDER_FACT, embedder)
