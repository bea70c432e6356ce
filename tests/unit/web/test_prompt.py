"""Prompts: order, ranks, and bytes that do not change from turn to turn."""

from services.core.protocol.frames import Message, Part
from services.web.chat.prompt import (
    Passage,
    build,
    dropped,
    fill,
    passages_of,
    rag_context,
    turns_of,
)
from services.web.chat.retrieval import within
from services.web.chat.settings import ChatSettings
from services.web.storage.messages import StoredMessage
from services.web.storage.templates import Example, TemplateBody, Variable

PASSAGE = Passage(1, "9", "lease.txt", "31", 2, 0, 9, "rent: 500", 0.9)


def message(number: int, role: str, content: str, **more: object) -> StoredMessage:
    return StoredMessage(number, 1, role, "done", content, "2026-01-01T00:00:00Z", **more)  # type: ignore[arg-type]


def flat(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(m.role, "".join(part.text for part in m.parts)) for m in messages]


def test_passages_go_before_the_question_and_the_question_is_last() -> None:
    built = build(ChatSettings(system_prompt="be kind"), None, [], message(5, "user", "how much?"), [PASSAGE], "m")
    assert built[0] == Message("system", (Part("system", "be kind"),))
    assert [part.id for part in built[-1].parts] == ["p5", "c5.31", "m5"]
    assert built[-1].parts[-1].text == "how much?"
    assert built[-1].parts[-1].drop_rank == 0
    assert "[1] lease.txt, p. 2" in built[-1].parts[1].text


def test_an_earlier_turn_is_byte_identical_in_the_next_prompt() -> None:
    first = build(ChatSettings(), None, [], message(1, "user", "how much?"), [PASSAGE], "m")
    stored = message(2, "assistant", "500 [1]", tokens=(7, 8), tokens_model="m", sources=[_source(PASSAGE)])
    second = build(
        ChatSettings(), None, turns_of([message(1, "user", "how much?"), stored]), message(3, "user", "why?"), [], "m"
    )
    assert flat(second)[: len(first)] == flat(first)
    assert second[1].parts[0].tokens == (7, 8)


def _source(passage: Passage) -> dict[str, object]:
    return {name: getattr(passage, name) for name in Passage.__struct_fields__}


def test_tokens_of_another_model_are_not_used() -> None:
    answer = message(2, "assistant", "hello", tokens=(7, 8), tokens_model="other")
    built = build(ChatSettings(), None, turns_of([message(1, "user", "hi"), answer]), message(3, "user", "x"), [], "m")
    assert built[1].parts[0] == Part("m2", "hello", None, built[1].parts[0].drop_rank)


def test_old_passages_go_before_old_turns_and_old_turns_before_this_turns_passages() -> None:
    history = []
    for number in (1, 3):
        history += [
            message(number, "user", "q"),
            message(number + 1, "assistant", "a", sources=[_source(PASSAGE)]),
        ]
    built = build(ChatSettings(), None, turns_of(history), message(5, "user", "now"), [PASSAGE, PASSAGE], "m")
    rank = {part.id: part.drop_rank for m in built for part in m.parts}
    assert rank["c1.31"] > rank["c3.31"] > rank["m1"] == rank["m2"] > rank["m3"] == rank["m4"]
    assert rank["m3"] > max(part.drop_rank for part in built[-1].parts)
    assert rank["m5"] == 0


def test_a_failed_turn_without_a_word_is_left_out() -> None:
    failed = StoredMessage(2, 1, "assistant", "failed", "", "2026-01-01T00:00:00Z")
    turns = turns_of([message(1, "user", "a"), failed, message(3, "user", "b"), message(4, "assistant", "c")])
    assert [turn.question.id for turn in turns] == [3]


def test_templates_fill_variables_and_the_chats_own_system_prompt_wins() -> None:
    template = TemplateBody(
        "t",
        "",
        "Speak {{tone}} of {{topic}}. {{unknown}}",
        [Example("{{topic}}?", "yes")],
        [Variable("tone", "low"), Variable("topic")],
    )
    assert fill(template.system_prompt, template, {"topic": "rice"}) == "Speak low of rice. {{unknown}}"
    settings = ChatSettings(template_variables={"topic": "rice"})
    built = build(settings, template, [], message(1, "user", "q"), [], "m")
    assert flat(built)[:3] == [("system", "Speak low of rice. {{unknown}}"), ("user", "rice?"), ("assistant", "yes")]
    own = build(ChatSettings(system_prompt="own"), template, [], message(1, "user", "q"), [], "m")
    assert flat(own)[0] == ("system", "own")


def test_what_was_prompted_is_what_is_stored_and_read_back() -> None:
    answer = message(2, "assistant", "x", sources=[_source(PASSAGE)])
    assert passages_of(answer) == (PASSAGE,)
    context = rag_context([PASSAGE])
    assert context is not None
    assert "rent: 500" in context
    assert rag_context([]) is None


def test_the_passage_budget_keeps_the_first() -> None:
    assert len(within([PASSAGE] * 3, [100, 50, 60], 150)) == 2
    assert len(within([PASSAGE] * 3, [500, 1, 1], 150)) == 1


def test_dropped_ids_are_sorted_out() -> None:
    assert dropped(("c3.31", "p3", "m3", "m4", "x0u")) == ([3, 4], ["31"])
