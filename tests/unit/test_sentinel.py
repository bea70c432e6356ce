"""Who is judged stuck, and what a round of questions tells."""

import socket
import threading
from pathlib import Path

import pytest

from services.core.protocol.codec import encode
from services.core.protocol.frames import PROTOCOL_VERSION, Hello
from services.sentinel.probe import QUESTIONS, ask_all
from services.sentinel.strikes import PATIENCE_S, Strikes


def test_two_silent_rounds_in_a_row_are_stuck() -> None:
    strikes = Strikes()
    rounds = [True, False, True, False, False]
    assert [strikes.judge("web", 7, answered, 0.0) for answered in rounds] == [False, False, False, False, True]


def test_who_has_not_answered_yet_is_starting_and_a_new_life_starts_anew() -> None:
    strikes = Strikes()
    assert not any(strikes.judge("model", 7, False, 0.0) for _ in range(20))
    strikes.judge("model", 7, True, 0.0)
    strikes.judge("model", 7, False, 0.0)
    assert not any(strikes.judge("model", 8, False, 0.0) for _ in range(20))
    assert not strikes.judge("model", 8, True, 0.0)


@pytest.mark.parametrize("answered", [False, None])
def test_who_never_begins_to_answer_or_closes_its_socket_for_ever_is_stuck(answered: bool | None) -> None:
    strikes = Strikes()
    assert not strikes.judge("web", 7, answered, 100.0)
    assert not strikes.judge("web", 7, answered, 99.0 + PATIENCE_S)
    assert not strikes.judge("web", 8, answered, 100.0 + PATIENCE_S), "another life"
    assert strikes.judge("web", 8, answered, 100.0 + 2 * PATIENCE_S)
    stopping = Strikes()
    stopping.judge("web", 7, True, 50.0)
    assert not stopping.judge("web", 7, None, 49.0 + PATIENCE_S)
    assert stopping.judge("web", 7, None, 50.0 + PATIENCE_S)


def test_the_question_to_the_model_is_a_hello_of_today() -> None:
    assert QUESTIONS["model"][1] == encode(Hello(protocol=PROTOCOL_VERSION, client="sentinel"))


def test_a_round_tells_who_answers_who_is_silent_and_leaves_out_who_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a Unix socket's path may have 107 bytes
    with socket.socket(socket.AF_UNIX) as answers, socket.socket(socket.AF_UNIX) as silent:
        answers.bind("ingest.sock")
        answers.listen()
        silent.bind("model.sock")
        silent.listen()

        def answer() -> None:
            link, _ = answers.accept()
            with link:
                link.sendall(link.recv(1))

        thread = threading.Thread(target=answer)
        thread.start()
        assert ask_all(".", answer_s=0.3) == {"ingest": True, "model": False}
        thread.join()


def test_a_full_line_of_questions_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as before:
        silent.bind("web.sock")
        silent.listen(0)
        before.connect("web.sock")
        assert ask_all(".", answer_s=0.1) == {"web": False}
