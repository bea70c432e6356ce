"""The real embedder in its real process: meaning, across languages, and nothing where there is nothing."""

from collections.abc import Callable
from pathlib import Path

from services.core.config import Config
from services.core.paths import PROJECT_ROOT
from tests.bench.modelprocess import ModelProcess
from tests.integration.library.conftest import MINSU, opened

CHAT_MODEL = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
TEXTS = {
    "ondol.txt": "온돌은 바닥을 데워 방을 따뜻하게 하는 한국의 전통 난방이다.",
    "deposit.txt": "임대차 계약이 끝나면 보증금은 열흘 안에 돌려준다.",
    "filter.txt": "Remove the filter of the washing machine every month and rinse it under warm water.",
    "lease.txt": "The lease ends on the last day of May and is not renewed.",
    "market.txt": "The stock market fell three percent today after the decision of the bank.",
    "telescope.txt": "The mirror of the telescope was polished for two years.",
}


QUESTIONS = {
    "온돌은 무엇인가?": "ondol.txt",
    "보증금은 언제 돌려받나요?": "deposit.txt",
    "how do I clean the washer?": "filter.txt",
    "When does the lease of the flat end?": "lease.txt",
    "How long after the lease is the deposit paid back?": "deposit.txt",
}
ABOUT_OTHER_THINGS = ("best pasta recipe", "who won the world cup in 1998")


async def test_meaning_is_found_and_nothing_where_there_is_nothing(
    make_config: Callable[..., Config], tmp_path: Path
) -> None:
    process = ModelProcess(tmp_path / "model", CHAT_MODEL)
    await process.start()
    try:
        async with opened(make_config(ONDOL_RAG__EMBED_TIMEOUT_MS="20000"), process.client) as shelf:
            for name, text in TEXTS.items():
                await shelf.drop(f"shared/{name}", text)
            await shelf.settled()
            found = {q: [hit.title for hit in await shelf.library.search(MINSU, q, k=2)] for q in QUESTIONS}
            others = [await shelf.library.search(MINSU, query, k=5) for query in ABOUT_OTHER_THINGS]
    finally:
        await process.stop()
    assert {query: titles for query, titles in found.items() if QUESTIONS[query] not in titles} == {}
    assert others == [[], []]
