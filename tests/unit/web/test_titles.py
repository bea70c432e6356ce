"""Titles say what the first question says, without its marks."""

import pytest

from services.web.chat.titles import title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("  hi\n there ", "hi there"),
        ("Write one short sentence about tea.", "Write one short sentence about tea"),
        ("Hi. How do I bleed a radiator? It gurgles.", "Hi. How do I bleed a radiator?"),
        ("# 여행 계획\n\n- **제주도**에서 사흘", "여행 계획 제주도에서 사흘"),
        ("**온돌(난방)**은 어떻게 작동하나요? 자세히 알려 주세요.", "온돌(난방)은 어떻게 작동하나요?"),
        ("See [the manual](http://box/a_(b)) and `make run`", "See the manual and make run"),
        ("Why does this fail?\n```python\nprint(1)\n```", "Why does this fail?"),
        ("```\nprint(1)\n```", "print(1)"),
        ("snake_case_name and 3.5 * 2 stay", "snake_case_name and 3.5 * 2 stay"),
        ("wait...", "wait..."),
        ("...", "..."),
    ],
)
def test_what_a_title_says(question: str, title: str) -> None:
    assert title_of(question) == title


def test_long_titles_are_cut_between_words() -> None:
    korean = "난방비가 지난달보다 두 배 가까이 오른 까닭은 " * 4
    for question in ("word " * 40, korean, "a" * 50 + " " + "b" * 50):
        cut = title_of(question)
        assert len(cut) <= 60
        assert cut.endswith("…")
        assert set(cut[:-1].split()) <= set(question.split())
    assert title_of("가" * 200) == "가" * 59 + "…"
