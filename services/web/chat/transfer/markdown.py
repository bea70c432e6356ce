"""A chat as a Markdown page. Pure."""

from collections.abc import Sequence

from services.web.storage.messages import StoredMessage
from services.web.storage.sessions import StoredSession


def chat_markdown(session: StoredSession, messages: Sequence[StoredMessage], username: str) -> str:
    """The branch that is shown, each message under the name of who said it, answers with their sources."""
    said = [_message(one, username) for one in messages if one.content.strip()]
    return "\n\n".join([f"# {session.title}", f"*{session.created_at[:10]}*", *said]) + "\n"


def _message(message: StoredMessage, username: str) -> str:
    who = {"user": username, "assistant": "Ondol", "system": "System"}[message.role]
    return "\n\n".join([f"## {who}", message.content.strip(), *_sources(message)])


def _sources(message: StoredMessage) -> list[str]:
    lines = [f"{n}. {_source(one)}" for n, one in enumerate(message.sources, 1)]
    return ["\n".join(lines)] if lines else []


def _source(source: dict[str, object]) -> str:
    page = f", p. {source['page']}" if source.get("page") is not None else ""
    return f"{source.get('title', '')}{page}"
