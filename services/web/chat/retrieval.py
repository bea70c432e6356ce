"""Passages for a question: search, then as many as the prompt's budget holds."""

from collections.abc import Sequence
from typing import Protocol

from services.core.config import RagConfig
from services.core.errors import ModelUnavailable
from services.web.chat.prompt import Passage, Turn, passage_text
from services.web.chat.settings import ChatSettings
from services.web.library.citing import Citing
from services.web.library.followup import Asked, context_of
from services.web.storage.users import User

CHARS_PER_TOKEN_AT_LEAST = 1.5  # Hangul in a Latin vocabulary; used only while the model cannot count


class Found(Protocol):
    """A search result as far as a prompt needs it."""

    @property
    def document_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def chunk_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def score(self) -> float: ...


class Searcher(Protocol):
    @property
    def citing(self) -> Citing: ...
    async def search(
        self,
        user: User,
        query: str,
        *,
        k: int,
        document_ids: Sequence[int] = (),
        collections: Sequence[str] = (),
        context: str = "",
    ) -> Sequence[Found]: ...


class Counter(Protocol):
    async def count_tokens(self, texts: Sequence[str]) -> Sequence[int]: ...


async def find_passages(
    searcher: Searcher,
    counter: Counter,
    user: User,
    question: str,
    earlier: Sequence[Turn],
    settings: ChatSettings,
    config: RagConfig,
) -> list[Passage]:
    """From the documents that the chat's settings name; best first, numbered from 1, together at most
    `config.passage_tokens` tokens (the first one always stays). A question that leans on `earlier` turns is searched
    with what they were about."""
    ids = [int(text) for text in settings.document_ids if text.isdigit()]
    hits = await searcher.search(
        user,
        question,
        k=config.passages,
        document_ids=ids,
        collections=settings.collections,
        context=leaning(question, earlier),
    )
    passages = [
        Passage(n, hit.document_id, hit.title, hit.chunk_id, hit.page, hit.start, hit.end, hit.text, hit.score)
        for n, hit in enumerate(hits, 1)
    ]
    counts = await _counts(counter, [passage_text(passage) for passage in passages])
    return within(passages, counts, config.passage_tokens)


def leaning(question: str, earlier: Sequence[Turn]) -> str:
    """What a question leans on in the turns before it, '' where it stands alone."""
    asked = [Asked(turn.question.content, tuple(p.title for p in turn.passages)) for turn in earlier]
    return context_of(question, asked)


def within(passages: Sequence[Passage], counts: Sequence[int], budget: int) -> list[Passage]:
    """The longest prefix whose counts stay in the budget, and at least the first."""
    kept: list[Passage] = []
    used = 0
    for passage, count in zip(passages, counts, strict=True):
        if kept and used + count > budget:
            break
        kept.append(passage)
        used += count
    return kept


async def _counts(counter: Counter, texts: Sequence[str]) -> Sequence[int]:
    try:
        return await counter.count_tokens(texts) if texts else []
    except ModelUnavailable:
        return [int(len(text) / CHARS_PER_TOKEN_AT_LEAST) for text in texts]
