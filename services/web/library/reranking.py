"""The best candidates of a search read once more, by a model that reads question and passage together.

Whether anything is found, and with which score, is the search's own word; the reranker only puts it in order.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence

from services.core.config import RagConfig
from services.core.errors import OndolError
from services.web.library.types import Reranker
from services.web.library.wording import wording
from services.web.storage.chunks import Passage

READING_SHARE = 0.8
"""Of the time a search waits; the rest is for the way and a call that was guessed too short."""

log = logging.getLogger(__name__)


class Reranking:
    """Does nothing, in no time, where no reranker is set."""

    def __init__(self, rag: RagConfig, reranker: Reranker | None) -> None:
        self._reranker = reranker if rag.reranker else None
        self._most = rag.rerank_passages
        self._timeout_s = rag.rerank_timeout_ms / 1000

    async def places(
        self, query: str, listed: Sequence[tuple[int, float]], found: Mapping[int, Passage]
    ) -> dict[int, int]:
        """Where each chunk of `listed`, (chunk, score) best first, belongs among the first ones; empty when the order
        is to stay, also because the reranker is late or away."""
        best = [found[i] for i, _ in listed if i in found][: self._most]
        if self._reranker is None or len(best) < 2:
            return {}
        try:
            async with asyncio.timeout(self._timeout_s):
                scores = await self._reranker.rerank(
                    query, [wording(p.heading, p.text) for p in best], self._timeout_s * READING_SHARE
                )
        except (TimeoutError, OndolError) as error:
            log.debug("the search keeps its order: %s", error or "the reranker is late")
            return {}
        return places_by([p.chunk_id for p in best], scores)


def places_by(chunk_ids: Sequence[int], scores: Sequence[float]) -> dict[int, int]:
    """0 for the chunk with the highest score; equal ones stay as they were. There may be scores of the first chunks
    only. Empty when these cannot be their scores."""
    if len(scores) > len(chunk_ids) or not all(map(math.isfinite, scores)):
        log.warning("the reranker gave %d scores for %d passages, or no numbers", len(scores), len(chunk_ids))
        return {}
    order = sorted(range(len(scores)), key=lambda n: -scores[n])
    return {chunk_ids[n]: place for place, n in enumerate(order)}
