"""One round of questions over the services' Unix sockets, to all of them at once."""

import contextlib
import select
import socket
import time

ANSWER_S = 4.0
"""A Pi that is swapping takes seconds; a process that is stuck takes for ever."""
STARVED_S = 2.0
"""A round that takes so much longer says that this process got no time either: it proves nothing."""
QUESTIONS = {
    "web": ("web.sock", b"GET /ingest/health/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    # frames.Hello, as the model's callers begin: a frame's length, then MessagePack
    "model": ("model.sock", b"\x00\x00\x00#\x83\xa1t\xa5Hello\xa8protocol\x01\xa6client\xa8sentinel"),
    "ingest": ("ingest.sock", b"?"),
}


def ask_all(run_dir: str, answer_s: float = ANSWER_S) -> dict[str, bool] | None:
    """Whether each service answered within `answer_s` seconds. One that does not listen is left out: it starts, stops,
    or is dead, which supervisord sees by itself. None when this process got no time to listen."""
    begun = time.monotonic()
    asked: dict[str, socket.socket | None] = {}
    for service, (name, question) in QUESTIONS.items():
        with contextlib.suppress(FileNotFoundError, ConnectionError):
            asked[service] = _ask(f"{run_dir}/{name}", question)
    waiting = {link: service for service, link in asked.items() if link is not None}
    answered = set(_listen(waiting, begun + answer_s))
    for link in asked.values():
        if link is not None:
            link.close()
    starved = time.monotonic() - begun > answer_s + STARVED_S
    return None if starved else {service: service in answered for service in asked}


def _ask(path: str, question: bytes) -> socket.socket | None:
    """The socket the answer will come from; None when so many questions wait there that no more is taken."""
    link = socket.socket(socket.AF_UNIX)
    link.setblocking(False)
    try:
        link.connect(path)
        link.sendall(question)
    except BlockingIOError:
        link.close()
        return None
    except BaseException:
        link.close()
        raise
    return link


def _listen(waiting: dict[socket.socket, str], deadline: float) -> list[str]:
    """Services that said anything, or hung up, before the monotonic clock shows `deadline`."""
    heard: list[str] = []
    while waiting and (left := deadline - time.monotonic()) > 0:
        heard.extend(waiting.pop(link) for link in select.select(list(waiting), [], [], left)[0])
    return heard
