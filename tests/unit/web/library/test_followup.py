import pytest

from services.web.library.followup import MAX_BACK, Asked, context_of, leans

RENT = Asked("What is the monthly rent of the flat in Mapo?", ("lease.pdf", "boiler.txt"))


@pytest.mark.parametrize(
    "question",
    [
        "And who signed it?",
        "when?",
        "what about the deposit of the garage next to the station?",
        "Does the landlord of the house still answer when they are called on Sundays?",
        "그럼 누가 서명했어?",
        "언제까지야?",
        "위약금도 있어?",
        "그거 계약서 몇 쪽에 나와 있는지 알려 줄래?",
        "그 계약은 언제 끝나고 보증금은 얼마나 돌려받을 수 있어?",
    ],
)
def test_what_points_back_or_says_little_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the monthly rent of the flat in Mapo?",
        "Which pressure should the boiler of the second circuit have?",
        "마포 아파트 임대차 계약서에 따르면 월세는 얼마인가요?",
        "그림자 연극 공연은 몇 시에 시작하고 어디에서 하나요?",
        "저축 은행 정기 예금 만기일은 언제인가요?",
    ],
)
def test_what_names_its_subject_stands_alone(question: str) -> None:
    assert not leans(question)
    assert context_of(question, [RENT]) == ""


def test_the_first_question_of_a_chat_has_nothing_to_lean_on() -> None:
    assert context_of("And who signed it?", []) == ""


def test_a_chain_leans_on_the_question_that_named_the_subject() -> None:
    chain = [Asked("Something else entirely was the subject here once"), RENT, Asked("Who signed?", ("lease.pdf",))]
    assert context_of("And when?", chain) == f"lease {RENT.question} Who signed?"


def test_the_paper_that_answered_last_is_named() -> None:
    assert context_of("And when?", [RENT]).startswith("lease ")
    assert context_of("And when?", [Asked(RENT.question)]) == RENT.question
    assert context_of("And when?", [Asked(RENT.question, ("README",))]).startswith("README ")


def test_a_chain_has_an_end() -> None:
    chain = [Asked(f"why {n}?") for n in range(9)]
    assert context_of("why?", chain) == " ".join(turn.question for turn in chain[-MAX_BACK:])
