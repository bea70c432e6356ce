import pytest

from services.ingest.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("오늘은 춥다. 내일은 어떨까? 모르겠어요!", ["오늘은 춥다.", "내일은 어떨까?", "모르겠어요!"]),
        ("불을 땠다.그리고 잤다.", ["불을 땠다.", "그리고 잤다."]),
        ("It costs 3.5 won. Dr. Kim said so.", ["It costs 3.5 won.", "Dr. Kim said so."]),
        ("제1조 목적\n이 법은 다음과 같다.", ["제1조 목적", "이 법은 다음과 같다."]),
        ("床が暖かい。部屋も暖かい。", ["床が暖かい。", "部屋も暖かい。"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == parts
